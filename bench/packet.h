/* SPDX-License-Identifier: MIT */
/* packet: Ethernet, IP and UDP headers, written by the program where no kernel does it. */
#ifndef ZCBENCH_PACKET_H
#define ZCBENCH_PACKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAC_BYTES   6
#define PACKET_HEADERS_MAX 62 /* Ethernet 14, IPv6 40, UDP 8 */

/* From where to where. Both addresses are of one family, with their ports. */
struct packet_route {
	unsigned char source_mac[PACKET_MAC_BYTES], destination_mac[PACKET_MAC_BYTES];
	struct sockaddr_storage source, destination;
};

/* The headers of all packets of one flow, which differ in their lengths alone. */
struct packet_headers {
	unsigned char bytes[PACKET_HEADERS_MAX]; /* lengths and checksums 0 */
	uint32_t length;                         /* of all three */
	bool six;
	uint64_t ip_sum;  /* of the IPv4 header as it stands */
	uint64_t udp_sum; /* IPv6: of the pseudo header and the UDP header as they stand */
};

/* The bytes of all headers, before an address is known. */
size_t packet_headers_bytes(bool six);

void packet_headers_make(struct packet_headers *headers, const struct packet_route *route);

/*
 * Writes the headers of a packet with so many bytes after them to its start. payload_sum is
 * packet_sum of these bytes, for IPv6, which does not allow a UDP packet without a checksum; RFC
 * 768 allows it, so with IPv4 nobody sums the payload up.
 */
void packet_headers_write(const struct packet_headers *headers, unsigned char *packet,
			  size_t payload_bytes, uint64_t payload_sum);

/*
 * Adds the bytes to the sum, as 16-bit words in memory order (RFC 1071: ones' complement sums are
 * the same in any byte order). Of a sum of pieces each but the last must have an even length.
 */
uint64_t packet_sum(const void *data, size_t length, uint64_t sum);

/* A UDP packet's payload: a part of it. */
struct packet_payload {
	const unsigned char *data;
	size_t length;
};

/*
 * Finds the payload in the n bytes of a frame, without what pads it to the least length of a frame.
 * 0; -ENOMSG: it is no whole UDP packet; -EBADMSG: cut short, or its lengths contradict each other.
 */
int packet_parse(const void *frame, size_t n, struct packet_payload *payload);

/* The checksum of what was summed up. */
uint16_t packet_fold(uint64_t sum);

#endif
