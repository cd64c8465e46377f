/* SPDX-License-Identifier: MIT */
/* The tracepoint layer: what is left where lockdown refuses fentry and the kernel has no kprobes.
 */
#include "packet.bpf.h"
#include "receive.bpf.h"
#include "sends.bpf.h"
#include "stream.bpf.h"

#define TP LAYER_TRACEPOINT

/* Packets with lent pages that left for another device of this host, until they arrive. */
/* No LRU map: entries made on one CPU and deleted on another make it evict what is still needed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct count_packet);
	__type(value, __u32);
} packets SEC(".maps");

/*
 * 6.16. Once for each turn of the loop in tcp_sendmsg_locked: the first one stands for all. A plain
 * send has no state, unless one has to be overwritten that a call which never returned here left.
 */
SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tp_send_open, const struct sock *sk, const struct msghdr *msg)
{
	__u32 flags = GET(msg, msg_flags);
	bool lends = flags & (MSG_ZEROCOPY | MSG_SPLICE_PAGES), known;
	struct send_state *state;
	/* Before its first packet, which is known by what the socket has told. */
	if (by_socket())
		sock_group(sk, true, true);
	if (!lends && !live.lends)
		return 0;
	state = send_find();
	known = state && state->sk == (__u64)sk;
	if (known == lends)
		return 0;
	if (lends)
		live.lends = 1;
	send_open(sk, flags, msg_ubuf(msg), true);
	return 0;
}

/* 6.3. Fires once a call, when it returns. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(tp_send_close, const struct sock *sk, int sent)
{
	struct send_state *state;
	__u64 bytes = sent;
	if (!sock_is_tcp(sk))
		return 0;
	state = live.lends ? send_find() : 0;
	if (!state || state->sk != (__u64)sk) {
		if (sent > 0)
			send_count(0, sock_group(sk, true, true), bytes, 0, 0, TP);
		return 0;
	}
	state->sk = 0;
	if (sent > 0)
		send_count(state, state->group, bytes, state->class == SEND_REFERENCED ? bytes : 0,
			   state->class == SEND_SPLICED ? bytes : 0, TP);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tp_sock_state, const struct sock *sk, int from, int to)
{
	if (to != STATE_ESTABLISHED)
		return 0;
	receive_born(sk);
	if (sock_is_tcp(sk))
		stream_born(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tp_sock_destroy, const struct sock *sk)
{
	receive_gone(sk);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(tp_rx_consume, const struct sock *sk)
{
	receive_consume(sk, TP);
	return 0;
}

SEC("tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(tp_rx_copy, const struct sk_buff *skb, int bytes)
{
	receive_copy(skb, bytes, TP);
	return 0;
}

SEC("tp_btf/sock_recv_length") /* 6.3 */
int BPF_PROG(tp_rx_call, const struct sock *sk, int got, int flags)
{
	receive_call(sk, got, flags, TP);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tp_retransmit, const struct sock *sk, const struct sk_buff *skb)
{
	__u32 group = sock_group(sk, true, false);
	count_add(group, COUNT_RETRANSMITS, TP, 1);
	count_add(group, COUNT_RETRANSMITTED, TP, GET(skb, len));
	return 0;
}

INLINE struct count_packet packet_key(const struct packet *packet)
{
	struct count_packet key = { .flow = packet_flow(packet) };
	key.seq = packet->seq;
	key.payload = packet->payload;
	key.source = packet->source;
	return key;
}

INLINE void packet_leaves(const struct packet *packet, const struct net_device *dev, __u32 group)
{
	struct count_packet key;
	bool loopback = GET(dev, flags) & DEVICE_LOOPBACK;
	if (!count_wants(COUNT_CROSSING, TP) || device_is_hardware(dev) ||
	    !(loopback ? packet->zerocopy : packet->lent))
		return;
	count_add(group, COUNT_CROSSING, TP,
		  stream_first(packet, REACH_LEFT, packet->seq, packet->payload));
	/* Nothing but local delivery copies on loopback. */
	if (loopback)
		return;
	key = packet_key(packet);
	live.crosses = 1;
	if (bpf_map_update_elem(&packets, &key, &packet->paged, BPF_ANY))
		__sync_fetch_and_add(&live.lost, 1);
}

/* skb->sk: only the device that the socket sends by; a bridge behind it is no second send. */
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(tp_xmit, const struct sk_buff *skb, const struct net_device *dev)
{
	struct packet packet;
	struct count_device *device;
	__u32 group, netns;
	if (!GET(skb, sk) || !packet_read(skb, GET(skb, network_header), &packet))
		return 0;
	netns = device_netns(dev);
	group = packet_group(&packet, netns);
	count_add(group, COUNT_DRIVER_BYTES, TP, packet.payload);
	count_add(group, COUNT_DRIVER_ZEROCOPY, TP, packet.lent ? packet.paged : 0);
	if (group == GROUP_OTHERS)
		return 0;
	packet_leaves(&packet, dev, group);
	device = config.ledger && !packet.lent ? 0 : device_count(dev, netns);
	if (!device)
		return 0;
	__sync_fetch_and_add(&device->tx_bytes, packet.payload);
	__sync_fetch_and_add(&device->tx_zerocopy_bytes, packet.lent ? packet.paged : 0);
	return 0;
}

INLINE void packet_late(const struct packet *packet, const struct net_device *dev, __u32 bytes,
			enum count_layer layer, void *context)
{
	__u32 netns = device_netns(dev), group = packet_group(packet, netns);
	struct count_device *device;
	stream_copied(packet, group, bytes, layer);
	if (group == GROUP_OTHERS)
		return;
	if (count_wants(COUNT_LATE_COPIED, layer))
		count_stack(context, bytes);
	device = count_wants(COUNT_LATE_COPIED, layer) ? device_count(dev, netns) : 0;
	if (device)
		__sync_fetch_and_add(&device->late_copied_bytes, bytes);
}

INLINE void packet_crossed(const struct packet *packet, __u32 group)
{
	count_add(group, COUNT_CROSSED, TP,
		  stream_first(packet, REACH_ARRIVED, packet->seq, packet->payload));
}

/*
 * A packet that left with lent pages and is here without them was copied in between: native
 * XDP does that (skb_pp_cow_data) and tells the sender zero-copy.
 */
INLINE void packet_arrives(const struct packet *packet, const struct net_device *dev, void *context)
{
	struct count_packet key;
	struct packet left = *packet;
	__u32 *paged, group;
	if (!count_wants(COUNT_CROSSING, TP) || device_is_hardware(dev))
		return;
	group = packet_group(packet, device_netns(dev));
	if (GET(dev, flags) & DEVICE_LOOPBACK) {
		if (packet->zerocopy && group != GROUP_OTHERS)
			packet_crossed(packet, group);
		return;
	}
	key = packet_key(packet);
	paged = bpf_map_lookup_elem(&packets, &key);
	if (!paged)
		return;
	left.paged = *paged;
	bpf_map_delete_elem(&packets, &key);
	packet_crossed(packet, group);
	if (packet->lent || !count_wants(COUNT_XDP_COPIED, TP))
		return;
	count_add(group, COUNT_XDP_COPIED, TP, left.paged);
	/* Whatever layer counts late copies did not see this one: it has no probe for it. */
	packet_late(&left, dev, left.paged, config.layer[COUNT_LATE_COPIED], context);
}

/*
 * Most packets are plain, and are let go before their headers are read: what arrives matters if it
 * has a user's pages, or, but for loopback, if it left with lent ones.
 */
INLINE bool packet_is_plain(const struct sk_buff *skb, const struct net_device *dev)
{
	struct skb_shared_info *shared = skb_shared(skb);
	if (GET(shared, flags) & SKBFL_ZEROCOPY)
		return false;
	return !live.crosses || (GET(dev, flags) & DEVICE_LOOPBACK);
}

/* Before GRO merges packets and their sequence numbers are lost. */
SEC("tp_btf/napi_gro_receive_entry")
int BPF_PROG(tp_gro, const struct sk_buff *skb)
{
	struct packet packet;
	const struct net_device *dev = GET(skb, dev);
	__u32 offset = GET(skb, data) - GET(skb, head);
	if (packet_is_plain(skb, dev))
		return 0;
	if (!device_is_hardware(dev) && packet_read(skb, offset, &packet) &&
	    !(packet.lent && GET(dev, rx_handler)))
		packet_arrives(&packet, dev, ctx);
	return 0;
}

/*
 * Local delivery copies what still has a user's pages (skb_orphan_frags_rx, skb_copy_ubufs). A
 * device with a handler is a port of a bridge or bond, which passes packets on as they are.
 */
SEC("tp_btf/netif_receive_skb")
int BPF_PROG(tp_deliver, const struct sk_buff *skb)
{
	struct packet packet;
	const struct net_device *dev = GET(skb, dev);
	__u32 offset = GET(skb, data) - GET(skb, head);
	if (packet_is_plain(skb, dev) || device_is_hardware(dev) ||
	    !packet_read(skb, offset, &packet))
		return 0;
	if (packet.lent && GET(dev, rx_handler))
		return 0;
	packet_arrives(&packet, dev, ctx);
	if (!packet.zerocopy)
		return 0;
	count_add(packet_group(&packet, device_netns(dev)), COUNT_DELIVERED_ZEROCOPY, TP,
		  packet.paged);
	packet_late(&packet, dev, packet.paged, TP, ctx);
	return 0;
}

/* The children of an audited command are audited too. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(tp_fork, const struct task_struct *parent, const struct task_struct *child)
{
	__u32 from = GET(parent, tgid), to = GET(child, tgid);
	__u8 one = 1;
	if (config.by_task && bpf_map_lookup_elem(&tasks, &from))
		bpf_map_update_elem(&tasks, &to, &one, BPF_ANY);
	return 0;
}
