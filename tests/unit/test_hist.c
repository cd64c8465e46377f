/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "field.h"
#include "hist.h"

static uint64_t random_state = 88172645463325252ULL;

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

/* The bucket's highest value lies in the bucket, not below the value, within 1/128 of it. */
static void check_value(uint64_t value)
{
	unsigned int bucket = hist_bucket(value);
	uint64_t high = hist_bucket_high(bucket);
	assert_true(bucket < HIST_BUCKETS);
	assert_true(high >= value);
	assert_true(high - value <= value / 128);
	assert_int_equal(hist_bucket(high), bucket);
	if (high < UINT64_MAX)
		assert_int_equal(hist_bucket(high + 1), bucket + 1);
}

static void test_buckets_at_powers(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++)
		for (int64_t step = -1; step <= 1; step++)
			check_value((1ULL << bit) + (uint64_t)step);
	check_value(UINT64_MAX);
	check_value(UINT64_MAX - 1);
	assert_int_equal(hist_bucket(UINT64_MAX), HIST_BUCKETS - 1);
	assert_true(hist_bucket_high(HIST_BUCKETS - 1) == UINT64_MAX);
	for (unsigned int i = 0; i < 256; i++) /* exact where it can be */
		assert_int_equal(hist_bucket_high(hist_bucket(i)), i);
	for (int i = 0; i < 100000; i++)
		check_value(draw() >> (draw() % 64));
}

static void test_buckets_are_monotone(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < HIST_BUCKETS; i++) {
		assert_true(hist_bucket_high(i) > hist_bucket_high(i - 1));
		assert_int_equal(hist_bucket(hist_bucket_high(i - 1) + 1), i);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Against the sorted values: never below the true one, at most 0.8 % above, never above max. */
static void check_percentiles(const uint64_t *values, size_t count)
{
	static const unsigned int parts[] = { 1, 5000, 9000, 9900, 9990, 9999 };
	struct hist hist;
	uint64_t *sorted = malloc(count * sizeof(*sorted));
	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	assert_int_equal(hist_open(&hist), 0);
	for (size_t i = 0; i < count; i++)
		hist_record(&hist, values[i]);
	assert_int_equal(hist.count, count);
	assert_true(hist.max == sorted[count - 1]);
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		uint64_t got = hist_percentile(&hist, parts[p]);
		if (count * (10000 - parts[p]) < 100000) {
			assert_true(got == FIELD_UNKNOWN);
			continue;
		}
		size_t rank = (count * parts[p] + 9999) / 10000;
		uint64_t exact = sorted[rank - 1];
		assert_true(got >= exact);
		assert_true((double)(got - exact) <= 0.008 * (double)exact);
		assert_true(got <= hist.max);
	}
	hist_close(&hist);
	free(sorted);
}

static void test_percentiles(void **state)
{
	(void)state;
	static uint64_t values[100000];
	static const size_t counts[] = { 11, 20, 99, 100, 101, 999, 1000, 1001, 10000, 100000 };
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
		for (unsigned int shape = 0; shape < 4; shape++) {
			for (size_t i = 0; i < counts[c]; i++)
				values[i] = shape == 0   ? draw() >> (draw() % 60)
					    : shape == 1 ? 1000 + draw() % 50
					    : shape == 2 ? i
							 : 4242;
			check_percentiles(values, counts[c]);
		}
}

/* A tail percentile needs ten values beyond it. */
static void test_too_few(void **state)
{
	(void)state;
	static const struct {
		unsigned int parts, least;
	} cases[] = {
		{ 5000, 20 }, { 9000, 100 }, { 9900, 1000 }, { 9990, 10000 }, { 9999, 100000 }
	};
	struct hist hist;
	assert_int_equal(hist_open(&hist), 0);
	for (size_t c = 0; c < 5; c++) {
		assert_true(hist_percentile(&hist, cases[c].parts) == FIELD_UNKNOWN);
		while (hist.count < cases[c].least - 1)
			hist_record(&hist, 7);
		assert_true(hist_percentile(&hist, cases[c].parts) == FIELD_UNKNOWN);
		hist_record(&hist, 7);
		assert_int_equal(hist_percentile(&hist, cases[c].parts), 7);
	}
	hist_close(&hist);
	assert_true(hist_percentile(&hist, 5000) == FIELD_UNKNOWN);
}

static void test_merge(void **state)
{
	(void)state;
	struct hist a, b, all;
	assert_int_equal(hist_open(&a) | hist_open(&b) | hist_open(&all), 0);
	for (int i = 0; i < 5000; i++) {
		uint64_t value = draw() >> (draw() % 64);
		hist_record(i % 3 ? &a : &b, value);
		hist_record(&all, value);
	}
	hist_merge(&a, &b);
	assert_int_equal(a.count, all.count);
	assert_true(a.max == all.max);
	assert_memory_equal(a.buckets, all.buckets, HIST_BUCKETS * sizeof(*a.buckets));
	hist_close(&a);
	hist_close(&b);
	hist_close(&all);
	assert_null(a.buckets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets_at_powers),
		cmocka_unit_test(test_buckets_are_monotone),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_merge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
