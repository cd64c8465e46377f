/* SPDX-License-Identifier: MIT */
/*
 * probe_attach_try: what stands in place of libbpf and of the kernel for probe.c, which is included
 * before. A program is one of these, made when it is first named.
 */
#ifndef ZCBENCH_TEST_PROBE_ATTACH_TRY_H
#define ZCBENCH_TEST_PROBE_ATTACH_TRY_H

struct bpf_program {
	char name[32];
	bool wanted, attached;
};

static struct bpf_program programs[PROBE_PROGRAMS];
static int program_count, loads;
static const char *absent;       /* a function that the kernel has not */
static const char *unverifiable; /* a program that the verifier refuses */
static const char *unattachable;
static libbpf_print_fn_t say;
static struct probe probe;
static struct reason why;

int object_open(struct probe *of, struct reason *reason)
{
	(void)reason;
	of->object = (struct bpf_object *)programs;
	program_count = 0;
	memset(programs, 0, sizeof(programs));
	return 0;
}

int kernel_open(struct kernel *kernel, struct reason *reason)
{
	(void)reason;
	*kernel = (struct kernel){ 0 };
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	(void)kernel;
}

/* section: here only the program's name. */
int kernel_can(struct kernel *kernel, const char *section, struct reason *reason)
{
	(void)kernel;
	return absent && !strcmp(section, absent)
		       ? reason_set(reason, ENOENT, "this kernel has no function %s", section)
		       : 0;
}

struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *object,
						     const char *name)
{
	(void)object;
	for (int i = 0; i < program_count; i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	assert_true(program_count < PROBE_PROGRAMS);
	strcpy(programs[program_count].name, name);
	return &programs[program_count++];
}

struct bpf_program *bpf_object__next_program(const struct bpf_object *object,
					     struct bpf_program *last)
{
	struct bpf_program *next = last ? last + 1 : programs;
	(void)object;
	return next < programs + program_count ? next : NULL;
}

const char *bpf_program__section_name(const struct bpf_program *program)
{
	return program->name;
}

__attribute__((noinline)) const char *bpf_program__name(const struct bpf_program *program)
{
	return program->name;
}

bool bpf_program__autoload(const struct bpf_program *program)
{
	return program->wanted;
}

int bpf_program__set_autoload(struct bpf_program *program, bool wanted)
{
	program->wanted = wanted;
	return 0;
}

libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t print)
{
	say = print;
	return NULL;
}

static void warn(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(LIBBPF_WARN, format, args);
	va_end(args);
}

int bpf_object__load(struct bpf_object *object)
{
	(void)object;
	loads++;
	for (int i = 0; i < program_count; i++)
		if (programs[i].wanted && unverifiable && !strcmp(programs[i].name, unverifiable)) {
			warn("libbpf: prog '%s': BPF program load failed: %s\n", programs[i].name,
			     "Permission denied");
			return -EACCES;
		}
	return 0;
}

struct bpf_link *bpf_program__attach(const struct bpf_program *program)
{
	if (unattachable && !strcmp(program->name, unattachable)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	((struct bpf_program *)program)->attached = true;
	return (struct bpf_link *)program;
}

int bpf_link__destroy(struct bpf_link *link)
{
	((struct bpf_program *)link)->attached = false;
	return 0;
}

void bpf_object__close(struct bpf_object *object)
{
	(void)object;
}

struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name)
{
	(void)object;
	return (struct bpf_map *)name;
}

int bpf_map__set_initial_value(struct bpf_map *map, const void *data, size_t size)
{
	(void)map;
	(void)data;
	assert_int_equal(size, sizeof(struct count_config));
	return 0;
}

__u32 bpf_map__map_flags(const struct bpf_map *map)
{
	(void)map;
	return BPF_F_MMAPABLE | BPF_F_RDONLY_PROG;
}

int bpf_map__set_map_flags(struct bpf_map *map, __u32 flags)
{
	(void)map;
	assert_int_equal(flags, BPF_F_RDONLY_PROG);
	return 0;
}

int bpf_map__set_max_entries(struct bpf_map *map, __u32 entries)
{
	(void)map;
	(void)entries;
	return 0;
}

#endif
