/* SPDX-License-Identifier: MIT */
/* packet: a TCP packet as its sk_buff has it, wherever it is on its way. */
#ifndef ZCPROBE_PACKET_BPF_H
#define ZCPROBE_PACKET_BPF_H

#include "account.bpf.h"

#define ETHERTYPE_IPV4    0x0800
#define ETHERTYPE_IPV6    0x86dd
#define SKBFL_ZEROCOPY    (1 << 0) /* SKBFL_ZEROCOPY_ENABLE */
#define SKBFL_SHARED_FRAG (1 << 1)
#define DEVICE_LOOPBACK   (1 << 3) /* IFF_LOOPBACK */
#define FEATURE_SG        (1 << 0) /* NETIF_F_SG */

struct packet {
	__u32 addresses, seq;
	__u16 source, destination;
	__u32 payload; /* bytes of the stream in it */
	__u32 paged;   /* of them, outside the linear part */
	bool zerocopy; /* its pages are a user's: local delivery copies them */
	bool lent;     /* they are a user's, a file's or a pipe's: nobody has copied them yet */
};

INLINE struct skb_shared_info *skb_shared(const struct sk_buff *skb)
{
	return CAST(GET(skb, head) + GET(skb, end), struct skb_shared_info);
}

INLINE int packet_network(const struct sk_buff *skb, unsigned char *network, struct packet *packet)
{
	__u16 protocol = bpf_ntohs(GET(skb, protocol));
	if (protocol == ETHERTYPE_IPV4) {
		struct iphdr *ip = CAST(network, struct iphdr);
		packet->addresses = GET(ip, saddr) ^ GET(ip, daddr);
		return GET(ip, protocol) == PROTOCOL_TCP ? BITS(ip, ihl) * 4 : 0;
	}
	if (protocol == ETHERTYPE_IPV6) {
		struct ipv6hdr *ip = CAST(network, struct ipv6hdr);
		packet->addresses = 0;
		for (int i = 0; i < 4; i++)
			packet->addresses ^= GET(ip, saddr.in6_u.u6_addr32[i]) ^
					     GET(ip, daddr.in6_u.u6_addr32[i]);
		return GET(ip, nexthdr) == PROTOCOL_TCP ? 40 : 0;
	}
	return 0;
}

/*
 * offset: from skb->head to the network header. It says no to what is not TCP. Headers are in the
 * linear part wherever a packet of ours is looked at: TCP builds them there, and XDP and GRO keep
 * them there.
 */
INLINE bool packet_read(const struct sk_buff *skb, __u32 offset, struct packet *packet)
{
	unsigned char *head = GET(skb, head);
	int ip_bytes = packet_network(skb, head + offset, packet), used;
	struct skb_shared_info *shared;
	struct tcphdr *tcp;
	__u8 flags;
	if (!ip_bytes)
		return false;
	tcp = CAST(head + offset + ip_bytes, struct tcphdr);
	packet->source = bpf_ntohs(GET(tcp, source));
	packet->destination = bpf_ntohs(GET(tcp, dest));
	packet->seq = bpf_ntohl(GET(tcp, seq));
	used = offset - (__u32)(GET(skb, data) - head) + ip_bytes + BITS(tcp, doff) * 4;
	packet->payload = GET(skb, len) - used;
	packet->paged = GET(skb, data_len);
	if (packet->paged > packet->payload)
		packet->paged = packet->payload;
	shared = skb_shared(skb);
	flags = packet->paged ? GET(shared, flags) : 0;
	packet->zerocopy = flags & SKBFL_ZEROCOPY;
	packet->lent = flags & (SKBFL_ZEROCOPY | SKBFL_SHARED_FRAG);
	return (__s32)packet->payload > 0;
}

INLINE struct count_flow packet_flow(const struct packet *packet)
{
	return flow_key(packet->addresses, packet->source, packet->destination);
}

INLINE __u32 packet_group(const struct packet *packet, __u32 netns)
{
	struct count_flow key;
	__u32 *side;
	if (!by_socket())
		return netns_matches(netns) ? port_group(packet->source, packet->destination)
					    : GROUP_OTHERS;
	key = packet_flow(packet);
	side = bpf_map_lookup_elem(&flows, &key);
	if (!side || !(*side & (packet->source == key.low ? 1 : 2)))
		return GROUP_OTHERS;
	return GROUP_FORWARD;
}

INLINE __u32 device_netns(const struct net_device *dev)
{
	const struct net *net = GET(dev, nd_net.net);
	return GET(net, ns.inum);
}

/* No bus stands behind veth, lo, tun and their like: what they send arrives on this host. */
INLINE bool device_is_hardware(const struct net_device *dev)
{
	return GET(dev, dev.parent) != 0;
}

INLINE struct count_device *device_count(const struct net_device *dev, __u32 netns)
{
	struct count_device_key key = { .netns = netns, .ifindex = GET(dev, ifindex) };
	struct count_device *device = device_find(&key);
	if (!device || device->described)
		return device;
	for (int i = 0; i < 16; i++)
		device->name[i] = GET(dev, name[i]);
	device->hardware = device_is_hardware(dev);
	device->scatter_gather = GET(dev, features) & FEATURE_SG;
	device->described = true;
	return device;
}

#endif
