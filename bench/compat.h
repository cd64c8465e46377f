/* SPDX-License-Identifier: MIT */
/*
 * compat: what the kernel's headers of older distributions do not declare yet, each with the
 * release that brought it. Newer headers win: everything is guarded. Include it after the
 * kernel's own header. Whether the running kernel knows it is asked of the kernel, not of this.
 */
#ifndef ZCBENCH_COMPAT_H
#define ZCBENCH_COMPAT_H

/* linux/bpf.h */
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5) /* 5.18: the program copes with packets in many pages */
#endif

#endif
