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

/* linux/if_xdp.h */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4) /* 6.6: packets of several frames */
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0) /* 6.6: the packet goes on in the next descriptor */
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9 /* 6.17 */
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

/*
 * linux/io_uring/zcrx.h: zero-copy receive. Names of our own, since neither enumerators nor the
 * length of a struct can be asked for by #ifdef. The layouts are the kernel's, and fixed.
 */
#include <linux/types.h>

#define COMPAT_OP_RECV_ZC         58 /* 6.15: IORING_OP_RECV_ZC */
#define COMPAT_REGISTER_ZCRX_IFQ  32 /* 6.15 */
#define COMPAT_REGISTER_ZCRX_CTRL 36 /* 7.0 */
#define COMPAT_MEM_REGION_USER    1  /* 6.13: IORING_MEM_REGION_TYPE_USER */
#define COMPAT_ZCRX_AREA_SHIFT    48 /* 6.15: an offset has the area's number above this bit */
#define COMPAT_ZCRX_AREA_DMABUF   1  /* 6.16: the area is a dma-buf */
#define COMPAT_ZCRX_NODEV         2  /* 7.1: no device, everything is copied */
#define COMPAT_ZCRX_FLUSH_RQ      0  /* 7.0: takes in what is in the refill ring */
#define COMPAT_ZCRX_ADD_AREA      3  /* by 7.3: another area for the same queue */
#define COMPAT_ZCRX_STATS         1  /* 7.2: counts copies in the ring's region */

struct compat_zcrx_rqe { /* 6.15 */
	__u64 off;
	__u32 len, pad;
};

struct compat_zcrx_cqe { /* 6.15: follows the plain one */
	__u64 off, pad;
};

struct compat_zcrx_area { /* 6.15; flags and dmabuf_fd 6.16 */
	__u64 addr, len, token;
	__u32 flags, dmabuf_fd;
	__u64 reserved[2];
};

struct compat_region { /* 6.13: struct io_uring_region_desc */
	__u64 user_addr, size;
	__u32 flags, id;
	__u64 mmap_offset, reserved[4];
};

struct compat_zcrx_stats { /* 7.2 */
	__u64 copies, copied_bytes;
};

struct compat_zcrx_events { /* 7.2 */
	__u64 user_data;
	__u32 type_mask, flags;
	__u64 stats_offset, reserved[9];
};

struct compat_zcrx { /* 6.15; buffer_bytes 7.0 (rx_buf_len), events 7.2 */
	__u32 device, queue, entries, flags;
	__u64 area, region;
	__u32 head, tail, rqes, reserved2;
	__u64 reserved3[2];
	__u32 id, buffer_bytes;
	__u64 events, reserved[2];
};

struct compat_zcrx_control { /* 7.0 */
	__u32 id, operation;
	__u64 reserved[2];
	__u64 area; /* of ADD_AREA */
	__u64 reserved2[5];
};

/* linux/ethtool_netlink.h */
#define COMPAT_RINGS_HDS_THRESH 17 /* 6.14: ETHTOOL_A_RINGS_HDS_THRESH */

/* linux/netdev.h, the netlink family netdev */
#define COMPAT_NETDEV_QUEUE_GET      10 /* 6.8: NETDEV_CMD_QUEUE_GET */
#define COMPAT_NETDEV_QUEUE_ID       1  /* 6.8: NETDEV_A_QUEUE_ID */
#define COMPAT_NETDEV_QUEUE_IFINDEX  2  /* 6.8 */
#define COMPAT_NETDEV_QUEUE_TYPE     3  /* 6.8; 0 is a receive queue */
#define COMPAT_NETDEV_QUEUE_NAPI     4  /* 6.8 */
#define COMPAT_NETDEV_QUEUE_DMABUF   5  /* 6.12 */
#define COMPAT_NETDEV_QUEUE_IO_URING 6  /* 6.15 */
#define COMPAT_NETDEV_QUEUE_XSK      7  /* 6.15 */
#define COMPAT_NETDEV_QUEUE_LEASE    8  /* 7.1 */
#define COMPAT_NETDEV_BIND_RX        13 /* 6.12: NETDEV_CMD_BIND_RX */
#define COMPAT_NETDEV_BIND_TX        15 /* 6.16: NETDEV_CMD_BIND_TX */
#define COMPAT_NETDEV_DMABUF_IFINDEX 1  /* 6.12: NETDEV_A_DMABUF_IFINDEX */
#define COMPAT_NETDEV_DMABUF_QUEUES  2  /* 6.12 */
#define COMPAT_NETDEV_DMABUF_FD      3  /* 6.12 */
#define COMPAT_NETDEV_DMABUF_ID      4  /* 6.12 */

/* sys/socket.h, linux/uio.h: device memory TCP, 6.12 */
#define COMPAT_MSG_SOCK_DEVMEM    0x2000000
#define COMPAT_SCM_DEVMEM_LINEAR  78
#define COMPAT_SCM_DEVMEM_DMABUF  79
#define COMPAT_SO_DEVMEM_DONTNEED 80

struct compat_devmem_part { /* struct dmabuf_cmsg */
	__u64 offset;
	__u32 size, token, dmabuf_id, flags;
};

struct compat_devmem_token { /* struct dmabuf_token */
	__u32 start, count;
};

#endif
