/* SPDX-License-Identifier: MIT */
/*
 * host: what a run records of the machine it ran on, for run.json. Needs no privilege and
 * starts no process. What cannot be found out is JSON null: never 0, never "".
 */
#ifndef ZCBENCH_HOST_H
#define ZCBENCH_HOST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* kernel, cpu, memory, ... of this host and this network namespace. NULL: out of memory. */
json_t *host_facts(void);

/* zcbench's version and commit, the compiler and its flags, the libraries. */
json_t *host_build(void);

/* ---- the parts of host_facts ---- */

json_t *host_kernel(void);
json_t *host_config(void); /* of the kernel: where it was read, its digests, some options */
json_t *host_cpu(void);
json_t *host_memory(void);
json_t *host_memcpy(void);
json_t *host_virtualisation(void);
json_t *host_clocksource(void);
json_t *host_iommu(void);
json_t *host_sysctls(void); /* {name: text}; tabs become blanks */
json_t *host_limits(void);  /* of this process; numbers, or "unlimited" */
json_t *host_capabilities(void);

/*
 * One object for each device of this network namespace, lo included. Asked of the kernel by
 * netlink and ioctl and not of /sys, which shows the namespace it was mounted in. null when
 * the kernel does not answer.
 */
json_t *host_nics(void);

/* Adds driver, features, rings, coalescing ... to {name}; what does not answer is null. */
void host_ethtool(json_t *nic);

/* [{irq, action, cpus}] of the device on a bus ("0000:00:03.0"); null when it has no MSI vectors.
 */
json_t *host_nic_irqs(const char *bus_info);

/* ---- small readers ---- */

/*
 * Put before every path that is read; "" outside the tests, which build trees of their own.
 * What is asked by system call describes this machine all the same: host_real() says whether
 * that would fit.
 */
extern const char *host_root;
bool host_real(void);

#define HOST_TEXT 4096 /* the most that is read of one small file */

/*
 * Reads the start of a small file; blanks at both ends are cut off, tabs and newlines inside
 * become blanks. The format is the path. Returns the length, or -errno; -ENODATA when nothing
 * is left.
 */
ssize_t host_read(char *text, size_t room, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for one decimal number. 0 or -errno; -EINVAL when it is something else. */
int host_read_number(int64_t *value, const char *path, ...) __attribute__((format(printf, 2, 3)));

/*
 * The value of the first line "key: value" of a file of any length, line by line.
 * The length or -errno; -ENOENT when no line has that key.
 */
ssize_t host_read_key(const char *path, const char *key, char *text, size_t room);

/*
 * Names in a directory, sorted, without "." and "..": JSON strings, at most HOST_NAMES.
 * NULL when it cannot be read.
 */
#define HOST_NAMES 65536
json_t *host_names(const char *path, ...) __attribute__((format(printf, 1, 2)));

json_t *host_json_text(const char *text);     /* null for NULL and "" and what is no UTF-8 */
json_t *host_json_file(const char *path);     /* host_read as a string, or null */
json_t *host_json_number(const char *path);   /* host_read_number as an integer, or null */
json_t *host_json_selected(const char *path); /* the [bracketed] word of a list, or null */

bool host_has_word(const char *text, const char *word); /* words are parted by blanks */

/* The CPUs of a list such as "0-3,8": how many there are (-1: malformed), and is one in it? */
int host_list_count(const char *list);
bool host_list_has(const char *list, unsigned int cpu);

/* Every online CPU's file /sys/devices/system/cpu/cpuN/LEAF: the distinct texts, as JSON. */
json_t *host_cpus_distinct(const char *leaf);

/* Is this a guest? 1, 0, or -1 when nothing tells. */
int host_guest(void);

/*
 * Does this process hold the capability in its own user namespace, is that the initial one, and
 * so: does it hold it as the kernel's capable() asks?
 */
bool host_holds(unsigned int capability);
bool host_initial_userns(void);
bool host_capable(unsigned int capability);

#endif
