/* SPDX-License-Identifier: MIT */
/* Headers against packets whose checksums are known from elsewhere: RFC 1071, and the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "packet.h"

static uint16_t fold(const void *data, size_t length)
{
	return ntohs(packet_fold(packet_sum(data, length, 0)));
}

static void test_sum(void **state)
{
	(void)state;
	/* RFC 1071, section 3: the sum is ddf2. */
	static const unsigned char example[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	assert_int_equal(fold(example, sizeof(example)), 0xffff - 0xddf2);
	/* In pieces, and with an odd byte, which stands for the upper half of a word. */
	uint64_t sum = packet_sum(example, 2, 0);
	assert_int_equal(ntohs(packet_fold(packet_sum(example + 2, 6, sum))), 0xffff - 0xddf2);
	assert_int_equal(fold(example, 7), 0xffff - 0xdcfb);
	assert_int_equal(fold(example, 3), 0xffff - 0xf201);
	assert_int_equal(fold(example, 1), 0xffff);
	assert_int_equal(fold(example, 0), 0xffff);
}

/* Carries from every place, against the plainest way to write it down. */
static void test_sum_of_many(void **state)
{
	(void)state;
	unsigned char bytes[4001];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * i + 200);
	for (size_t length = 0; length <= sizeof(bytes); length += 1 + length / 7) {
		uint32_t plain = 0;
		for (size_t i = 0; i < length; i++) {
			plain += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
			plain = (plain & 0xffff) + (plain >> 16);
		}
		assert_int_equal(fold(bytes, length), 0xffff - plain);
	}
}

static void address(int family, const char *text, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	if (family == AF_INET) {
		assert_int_equal(inet_pton(AF_INET, text, &four.sin_addr), 1);
		memcpy(to, &four, sizeof(four));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
		memcpy(to, &six, sizeof(six));
	}
}

static struct packet_route route(int family, const char *source, const char *destination)
{
	struct packet_route made = { .source_mac = { 2, 0, 0, 0, 0, 1 },
				     .destination_mac = { 2, 0, 0, 0, 0, 2 } };
	address(family, source, 40000, &made.source);
	address(family, destination, 9, &made.destination);
	return made;
}

/* The IP header is the example of Wikipedia's "Internet checksum", whose sum is b861. */
static void test_ipv4(void **state)
{
	(void)state;
	static const unsigned char expected[] = {
		2,    0,    0,    0,    0,    2,                /* to */
		2,    0,    0,    0,    0,    1,                /* from */
		0x08, 0x00, 0x45, 0x00, 0x00, 0x73,             /* 115 bytes: 20, 8 and 87 */
		0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, /* checksum */
		0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7, /* 192.168.0.1, 192.168.0.199 */
		0x9c, 0x40, 0x00, 0x09, 0x00, 0x5f, 0x00, 0x00, /* 95 bytes, no checksum */
		'd',  'a',  't',  'a',
	};
	struct packet_route from_to = route(AF_INET, "192.168.0.1", "192.168.0.199");
	struct packet_headers headers;
	unsigned char packet[sizeof(expected)];
	packet_headers_make(&headers, &from_to);
	assert_int_equal(headers.length, 42);
	assert_int_equal(packet_headers_bytes(false), 42);
	memcpy(packet + 42, "data", 4);
	packet_headers_write(&headers, packet, 87, 0);
	assert_memory_equal(packet, expected, sizeof(expected));
	/* A receiver's check: with its checksum in it the header sums up to nothing. */
	for (size_t length = 0; length < 1473; length += 7) {
		packet_headers_write(&headers, packet, length, 0);
		assert_int_equal(fold(packet + 14, 20), 0);
		assert_int_equal(packet[16] << 8 | packet[17], 28 + length);
	}
}

static void test_ipv6(void **state)
{
	(void)state;
	struct packet_route from_to = route(AF_INET6, "fd00::1", "fd00::2");
	struct packet_headers headers;
	unsigned char packet[70];
	packet_headers_make(&headers, &from_to);
	assert_int_equal(headers.length, 62);
	assert_int_equal(packet_headers_bytes(true), 62);
	for (size_t length = 0; length <= 8; length++) {
		memcpy(packet + 62, "payload.", 8);
		packet_headers_write(&headers, packet, length, packet_sum(packet + 62, length, 0));
		assert_int_equal(packet[12] << 8 | packet[13], 0x86dd);
		assert_int_equal(packet[14], 0x60);
		assert_int_equal(packet[19], 8 + length);
		assert_int_equal(packet[20], 17);
		assert_int_equal(packet[59], 8 + length);
		/* The receiver's sum: pseudo header and packet, checksum and all, come to nothing.
		 */
		uint64_t sum = packet_sum(packet + 22, 32, htons(17));
		sum += htons((uint16_t)(8 + length));
		assert_int_equal(packet_fold(packet_sum(packet + 54, 8 + length, sum)), 0);
		assert_int_not_equal(packet[60] << 8 | packet[61], 0);
	}
}

/* RFC 8200: a sum that comes to 0 travels as ffff, for 0 says that there is none. */
static void test_ipv6_sum_of_nothing(void **state)
{
	(void)state;
	struct packet_route from_to = route(AF_INET6, "fd00::1", "fd00::2");
	struct packet_headers headers;
	unsigned char packet[64];
	packet_headers_make(&headers, &from_to);
	for (unsigned int word = 0; word <= 0xffff; word++) {
		packet[62] = (unsigned char)(word >> 8);
		packet[63] = (unsigned char)word;
		packet_headers_write(&headers, packet, 2, packet_sum(packet + 62, 2, 0));
		if (packet[60] == 0xff && packet[61] == 0xff)
			return;
		assert_int_not_equal(packet[60] << 8 | packet[61], 0);
	}
	fail_msg("no payload of two bytes sums up to nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_sum_of_many),
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_ipv6_sum_of_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
