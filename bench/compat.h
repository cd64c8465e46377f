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

/* linux/io_uring.h; liburing comes with a copy of its own */
#ifndef IORING_SEND_ZC_REPORT_USAGE
#define IORING_SEND_ZC_REPORT_USAGE (1U << 3) /* 6.2, 6.1 stable */
#endif
#ifndef IORING_NOTIF_USAGE_ZC_COPIED
#define IORING_NOTIF_USAGE_ZC_COPIED (1U << 31) /* 6.2, 6.1 stable */
#endif
#ifndef IORING_RECVSEND_BUNDLE
#define IORING_RECVSEND_BUNDLE (1U << 4) /* 6.10 */
#endif
#ifndef IORING_FEAT_RECVSEND_BUNDLE
#define IORING_FEAT_RECVSEND_BUNDLE (1U << 14) /* 6.10 */
#endif

#endif
