/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats.h"

static uint64_t random_state = 88172645463325252ULL;

static double uniform(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (double)(random_state >> 11) / 9007199254740992.0;
}

/* The numbers 1 to n, shuffled: a value is its own rank. */
static struct stats_interval of_ranks(size_t n)
{
	static double values[1000];
	for (size_t i = 0; i < n; i++)
		values[i] = (double)i + 1;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(uniform() * (double)i);
		double kept = values[i - 1];
		values[i - 1] = values[j];
		values[j] = kept;
	}
	return stats_median(values, n);
}

/* The ranks of the sign test, as tables print them and a second implementation finds them. */
static void test_ranks(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		double low, high;
	} table[] = { { 6, 1, 6 },    { 7, 1, 7 },    { 8, 1, 8 },    { 9, 2, 8 },   { 10, 2, 9 },
		      { 11, 2, 10 },  { 12, 3, 10 },  { 15, 4, 12 },  { 20, 6, 15 }, { 25, 8, 18 },
		      { 30, 10, 21 }, { 50, 18, 33 }, { 100, 40, 61 } };
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct stats_interval got = of_ranks(table[i].n);
		assert_int_equal(got.count, table[i].n);
		assert_true(got.confident);
		if (got.low != table[i].low || got.high != table[i].high)
			fail_msg("n=%zu: %g to %g", table[i].n, got.low, got.high);
		assert_true(got.median == ((double)table[i].n + 1) / 2);
	}
}

static void test_few(void **state)
{
	(void)state;
	for (size_t n = 1; n < 6; n++) {
		struct stats_interval got = of_ranks(n);
		assert_false(got.confident);
		assert_true(got.low == 1 && got.high == (double)n);
		assert_true(got.median == ((double)n + 1) / 2);
	}
	struct stats_interval none = stats_median(NULL, 0);
	assert_int_equal(none.count, 0);
	assert_false(none.confident);
	assert_true(isnan(none.median) && isnan(none.low) && isnan(none.high));
}

/* As many as an experiment may have: the probabilities do not underflow. */
static void test_many(void **state)
{
	(void)state;
	struct stats_interval got = of_ranks(1000);
	assert_true(got.confident);
	assert_true(got.low == 469 && got.high == 532);
}

/* Of skewed values, the interval holds the true median at least 95 times in 100. */
static void test_coverage(void **state)
{
	(void)state;
	static const size_t counts[] = { 6, 7, 10, 15, 20, 30 };
	enum { TRIALS = 20000 };
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		double values[30];
		int held = 0;
		for (int t = 0; t < TRIALS; t++) {
			for (size_t i = 0; i < counts[c]; i++)
				values[i] = exp(3 * -log(1 - uniform()));
			struct stats_interval got = stats_median(values, counts[c]);
			double median = exp(3 * log(2));
			held += got.low <= median && median <= got.high;
		}
		if (held < 0.945 * TRIALS || held > 0.99 * TRIALS)
			fail_msg("n=%zu: %d of %d", counts[c], held, TRIALS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_coverage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
