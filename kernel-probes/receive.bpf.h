/* SPDX-License-Identifier: MIT */
/* receive: what leaves a socket's receive queue, and how. The same for every layer. */
#ifndef ZCPROBE_RECEIVE_BPF_H
#define ZCPROBE_RECEIVE_BPF_H

#include "histogram.bpf.h"

#define STATE_ESTABLISHED 1

INLINE bool sock_is_tcp(const struct sock *sk)
{
	return GET(sk, sk_protocol) == PROTOCOL_TCP;
}

/*
 * tcp_rcv_space_adjust is called after every way to take data out of the queue: copying, mapping,
 * splicing, zcrx, with copied_seq already moved on. bytes_received counts a FIN as a byte, as
 * rcv_nxt does, and copied_seq once somebody has seen the end of the stream (SOCK_DONE: it has a
 * FIN).
 */
INLINE __u64 receive_consumed(const struct sock *sk)
{
	const struct tcp_sock *tp = CAST(sk, struct tcp_sock);
	__u64 done = bpf_core_enum_value(enum sock_flags, SOCK_DONE);
	__u32 waiting = GET(tp, rcv_nxt) - GET(tp, copied_seq);
	bool saw_fin = !waiting && (GET(sk, __sk_common.skc_flags) >> done) & 1;
	return GET(tp, bytes_received) - waiting - saw_fin;
}

/* What the socket knows is the device of its latest packets (inet_sk_rx_dst_set). */
INLINE void receive_device(const struct sock *sk, __u64 bytes)
{
	struct count_device_key key = { .netns = sock_netns(sk) };
	struct count_device *device;
	if (bpf_core_field_exists(sk->sk_rx_dst_ifindex))
		key.ifindex = GET(sk, sk_rx_dst_ifindex);
	device = key.ifindex && bytes ? device_find(&key) : 0;
	if (device)
		__sync_fetch_and_add(&device->rx_bytes, bytes);
}

INLINE void receive_consume(const struct sock *sk, enum count_layer layer)
{
	__u64 consumed = receive_consumed(sk);
	__u32 group = sock_group(sk, false, true);
	struct socket_state *state = socket_state(sk);
	if (!state)
		state = socket_add(sk, group, false);
	if (!state)
		return;
	if (state->based)
		count_add(group, COUNT_RX_BYTES, layer, consumed - state->consumed);
	if (state->based && !config.ledger && group != GROUP_OTHERS)
		receive_device(sk, consumed - state->consumed);
	state->consumed = consumed;
	state->based = true;
}

/*
 * A connection from before the probes is known from its first copy on, which is not yet counted in
 * copied_seq. Those of a run are all born under its probes.
 */
INLINE void receive_base(const struct sock *sk, __u32 group)
{
	struct socket_state *state;
	if (config.ledger)
		return;
	state = socket_state(sk);
	if (!state)
		state = socket_add(sk, group, false);
	if (!state || state->based)
		return;
	state->consumed = receive_consumed(sk);
	state->based = true;
}

/* skb is on a receive queue, so skb->sk is the receiver (skb_set_owner_r). */
INLINE void receive_copy(const struct sk_buff *skb, __u64 bytes, enum count_layer layer)
{
	const struct sock *sk = GET(skb, sk);
	__u32 group;
	if (!sk || !sock_is_tcp(sk))
		return;
	group = sock_group(sk, false, true);
	count_copy(group, COUNT_RX_COPIED, HISTOGRAM_RX_COPY, layer, bytes);
	receive_base(sk, group);
}

INLINE void receive_call(const struct sock *sk, __s64 got, __u32 flags, enum count_layer layer)
{
	__u32 group;
	if (got <= 0 || !(flags & (MSG_PEEK | MSG_TRUNC)) || !sock_is_tcp(sk))
		return;
	group = sock_group(sk, false, true);
	if (flags & MSG_TRUNC) {
		if (!(flags & MSG_PEEK))
			count_add(group, COUNT_RX_DISCARDED, layer, got);
	} else {
		count_add(group, COUNT_RX_PEEKED, layer, got);
	}
}

INLINE void receive_born(const struct sock *sk)
{
	if (sock_is_tcp(sk))
		socket_add(sk, GROUP_OTHERS, true);
}

INLINE void receive_gone(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	bpf_map_delete_elem(&sockets, &key);
}

#endif
