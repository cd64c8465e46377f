/* SPDX-License-Identifier: MIT */
/* What the headers of packets, sound and not, are read as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

#define IPV4_HEAD 42

static unsigned char frame[PACKET_HEADERS_MAX + 100];

static struct packet_headers headers_of(int family)
{
	struct packet_route route = { .source_mac = { 2, 0, 0, 0, 0, 1 },
				      .destination_mac = { 2, 0, 0, 0, 0, 2 } };
	struct packet_headers headers;
	route.source.ss_family = route.destination.ss_family = (sa_family_t)family;
	((struct sockaddr_in *)&route.source)->sin_port = htons(40000);
	((struct sockaddr_in *)&route.destination)->sin_port = htons(9);
	packet_headers_make(&headers, &route);
	return headers;
}

static size_t pack(int family, size_t payload)
{
	struct packet_headers headers = headers_of(family);
	memset(frame, 0xee, sizeof(frame));
	packet_headers_write(&headers, frame, payload, 0);
	return headers.length + payload;
}

/* Any payload length up to the longest, padded or not, at any alignment. */
static void test_trip(void **state)
{
	(void)state;
	static const int families[] = { AF_INET, AF_INET6 };
	static const size_t lengths[] = { 0, 1, 17, 1440, 65000 };
	unsigned char *odd = malloc(66000);
	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < 5; i++) {
			struct packet_headers headers = headers_of(families[f]);
			struct packet_payload got = { 0 };
			size_t head = headers.length, n = head + lengths[i];
			packet_headers_write(&headers, odd + 1, lengths[i], 0);
			for (size_t padding = 0; padding < 50; padding += 7) {
				assert_int_equal(packet_parse(odd + 1, n + padding, &got), 0);
				assert_ptr_equal(got.data, odd + 1 + head);
				assert_int_equal(got.length, lengths[i]);
			}
		}
	free(odd);
}

static void test_cut_short(void **state)
{
	(void)state;
	static const int families[] = { AF_INET, AF_INET6 };
	for (size_t f = 0; f < 2; f++) {
		struct packet_payload got;
		size_t n = pack(families[f], 20);
		for (size_t i = 0; i < n; i++) {
			unsigned char *exact = malloc(i ? i : 1);
			memcpy(exact, frame, i);
			assert_int_equal(packet_parse(exact, i, &got), -EBADMSG);
			free(exact);
		}
	}
}

static void assert_parse(int family, size_t at, unsigned char value, int result)
{
	struct packet_payload got;
	size_t n = pack(family, 20);
	frame[at] = value;
	assert_int_equal(packet_parse(frame, n, &got), result);
}

static void test_something_else(void **state)
{
	(void)state;
	assert_parse(AF_INET, 13, 6, -ENOMSG);     /* ARP */
	assert_parse(AF_INET, 14, 0x65, -ENOMSG);  /* IPv6 under IPv4's type */
	assert_parse(AF_INET, 23, 6, -ENOMSG);     /* TCP */
	assert_parse(AF_INET, 20, 0x20, -ENOMSG);  /* more fragments */
	assert_parse(AF_INET, 21, 1, -ENOMSG);     /* a later fragment */
	assert_parse(AF_INET6, 14, 0x45, -ENOMSG); /* IPv4 under IPv6's type */
	assert_parse(AF_INET6, 20, 44, -ENOMSG);   /* a fragment header */
}

static void test_contradictions(void **state)
{
	(void)state;
	assert_parse(AF_INET, 14, 0x44, -EBADMSG); /* a head of 16 bytes */
	assert_parse(AF_INET, 14, 0x4f, -EBADMSG); /* of 60, beyond which is no UDP head */
	assert_parse(AF_INET, 17, 0x31, -EBADMSG); /* longer than the frame */
	assert_parse(AF_INET, 17, 19, -EBADMSG);   /* shorter than its head */
	assert_parse(AF_INET, 17, 27, -EBADMSG);   /* no room for a UDP head */
	assert_parse(AF_INET, 39, 29, -EBADMSG);   /* UDP longer than IP */
	assert_parse(AF_INET, 39, 7, -EBADMSG);    /* UDP shorter than its head */
	assert_parse(AF_INET6, 19, 29, -EBADMSG);
	assert_parse(AF_INET6, 19, 7, -EBADMSG);
	assert_parse(AF_INET6, 59, 29, -EBADMSG);
}

/* A head so short that what follows it would be the head itself, and look sound. */
static void test_head_of_nothing(void **state)
{
	(void)state;
	struct packet_payload got;
	size_t n = pack(AF_INET, 20);
	frame[14] = 0x40;
	frame[19] = 8;
	assert_int_equal(packet_parse(frame, n, &got), -EBADMSG);
}

/* IP options are skipped. */
static void test_options(void **state)
{
	(void)state;
	struct packet_payload got;
	size_t n = pack(AF_INET, 20);
	memmove(frame + 38, frame + 34, n - 34);
	frame[14] = 0x46;
	frame[17] += 4;
	assert_int_equal(packet_parse(frame, n + 4, &got), 0);
	assert_ptr_equal(got.data, frame + IPV4_HEAD + 4);
	assert_int_equal(got.length, 20);
}

#define TEST cmocka_unit_test

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trip),           TEST(test_cut_short),       TEST(test_something_else),
		TEST(test_contradictions), TEST(test_head_of_nothing), TEST(test_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
