/* SPDX-License-Identifier: MIT */
/* The bodies of the function probes, the same for fentry and kprobe. */
#ifndef ZCPROBE_BODIES_BPF_H
#define ZCPROBE_BODIES_BPF_H

#include "packet.bpf.h"
#include "receive.bpf.h"
#include "sends.bpf.h"
#include "stream.bpf.h"

#define PACKET_OUTGOING 4 /* linux/if_packet.h: a clone for whoever listens to what is sent */

INLINE void send_close(__s64 sent, enum count_layer layer)
{
	struct send_state *state = send_find();
	if (!state || !state->sk)
		return;
	if (sent > 0)
		send_count(state, state->group, sent, state->referenced, state->spliced, layer);
	state->sk = 0;
}

INLINE void send_spliced(__s64 bytes)
{
	struct send_state *state = send_find();
	if (state && state->sk && bytes > 0)
		state->spliced += bytes;
}

/* skb: the packet that took them; 0 where it is not asked for. */
INLINE void send_referenced(const struct sk_buff *skb, __s64 bytes)
{
	struct send_state *state = send_find();
	if (!state || !state->sk || bytes <= 0)
		return;
	state->referenced += bytes;
	if (skb && config.histograms && state->pinned)
		pin_begin(skb, bytes, state->group);
	state->pinned = false;
}

/* Of tcp_sendpage, until 6.4. */
INLINE void send_pages(const struct sock *sk, __s64 sent, enum count_layer layer)
{
	if (sent > 0)
		send_count(0, sock_group(sk, true, true), sent, 0, sent, layer);
}

/* Pins and refusals count while one of our own sends is under way: all users of memory pin. */
INLINE void send_note(enum count_id id, __u64 n, enum count_layer layer)
{
	struct send_state *state = send_find();
	if (state && state->sk)
		count_add(state->group, id, layer, n);
}

INLINE void send_pinned(int pages, enum count_layer layer)
{
	struct send_state *state = send_find();
	if (!state || !state->sk || pages <= 0)
		return;
	state->pinned = true;
	count_add(state->group, COUNT_PINNED_PAGES, layer, pages);
}

/* also: who copies, if it has a counter of its own; COUNT_NUMBER: skb_copy_ubufs. */
INLINE void late_copy(const struct sk_buff *skb, __u32 bytes, enum count_id also,
		      enum count_layer layer, void *context)
{
	struct packet packet = {};
	__u32 group = GROUP_OTHERS, netns;
	const struct net_device *dev = GET(skb, dev);
	struct count_device *device;
	if (!bytes)
		return;
	if (dev && packet_read(skb, GET(skb, network_header), &packet)) {
		netns = device_netns(dev);
		group = packet_group(&packet, netns);
		device = group == GROUP_OTHERS ? 0 : device_count(dev, netns);
		if (device && also == COUNT_NUMBER && count_wants(COUNT_LATE_COPIED, layer))
			__sync_fetch_and_add(BITS(skb, pkt_type) == PACKET_OUTGOING
						     ? &device->tapped_bytes
						     : &device->late_copied_bytes,
					     bytes);
	}
	if (also != COUNT_NUMBER)
		count_add(group, also, layer, bytes);
	stream_copied(&packet, group, bytes, layer);
	if (group != GROUP_OTHERS && count_wants(COUNT_LATE_COPIED, layer))
		count_stack(context, bytes);
}

INLINE bool skb_has_loan(const struct sk_buff *skb)
{
	struct skb_shared_info *shared = skb_shared(skb);
	return GET(shared, flags) & (SKBFL_ZEROCOPY | SKBFL_SHARED_FRAG);
}

/* XDP runs before the stack has set the network header: the data starts with the Ethernet one. */
INLINE void xdp_copy(const struct sk_buff *skb, enum count_layer layer, void *context)
{
	struct packet packet;
	const struct net_device *dev = GET(skb, dev);
	__u32 group, netns, bytes = GET(skb, data_len);
	if (!dev || !bytes || !skb_has_loan(skb))
		return;
	if (!packet_read(skb, GET(skb, network_header), &packet))
		return;
	netns = device_netns(dev);
	group = packet_group(&packet, netns);
	count_add(group, COUNT_XDP_COPIED, layer, bytes);
	stream_copied(&packet, group, bytes, layer);
	if (group != GROUP_OTHERS && count_wants(COUNT_LATE_COPIED, layer))
		count_stack(context, bytes);
}

INLINE void private_copy(const struct sk_buff *skb, enum count_layer layer, void *context)
{
	if (skb_has_loan(skb))
		late_copy(skb, GET(skb, data_len), COUNT_SKB_COPIED, layer, context);
}

INLINE void pull(const struct sk_buff *skb, int delta, enum count_layer layer, void *context)
{
	if (delta > 0 && skb_has_loan(skb))
		late_copy(skb, delta, COUNT_PULLED, layer, context);
}

/* The notice is kept in an sk_buff of the sender: uarg is its cb (skb_from_uarg). */
INLINE __u32 notice_group(const void *uarg)
{
	const struct sk_buff *notice =
		CAST((const char *)uarg - bpf_core_field_offset(((struct sk_buff *)0)->cb),
		     struct sk_buff);
	const struct sock *sk = GET(notice, sk);
	return sk ? sock_group(sk, true, false) : GROUP_OTHERS;
}

/* skb: null when the send itself lets go. */
INLINE void release(const struct sk_buff *skb, const void *uarg, bool zerocopy,
		    enum count_layer layer)
{
	__u32 group;
	if (!skb)
		return;
	group = notice_group(uarg);
	count_add(group, COUNT_RELEASES, layer, 1);
	count_add(group, COUNT_RELEASES_COPIED, layer, !zerocopy);
	pin_end(skb, layer);
}

/* Of one notice, which stands for len sends; 0 if the only one failed. */
INLINE void complete(const void *uarg, enum count_layer layer)
{
	const struct ubuf_info_msgzc *notice = CAST(uarg, struct ubuf_info_msgzc);
	__u32 group = notice_group(uarg), sends = GET(notice, len);
	count_add(group, COUNT_COMPLETIONS, layer, sends);
	count_add(group, COUNT_COMPLETIONS_COPIED, layer, BITS(notice, zerocopy) ? 0 : sends);
}

/*
 * Segments of a device without scatter-gather, or without the checksum offload that it needs, are
 * linear: skb_segment copies into them, and where it does not linearise them afterwards, the
 * sender is told zero-copy all the same.
 */
INLINE void segment(const struct sk_buff *skb, __u64 features, enum count_layer layer,
		    void *context)
{
	struct packet packet;
	const struct net_device *dev = GET(skb, dev);
	if (dev && packet_read(skb, GET(skb, network_header), &packet))
		count_add(packet_group(&packet, device_netns(dev)), COUNT_GSO_SEGMENTED, layer,
			  packet.payload);
	if (!(features & FEATURE_SG) && skb_has_loan(skb))
		late_copy(skb, GET(skb, data_len), COUNT_GSO_COPIED, layer, context);
}

INLINE void mapped(const struct sock *sk, const void *request, __s64 status, enum count_layer layer)
{
	const struct tcp_zerocopy_receive *zc = CAST(request, struct tcp_zerocopy_receive);
	__u32 group;
	if (status)
		return;
	group = sock_group(sk, false, true);
	count_add(group, COUNT_RX_MAPPED, layer, GET(zc, length));
	count_add(group, COUNT_RX_UNMAPPED, layer,
		  (__u64)GET(zc, recv_skip_hint) + GET(zc, copybuf_len));
}

INLINE void moved(const struct socket *socket, __s64 got, enum count_layer layer)
{
	const struct sock *sk = GET(socket, sk);
	if (got > 0)
		count_add(sock_group(sk, false, true), COUNT_RX_MAPPED, layer, got);
}

#endif
