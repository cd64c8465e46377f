/* SPDX-License-Identifier: MIT */
/*
 * probe_read_try: what stands in place of libbpf for probe_read.c, which is included before. A
 * program is its name.
 */
#ifndef ZCBENCH_TEST_PROBE_READ_TRY_H
#define ZCBENCH_TEST_PROBE_READ_TRY_H

#define CPUS 3

enum { MAP_COUNTS = 10, MAP_DEVICES, MAP_LIVE, MAP_PORT };

static struct count_sums counted[GROUP_NUMBER][CPUS];
static struct count_live live;
static __u32 port;
static struct count_device devices[2];
static int device_count;
static const char *missing; /* a program that the kernel left out */
static const char *unloaded;
static struct probe probe;
static struct probe_counts counts;
static struct reason why;

int libbpf_num_possible_cpus(void)
{
	return CPUS;
}

int bpf_object__find_map_fd_by_name(const struct bpf_object *object, const char *name)
{
	(void)object;
	return !strcmp(name, "counts") ? MAP_COUNTS : MAP_DEVICES;
}

struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name)
{
	(void)object;
	return (struct bpf_map *)name;
}

int bpf_map__fd(const struct bpf_map *map)
{
	return strcmp((const char *)map, ".bss") ? MAP_PORT : MAP_LIVE;
}

__u32 bpf_map__value_size(const struct bpf_map *map)
{
	return strcmp((const char *)map, ".bss") ? sizeof(port) : sizeof(live);
}

int bpf_map_lookup_elem(int map, const void *key, void *value)
{
	__u32 n = *(const __u32 *)key;
	if (map == MAP_COUNTS)
		memcpy(value, counted[n], sizeof(counted[n]));
	else if (map == MAP_DEVICES)
		memcpy(value, &devices[n], sizeof(devices[n]));
	else
		memcpy(value, &live, sizeof(live));
	return 0;
}

__attribute__((noinline)) int bpf_map_update_elem(int map, const void *key, const void *value,
						  __u64 flags)
{
	(void)key;
	(void)flags;
	assert_int_equal(map, MAP_PORT);
	memcpy(&port, value, sizeof(port));
	return 0;
}

/* The key of a device begins with its number here. */
int bpf_map_get_next_key(int map, const void *key, void *next)
{
	int n = key ? *(const int *)key + 1 : 0;
	assert_int_equal(map, MAP_DEVICES);
	memset(next, 0, sizeof(struct count_device_key));
	memcpy(next, &n, sizeof(n));
	return n < device_count ? 0 : -1;
}

struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *object,
						     const char *name)
{
	static char names[8][32];
	static int at;
	(void)object;
	return (struct bpf_program *)strcpy(names[at++ % 8], name);
}

struct bpf_program *bpf_object__next_program(const struct bpf_object *object,
					     struct bpf_program *previous)
{
	(void)object;
	(void)previous;
	return NULL;
}

const char *bpf_program__name(const struct bpf_program *program)
{
	return (const char *)program;
}

bool bpf_program__autoload(const struct bpf_program *program)
{
	return !unloaded || strcmp((const char *)program, unloaded);
}

int bpf_program__fd(const struct bpf_program *program)
{
	return missing && !strcmp((const char *)program, missing) ? 1 : 2;
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)
{
	assert_int_equal(*size, sizeof(struct bpf_prog_info));
	((struct bpf_prog_info *)info)->recursion_misses = fd == 1 ? 7 : 0;
	return 0;
}

#endif
