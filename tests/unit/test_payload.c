/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "payload.h"

#define LENGTH (3 * PAYLOAD_PERIOD / 2)

static unsigned char *data;

static int set_up(void **state)
{
	(void)state;
	data = malloc(LENGTH);
	return payload_init() || payload_init() || !data;
}

static int tear_down(void **state)
{
	(void)state;
	free(data);
	return 0;
}

static void test_any_slice(void **state)
{
	(void)state;
	static const uint64_t seeds[] = { 0, 1, 40000, 65535, UINT64_MAX };
	static const uint64_t offsets[] = {
		0, 1, 4095, PAYLOAD_PERIOD - 1, PAYLOAD_PERIOD, (1ULL << 32) - 7, (1ULL << 63) + 11
	};
	for (size_t s = 0; s < 5; s++)
		for (size_t o = 0; o < 7; o++) {
			payload_fill(data, LENGTH, seeds[s], offsets[o]);
			assert_int_equal(payload_check(data, LENGTH, seeds[s], offsets[o]), 0);
			for (size_t at = 0; at < LENGTH; at += 99991) {
				size_t rest = LENGTH - at, n = rest < 12345 ? rest : 12345;
				assert_int_equal(
					payload_check(data + at, n, seeds[s], offsets[o] + at), 0);
			}
		}
	assert_int_equal(payload_check(data, 0, 1, 1), 0);
}

static void test_filled_in_pieces(void **state)
{
	(void)state;
	for (size_t at = 0, n = 1; at < LENGTH; at += n, n = n * 3 + 1) {
		n = n < LENGTH - at ? n : LENGTH - at;
		payload_fill(data + at, n, 5, 1000 + at);
	}
	assert_int_equal(payload_check(data, LENGTH, 5, 1000), 0);
}

/* One wrong byte anywhere, also the last, and beyond the table's end. */
static void test_every_byte_counts(void **state)
{
	(void)state;
	payload_fill(data, LENGTH, 5, 4096);
	for (size_t i = 0; i < 40; i++) {
		size_t at = i < 39 ? i * (LENGTH / 39) : LENGTH - 1;
		data[at] ^= 1;
		assert_int_equal(payload_check(data, LENGTH, 5, 4096), 1);
		data[at] ^= 1;
	}
	assert_int_equal(payload_check(data, LENGTH, 5, 4096), 0);
}

static void test_other_offset_or_seed(void **state)
{
	(void)state;
	payload_fill(data, 64, 7, 1 << 20);
	static const int64_t shifts[] = { 1, -1, 8, 64, 4096, 65536, 1 << 20, 4 << 20, 64 << 20 };
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++)
		assert_int_equal(payload_check(data, 64, 7, (1ULL << 20) + (uint64_t)shifts[i]), 1);
	for (uint64_t seed = 0; seed < 1000; seed++)
		assert_int_equal(payload_check(data, 64, seed, 1 << 20),
				 seed != 7 && seed != 264 && seed != 521 && seed != 778);
}

/*
 * A buffer that is written again too early holds a later message: of any cycle that people use,
 * of any size, it does not look like the message that was due.
 */
static void test_early_reuse(void **state)
{
	(void)state;
	static const size_t sizes[] = { 64, 1024, 4096, 65536, 1 << 20 };
	static const size_t cycles[] = {
		1, 2, 3, 4, 5, 7, 8, 16, 17, 64, 100, 128, 256, 1000, 4096
	};
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		for (size_t c = 0; c < sizeof(cycles) / sizeof(cycles[0]); c++) {
			payload_fill(data, sizes[s], 9, 5 * sizes[s] + cycles[c] * sizes[s]);
			assert_int_equal(payload_check(data, sizes[s], 9, 5 * sizes[s]), 1);
			/* half of it overwritten */
			payload_fill(data, sizes[s] / 2, 9, 5 * sizes[s]);
			assert_int_equal(payload_check(data, sizes[s], 9, 5 * sizes[s]), 1);
			assert_int_equal(payload_check(data, sizes[s] / 2, 9, 5 * sizes[s]), 0);
		}
}

static void test_position(void **state)
{
	(void)state;
	assert_int_equal(payload_position(0, 0), 0);
	assert_int_equal(payload_position(1, 0), 4096); /* page-aligned messages stay so */
	for (uint64_t i = 0; i < 1000; i++) {
		size_t at = payload_position(i * 77, i << 54 | i);
		assert_true(at < PAYLOAD_PERIOD);
		size_t next = payload_position(i * 77, (i << 54 | i) + 1);
		assert_int_equal(next, (at + 1) % PAYLOAD_PERIOD);
	}
}

static void test_read(void **state)
{
	(void)state;
	uint64_t words[3] = { 1, 2, 3 };
	assert_true(payload_read(words, sizeof(words)) == 6);
	assert_true(payload_read(words, 0) == 0);
	memset(data, 1, 32);
	for (size_t n = 0; n < 8; n++) /* the tail is read too */
		assert_true(payload_read(data, 8 + n) == 0x0101010101010101 + n);
	assert_true(payload_read(data + 1, 9) == 0x0101010101010101 + 1); /* unaligned */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_slice),
		cmocka_unit_test(test_filled_in_pieces),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_other_offset_or_seed),
		cmocka_unit_test(test_early_reuse),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
