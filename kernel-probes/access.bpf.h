/* SPDX-License-Identifier: MIT */
/*
 * access: two ways to read kernel memory, so that each program is written once.
 *
 * CAST: typed loads, and bpf_rdonly_cast (6.2) where the type is not known from BTF. Fast, and
 * allowed where lockdown forbids bpf_probe_read_kernel (LOCKDOWN_BPF_READ_KERNEL). Not for kprobes.
 * READ: bpf_probe_read_kernel, for everything else.
 */
#ifndef ZCPROBE_ACCESS_BPF_H
#define ZCPROBE_ACCESS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#ifdef ZCPROBE_CAST
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;
#define CAST(pointer, type) \
	((type *)bpf_rdonly_cast((void *)(pointer), bpf_core_type_id_kernel(type)))
#define GET(pointer, member)  ((pointer)->member)
#define BITS(pointer, member) BPF_CORE_READ_BITFIELD(pointer, member)
#else
#define CAST(pointer, type)   ((type *)(pointer))
#define GET(pointer, member)  BPF_CORE_READ(pointer, member)
#define BITS(pointer, member) BPF_CORE_READ_BITFIELD_PROBED(pointer, member)
#endif

#define INLINE static __always_inline

#endif
