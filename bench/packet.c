/* SPDX-License-Identifier: MIT */
#include "packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#define HOPS 64

_Static_assert(sizeof(struct ethhdr) + sizeof(struct ip6_hdr) + sizeof(struct udphdr) ==
		       PACKET_HEADERS_MAX,
	       "IPv6's are the longest headers");

uint64_t packet_sum(const void *data, size_t length, uint64_t sum)
{
	const unsigned char *at = data;
	uint32_t word;
	uint16_t rest = 0;
	/* Words of 32 bits fold to the same as their halves; the carries gather in the upper half.
	 */
	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	if (length & 2) {
		memcpy(&rest, at, sizeof(rest));
		sum += rest;
		at += 2;
	}
	if (length & 1) {
		rest = 0;
		memcpy(&rest, at, 1); /* padded with a zero byte behind it */
		sum += rest;
	}
	return sum;
}

uint16_t packet_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

size_t packet_headers_bytes(bool six)
{
	return sizeof(struct ethhdr) + (six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr)) +
	       sizeof(struct udphdr);
}

static void make_four(struct packet_headers *headers, const struct packet_route *route)
{
	struct sockaddr_in from, to;
	memcpy(&from, &route->source, sizeof(from));
	memcpy(&to, &route->destination, sizeof(to));
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .frag_off = htons(IP_DF),
			    .ttl = HOPS,
			    .protocol = IPPROTO_UDP,
			    .saddr = from.sin_addr.s_addr,
			    .daddr = to.sin_addr.s_addr };
	memcpy(headers->bytes + sizeof(struct ethhdr), &ip, sizeof(ip));
	headers->ip_sum = packet_sum(&ip, sizeof(ip), 0);
}

static void make_six(struct packet_headers *headers, const struct packet_route *route)
{
	struct sockaddr_in6 from, to;
	memcpy(&from, &route->source, sizeof(from));
	memcpy(&to, &route->destination, sizeof(to));
	struct ip6_hdr ip = { .ip6_src = from.sin6_addr, .ip6_dst = to.sin6_addr };
	ip.ip6_flow = htonl(6U << 28);
	ip.ip6_nxt = IPPROTO_UDP;
	ip.ip6_hops = HOPS;
	memcpy(headers->bytes + sizeof(struct ethhdr), &ip, sizeof(ip));
	/* RFC 8200, 8.1: addresses, length (added with the packet's) and protocol. */
	headers->udp_sum = packet_sum(&ip.ip6_src, 2 * sizeof(ip.ip6_src), htons(IPPROTO_UDP));
}

/* In network order. In both families it has the same place. */
static uint16_t port_of(const struct sockaddr_storage *address)
{
	uint16_t port;
	memcpy(&port, (const char *)address + offsetof(struct sockaddr_in, sin_port), sizeof(port));
	return port;
}

void packet_headers_make(struct packet_headers *headers, const struct packet_route *route)
{
	struct ethhdr ethernet;
	struct udphdr udp = { .source = port_of(&route->source),
			      .dest = port_of(&route->destination) };
	*headers = (struct packet_headers){ .six = route->source.ss_family == AF_INET6 };
	headers->length = (uint32_t)packet_headers_bytes(headers->six);
	memcpy(ethernet.h_dest, route->destination_mac, sizeof(ethernet.h_dest));
	memcpy(ethernet.h_source, route->source_mac, sizeof(ethernet.h_source));
	ethernet.h_proto = htons(headers->six ? ETH_P_IPV6 : ETH_P_IP);
	memcpy(headers->bytes, &ethernet, sizeof(ethernet));
	if (headers->six)
		make_six(headers, route);
	else
		make_four(headers, route);
	memcpy(headers->bytes + headers->length - sizeof(udp), &udp, sizeof(udp));
	headers->udp_sum = packet_sum(&udp, sizeof(udp), headers->udp_sum);
}

static void put_16(unsigned char *to, size_t at, uint16_t value)
{
	memcpy(to + at, &value, sizeof(value));
}

void packet_headers_write(const struct packet_headers *headers, unsigned char *packet,
			  size_t payload_bytes, uint64_t payload_sum)
{
	unsigned char *ip = packet + sizeof(struct ethhdr);
	unsigned char *udp = packet + headers->length - sizeof(struct udphdr);
	uint16_t udp_length = htons((uint16_t)(payload_bytes + sizeof(struct udphdr)));
	memcpy(packet, headers->bytes, headers->length);
	put_16(udp, offsetof(struct udphdr, len), udp_length);
	if (headers->six) {
		/* Once as it stands in the UDP header, and once in the pseudo header. */
		uint16_t sum = packet_fold(headers->udp_sum + payload_sum + 2UL * udp_length);
		put_16(ip, offsetof(struct ip6_hdr, ip6_plen), udp_length);
		put_16(udp, offsetof(struct udphdr, check), sum ? sum : 0xffff);
		return;
	}
	uint16_t total =
		htons((uint16_t)(sizeof(struct iphdr) + sizeof(struct udphdr) + payload_bytes));
	put_16(ip, offsetof(struct iphdr, tot_len), total);
	put_16(ip, offsetof(struct iphdr, check), packet_fold(headers->ip_sum + total));
}
