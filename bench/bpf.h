/* SPDX-License-Identifier: MIT */
/*
 * bpf: the few calls of bpf(2) that zcbench makes. glibc has no wrapper for it, and programs of a
 * dozen instructions do not earn a dependency on libbpf.
 */
#ifndef ZCBENCH_BPF_H
#define ZCBENCH_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

/* What the kernel returned, or -errno. */
int bpf_call(int command, union bpf_attr *attr);

/* An XDP program that copes with packets in many pages. Its fd, or -errno and a sentence. */
int bpf_program(const char *name, const struct bpf_insn *code, size_t count, struct reason *why);

/* The kernel's number of a program. 0 or -errno. */
int bpf_program_id(int program, uint32_t *id);

/* A map of an XDP program; keys are uint32_t. Its fd, or -errno and a sentence. */
int bpf_map(enum bpf_map_type type, const char *name, uint32_t value_bytes, uint32_t entries,
	    struct reason *why);

/* 0 or -errno. */
int bpf_map_put(int map, uint32_t key, const void *value);
int bpf_map_get(int map, uint32_t key, void *value);

#endif
