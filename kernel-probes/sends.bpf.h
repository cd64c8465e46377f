/* SPDX-License-Identifier: MIT */
/* sends: what a task is sending just now. A call may sleep, so no CPU can hold it. */
#ifndef ZCPROBE_SENDS_BPF_H
#define ZCPROBE_SENDS_BPF_H

#include "times.bpf.h"

#define MSG_ZEROCOPY     0x4000000
#define MSG_SPLICE_PAGES 0x8000000 /* 6.5 */
#define ROUTE_SG         (1 << 0)  /* NETIF_F_SG */

enum send_class { SEND_COPIED, SEND_REFERENCED, SEND_SPLICED };

struct send_state {
	__u64 sk; /* 0: not inside a send */
	__u32 class, group;
	bool zerocopy; /* the call asked for it, whether or not it got it */
	bool pinned;   /* pages, since the last packet got some */
	__u64 referenced, spliced;
	__u32 zcrx_depth, zcrx_group; /* receiving by io_uring zcrx */
};

/* An entry per thread; it stays, because making one costs more than finding it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct send_state);
} sends SEC(".maps");

/* Whose an io_uring notice is: the packets that it waits for have no socket any more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} ubufs SEC(".maps");

INLINE struct send_state *send_find(void)
{
	__u64 key = bpf_get_current_pid_tgid();
	return bpf_map_lookup_elem(&sends, &key);
}

INLINE struct send_state *send_get(void)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct send_state *state = bpf_map_lookup_elem(&sends, &key), fresh = {};
	if (state)
		return state;
	if (bpf_map_update_elem(&sends, &key, &fresh, BPF_ANY))
		__sync_fetch_and_add(&live.lost, 1);
	return bpf_map_lookup_elem(&sends, &key);
}

/* Of io_uring's zero-copy sends; 0: it is none. */
INLINE __u64 msg_ubuf(const struct msghdr *msg)
{
	return bpf_core_field_exists(msg->msg_ubuf) ? (__u64)GET(msg, msg_ubuf) : 0;
}

/* As tcp_sendmsg_locked decides it: one class for the whole call. */
INLINE __u32 send_classify(const struct sock *sk, __u32 flags, bool ubuf)
{
	__u64 option = bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY);
	bool gathers = GET(sk, sk_route_caps) & ROUTE_SG;
	if (flags & MSG_ZEROCOPY)
		return gathers && (ubuf || (GET(sk, __sk_common.skc_flags) >> option) & 1)
			       ? SEND_REFERENCED
			       : SEND_COPIED;
	return (flags & MSG_SPLICE_PAGES) && gathers ? SEND_SPLICED : SEND_COPIED;
}

INLINE bool send_asked(const struct sock *sk, __u32 flags, bool ubuf)
{
	__u64 option = bpf_core_enum_value(enum sock_flags, SOCK_ZEROCOPY);
	return (flags & MSG_ZEROCOPY) && (ubuf || (GET(sk, __sk_common.skc_flags) >> option) & 1);
}

/* numbered: the call has its number already (see notice_begin). */
INLINE void send_open(const struct sock *sk, __u32 flags, __u64 ubuf, bool numbered)
{
	struct send_state *state = send_get();
	if (!state)
		return;
	state->sk = (__u64)sk;
	state->group = sock_group(sk, true, true);
	state->class = send_classify(sk, flags, ubuf);
	state->zerocopy = send_asked(sk, flags, ubuf);
	state->pinned = false;
	state->referenced = state->spliced = 0;
	if (ubuf && config.layer[COUNT_URING_RELEASES] != LAYER_NONE)
		bpf_map_update_elem(&ubufs, &ubuf, &state->group, BPF_ANY);
	if (state->zerocopy)
		notice_begin(sk, ubuf, state->group, numbered);
}

/* Function probes are several, and may be preempted by one another. */
INLINE void send_add(struct count_sums *sums, enum count_id id, enum count_layer layer, __u64 n)
{
	if (layer == LAYER_TRACEPOINT)
		sum_add_alone(sums, id, layer, n);
	else
		sum_add(sums, id, layer, n);
}

/* By the class of the call, or by what the functions inside it were seen to take. */
INLINE void send_count(const struct send_state *state, __u32 group, __u64 bytes, __u64 referenced,
		       __u64 spliced, enum count_layer layer)
{
	struct count_sums *sums = count_sums(group);
	__u64 copied = bytes - referenced - spliced;
	send_add(sums, COUNT_TX_CALLS, layer, 1);
	send_add(sums, COUNT_TX_ZEROCOPY_CALLS, layer, state && state->zerocopy);
	send_add(sums, COUNT_TX_BYTES, layer, bytes);
	send_add(sums, COUNT_TX_COPIED, layer, copied);
	send_add(sums, COUNT_TX_REFERENCED, layer, referenced);
	send_add(sums, COUNT_TX_SPLICED, layer, spliced);
	histogram_add(group, HISTOGRAM_TX_COPY, COUNT_TX_COPIED, layer, copied);
}

#endif
