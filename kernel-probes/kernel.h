/* SPDX-License-Identifier: MIT */
/* kernel: what the running kernel lets us attach to, asked of the kernel and never of its version.
 */
#ifndef ZCPROBE_KERNEL_H
#define ZCPROBE_KERNEL_H

#include <stdbool.h>

#include "../bench/reason.h"

struct btf;

struct kernel {
	struct btf *btf;
	char *symbols;        /* names of all functions, one a line; NULL: not readable */
	struct reason fentry; /* why not; empty: it works */
	struct reason kprobe;
	bool casts; /* bpf_rdonly_cast (6.2) */
	bool reads; /* bpf_probe_read_kernel, which lockdown=confidentiality takes away */
};

/* 0, or -errno and a sentence when nothing at all can be attached. */
int kernel_open(struct kernel *kernel, struct reason *why);
void kernel_close(struct kernel *kernel);

/* section: of a BPF program, "fentry/skb_copy_ubufs". 0, or -errno and why it cannot be attached.
 */
int kernel_can(struct kernel *kernel, const char *section, struct reason *why);

#endif
