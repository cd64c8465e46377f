/* SPDX-License-Identifier: MIT */
/*
 * The few kernel types that the probes read, written by hand. Only names matter: CO-RE finds the
 * offsets, and members that a kernel lacks, when a program is loaded.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __u16 __be16, __sum16;
typedef __u32 __be32, __wsum;
typedef _Bool bool;
typedef unsigned long size_t;

enum { false, true };

/* linux/bpf.h, which cannot be included beside kernel types */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_CURRENT_CPU = 0xffffffff };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

typedef struct {
	int counter;
} atomic_t;

struct sk_buff_head {
	struct sk_buff *next, *prev;
};

struct sock {
	struct sock_common __sk_common;
	__u64 sk_route_caps; /* netdev_features_t */
	__u16 sk_protocol;
	int sk_rx_dst_ifindex; /* 5.16 */
	struct sk_buff_head sk_error_queue;
	atomic_t sk_zckey;
};

struct socket {
	struct sock *sk;
};

struct tcp_sock {
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 snd_una;
	__u64 bytes_received;
};

enum sock_flags {
	SOCK_DONE = 100,
	SOCK_ZEROCOPY
}; /* the running kernel is asked for the numbers */

struct ubuf_info {
	void *ops;
};

struct ubuf_info_msgzc { /* 6.0 */
	__u16 len;
	__u16 zerocopy : 1;
};

struct io_kiocb {
	__u8 opcode;
};

struct io_notif_data { /* 6.0 */
	struct ubuf_info uarg;
};

struct sock_extended_err {
	__u8 ee_origin;
	__u32 ee_info, ee_data;
};

struct sock_exterr_skb {
	struct sock_extended_err ee;
};

struct msghdr {
	unsigned int msg_flags;
	struct ubuf_info *msg_ubuf; /* 6.0 */
};

struct tcp_zerocopy_receive {
	__u64 address;
	__u32 length, recv_skip_hint;
	__s32 copybuf_len; /* 5.11 */
};

struct device {
	struct device *parent;
};

struct net_device {
	char name[16];
	int ifindex;
	unsigned int flags;
	possible_net_t nd_net;
	struct device dev;
	void *rx_handler;
	__u64 features;
};

typedef unsigned int sk_buff_data_t; /* an offset from head, on every 64-bit machine */

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	char cb[48];
	unsigned int len, data_len;
	__u8 pkt_type : 3;
	__be16 protocol;
	__u16 network_header;
	sk_buff_data_t end;
	unsigned char *head, *data;
};

struct skb_shared_info {
	__u8 flags; /* SKBFL_*, 5.14 */
	unsigned short gso_segs;
	unsigned int xdp_frags_size; /* 5.18 */
	struct sk_buff *frag_list;
};

struct xdp_buff {
	void *data, *data_end, *data_hard_start;
	__u32 frame_sz, flags;
};

struct iphdr {
	__u8 ihl : 4, version : 4;
	__u8 protocol;
	__be32 saddr, daddr;
};

struct ipv6hdr {
	__u8 nexthdr;
	struct in6_addr saddr, daddr;
};

struct tcphdr {
	__be16 source, dest;
	__be32 seq;
	__u16 doff : 4;
};

struct task_struct {
	int pid, tgid;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, ax, ip, sp, bp;
};
#endif

#pragma clang attribute pop

#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31], sp, pc, pstate;
};
struct pt_regs;
#endif

#endif
