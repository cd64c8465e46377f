/* SPDX-License-Identifier: MIT */
#include "advice.h"
#include "summary_rows.h"
#include "validity.h"

#define MS 1000000ULL

/* 100 ms on 4 CPUs: 4 ms of steal are 1 %, and a tick has 10; 20 ms of load are 5 %, and 4
 * ticks 40. */
static struct samples_row *spoil(struct samples_row *row, uint64_t steal_ns, uint64_t foreign_ns)
{
	row->sample.elapsed_ns = 100 * MS;
	row->sample.host_cpus = 4;
	row->sample.host_steal_ns = steal_ns;
	row->sample.host_foreign_ns = foreign_ns;
	return row;
}

static void test_invalid_repeats_have_no_say(void **state)
{
	(void)state;
	static const struct {
		uint64_t steal_ns, foreign_ns;
		enum validity expected;
	} cases[] = {
		{ FIELD_UNKNOWN, FIELD_UNKNOWN, VALID },
		{ 0, 0, VALID },
		{ 10 * MS, 0, VALID }, /* may have been a moment */
		{ 11 * MS, 0, INVALID_STEAL },
		{ 0, 60 * MS, VALID },
		{ 0, 61 * MS, INVALID_LOAD },
		{ 20 * MS, 200 * MS, INVALID_STEAL },
	};
	for (size_t i = 0; i < 7; i++) {
		bool valid = cases[i].expected == VALID;
		struct samples_row *row = add(1, "send", i + 1, valid ? 100 : 1);
		spoil(row, cases[i].steal_ns, cases[i].foreign_ns);
		assert_int_equal(validity_of(&row->sample), cases[i].expected);
	}
	/* The reader of the probes may take its part. */
	spoil(add(1, "send", 8, 1), 0, 90 * MS)->sample.probed = 1;
	assert_int_equal(validity_of(&samples.rows[7].sample), VALID);
	open_summary();
	assert_int_equal(summary.stolen, 2);
	assert_int_equal(summary.loaded, 1);
	assert_int_equal(summary.invalid, 0);
	assert_int_equal(summary.cells->goodput.count, 4);
	assert_true(summary.cells->goodput.low == 100);
}

static void test_a_cell_without_a_valid_repeat_shows_the_others(void **state)
{
	(void)state;
	for (uint64_t block = 1; block <= 6; block++) {
		spoil(add(1, "send", block, 10), 0, 0);
		spoil(add(2, "sendmsg", block, 20), 0, 90 * MS);
	}
	strcpy(samples.rows[1].sample.verdict, "fail");
	open_summary();
	const struct summary_cell *cell = &summary.cells[1];
	assert_false(summary.cells[0].invalid);
	assert_true(cell->invalid);
	assert_int_equal(cell->goodput.count, 5);
	assert_true(cell->goodput.median == 20 && cell->goodput_ratio.median == 2);
	assert_false(cell->sure);
	assert_int_equal(summary.loaded, 5);
	assert_int_equal(summary.invalid, 1);
}

static char *print(void)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	table_print(out, &samples);
	advice_print(out, &samples);
	fclose(out);
	return text;
}

/* Everything is loaded: there is a table, it says that it is not valid and why, and boasts of
 * nothing. */
static void test_all_loaded(void **state)
{
	(void)state;
	for (uint64_t block = 1; block <= 6; block++) {
		spoil(add(1, "send", block, 2e9), 0, 90 * MS);
		spoil(add(2, "sendmsg", block, 4e9), 0, 90 * MS);
	}
	strcpy(samples.rows[0].sample.rx_slices, "1 1 1 1 1 1 1 1 1 1 9 9 9 9 9 9 9 9 9 9");
	strcpy(samples.rows[1].sample.rx_slices, "500 500 500 500 500 500 500 500 500 500 "
						 "900 900 900 900 900 900 900 900 900 900");
	char *text = print();
	assert_non_null(strstr(text, "6*"));
	assert_non_null(strstr(text, "2.00x"));
	assert_non_null(strstr(text, "12 repeats in which other programs used more than 5 %"));
	assert_non_null(strstr(text, "2 cells without a valid repeat"));
	assert_non_null(strstr(text, "Kept: 1 repeat with a trend"));
	assert_null(strstr(text, "largest sure gain"));
	free(text);
	for (size_t i = 0; i < samples.count; i++)
		samples.rows[i].sample.host_foreign_ns = 0;
	text = print();
	assert_null(strstr(text, "6*"));
	assert_null(strstr(text, "other programs"));
	assert_non_null(strstr(text, "largest sure gain"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_invalid_repeats_have_no_say),
		TEST(test_a_cell_without_a_valid_repeat_shows_the_others),
		TEST(test_all_loaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
