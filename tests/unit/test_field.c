/* SPDX-License-Identifier: MIT */
/* The text of single fields: what is taken, what is refused, and what is written. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

static struct reason why;

static void test_names_are_found_with_dashes_too(void **state)
{
	(void)state;
	const struct field *row = field_find(&cell_table, "tx_cpu");
	assert_non_null(row);
	assert_ptr_equal(field_find(&cell_table, "tx-cpu"), row);
	assert_null(field_find(&cell_table, "tx.cpu"));
	assert_null(field_find(&cell_table, "tx-cpus"));
	assert_null(field_find(&cell_table, "tx-cp"));
	assert_null(field_find(&cell_table, ""));
}

static void test_sizes_are_read_with_their_units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "007", 7 },
		{ "4K", 4096 },
		{ "4k", 4096 },
		{ "1M", 1 << 20 },
		{ "2MiB", 2 << 20 },
		{ "2G", 2ULL << 30 },
		{ "3T", 3ULL << 40 },
		{ "18446744073709551615", UINT64_MAX },
		{ "17179869183G", 17179869183ULL << 30 },
	};
	static const char *const bad[] = { "",
					   "K",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1.5K",
					   "0x10",
					   "1KK",
					   "1Ki",
					   "1KB",
					   "1P",
					   "4K\n",
					   "1e3",
					   "1,000",
					   "1iB",
					   "17179869184G",
					   "16777216T",
					   "18446744073709551616",
					   "\xff" };
	uint64_t value;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(field_read_size(good[i].text, &value), 0);
		assert_true(value == good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (field_read_size(bad[i], &value) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
}

static void refuse_all(const char *name, const char *const *bad)
{
	struct cell cell;
	field_presets(&cell_table, &cell);
	struct cell before = cell;
	const struct field *field = field_find(&cell_table, name);
	for (; *bad; bad++) {
		*why.text = '\0';
		if (field_parse(field, &cell, *bad, &why) != -EINVAL)
			fail_msg("%s: '%s' is taken", name, *bad);
		assert_ptr_equal(strstr(why.text, name), why.text);
	}
	assert_memory_equal(&cell, &before, sizeof(cell));
}

static void test_refusals_name_the_field_and_change_nothing(void **state)
{
	(void)state;
	refuse_all("duration", (const char *const[]){ "", "-1", "inf", "nan", "0x1", "1ms", "1 s",
						      ".", "1e10", "1..2", "1s1", "0", NULL });
	refuse_all("verify", (const char *const[]){ "", "2", "On", "auto", "page", NULL });
	refuse_all("path", (const char *const[]){ "", "LO", "lo ", "0", "none", NULL });
	refuse_all("size",
		   (const char *const[]){ "0", "auto", "2G", "18446744073709551615", NULL });
	refuse_all("congestion",
		   (const char *const[]){ "a\nb", "a\tb", "1234567890123456", "\x1b[m", NULL });
}

static void test_durations_are_seconds(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		uint64_t ns;
		const char *out;
	} cases[] = {
		{ "0.5", 500000000, "0.5" },
		{ "2s", 2000000000, "2" },
		{ "10", 10000000000, "10" },
		{ "0.001", 1000000, "0.001" },
		{ ".25", 250000000, "0.25" },
		{ "86399.999999999", 86399999999999, "86399.999999999" },
	};
	const struct field *field = field_find(&cell_table, "duration");
	struct cell cell;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[FIELD_ROOM];
		assert_int_equal(field_parse(field, &cell, cases[i].in, &why), 0);
		assert_true(cell.duration_ns == cases[i].ns);
		field_format(field, &cell, text);
		assert_string_equal(text, cases[i].out);
	}
}

/* A column that a reader would refuse makes a whole file unreadable. */
static void test_reals_without_a_value_are_empty(void **state)
{
	(void)state;
	const struct field *field = field_find(&sample_table, "copies_per_byte");
	struct sample sample;
	char text[FIELD_ROOM];
	static const double none[] = { NAN, INFINITY, -INFINITY };
	for (size_t i = 0; i < 3; i++) {
		sample.copies_per_byte = none[i];
		field_format(field, &sample, text);
		assert_string_equal(text, "");
		assert_false(field_known(field, &sample));
	}
	static const char *const bad[] = { "nan", "inf", "1.5x", "1e999", "", " " };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(field_parse(field, &sample, bad[i], &why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found_with_dashes_too),
		cmocka_unit_test(test_sizes_are_read_with_their_units),
		cmocka_unit_test(test_refusals_name_the_field_and_change_nothing),
		cmocka_unit_test(test_durations_are_seconds),
		cmocka_unit_test(test_reals_without_a_value_are_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
