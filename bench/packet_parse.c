/* SPDX-License-Identifier: MIT */
/* What a frame of anybody's is: hostile input. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "packet.h"

#define FRAGMENT (IP_MF | IP_OFFMASK)

/* The rest of a frame that is still to be looked at. */
struct rest {
	const unsigned char *at;
	size_t length;
};

/* Copies the next n bytes: frames lie at any address. */
static bool take(struct rest *rest, void *into, size_t n)
{
	if (rest->length < n)
		return false;
	memcpy(into, rest->at, n);
	rest->at += n;
	rest->length -= n;
	return true;
}

static int parse_four(struct rest *rest)
{
	struct iphdr ip;
	if (!take(rest, &ip, sizeof(ip)))
		return -EBADMSG;
	size_t total = ntohs(ip.tot_len), head = ip.ihl * 4u;
	if (ip.version != 4 || ip.protocol != IPPROTO_UDP || ntohs(ip.frag_off) & FRAGMENT)
		return -ENOMSG;
	if (head < sizeof(ip) || total < head || total - sizeof(ip) > rest->length)
		return -EBADMSG;
	rest->at += head - sizeof(ip);
	rest->length = total - head;
	return 0;
}

static int parse_six(struct rest *rest)
{
	struct ip6_hdr ip;
	if (!take(rest, &ip, sizeof(ip)))
		return -EBADMSG;
	if (ip.ip6_vfc >> 4 != 6 || ip.ip6_nxt != IPPROTO_UDP)
		return -ENOMSG;
	if (ntohs(ip.ip6_plen) > rest->length)
		return -EBADMSG;
	rest->length = ntohs(ip.ip6_plen);
	return 0;
}

static int parse_udp(struct rest *rest, struct packet_payload *payload)
{
	struct udphdr udp;
	if (!take(rest, &udp, sizeof(udp)))
		return -EBADMSG;
	size_t length = ntohs(udp.len);
	if (length < sizeof(udp) || length - sizeof(udp) > rest->length)
		return -EBADMSG;
	*payload = (struct packet_payload){ .data = rest->at, .length = length - sizeof(udp) };
	return 0;
}

int packet_parse(const void *frame, size_t n, struct packet_payload *payload)
{
	struct rest rest = { .at = frame, .length = n };
	struct ethhdr ethernet;
	int err = -ENOMSG;
	if (!take(&rest, &ethernet, sizeof(ethernet)))
		return -EBADMSG;
	if (ethernet.h_proto == htons(ETH_P_IP))
		err = parse_four(&rest);
	else if (ethernet.h_proto == htons(ETH_P_IPV6))
		err = parse_six(&rest);
	return err ? err : parse_udp(&rest, payload);
}
