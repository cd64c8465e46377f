/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "summary_rows.h"

static void test_medians(void **state)
{
	(void)state;
	static const double values[] = { 50, 10, 40, 20, 30, 60, 70, 90, 80, 100 };
	for (uint64_t i = 0; i < 10; i++) {
		struct samples_row *row = add(1, "send", i + 1, values[i]);
		row->sample.tx_cpu_ns_per_byte = values[i] / 100;
		row->sample.latency_p50_ns = 1000 + i;
	}
	samples.rows[3].sample.latency_p50_ns = FIELD_UNKNOWN; /* does not count as 0 */
	open_summary();
	assert_int_equal(summary.count, 1);
	const struct summary_cell *cell = summary.cells;
	assert_int_equal(cell->goodput.count, 10);
	assert_true(cell->goodput.median == 55);
	assert_true(cell->goodput.low == 20 && cell->goodput.high == 90);
	assert_true(cell->goodput.confident);
	assert_true(fabs(cell->tx_cost.median - 0.55) < 1e-12);
	assert_int_equal(cell->rx_cost.count, 0);
	assert_true(isnan(cell->rx_cost.median));
	assert_int_equal(cell->latency_p50.count, 9);
	assert_true(cell->goodput_ratio.median == 1 && cell->cost_ratio.median == 1);
	assert_true(isnan(cell->copied_share));
	assert_string_equal(cell->verdict, "copied");
}

/* A machine that drifts: ratios are taken block by block, not of the medians. */
static void test_ratios(void **state)
{
	(void)state;
	for (uint64_t block = 1; block <= 7; block++) {
		double speed = (double)(1 << block);
		add(2, "send", block, speed);
		add(1, "sendmsg", block, 1.5 * speed);
	}
	samples.rows[1].sample.goodput_bytes_per_s = NAN;
	strcpy(samples.rows[4].sample.verdict, "fail");  /* block 3 of send */
	strcpy(samples.rows[13].sample.verdict, "fail"); /* block 7 of sendmsg */
	open_summary();
	assert_int_equal(summary.count, 2);
	const struct summary_cell *cell = summary.cells; /* cells are in their order */
	assert_int_equal(cell[0].first->sample.cell, 1);
	assert_int_equal(cell[0].goodput_ratio.count, 4); /* not of blocks 1, 3 and 7 */
	assert_true(fabs(cell[0].goodput_ratio.low - 1.5) < 1e-12);
	assert_true(fabs(cell[0].goodput_ratio.high - 1.5) < 1e-12);
	assert_false(cell[0].goodput_ratio.confident);
	assert_true(fabs(cell[0].cost_ratio.median - 1 / 1.5) < 1e-12);
	assert_int_equal(cell[1].goodput.count, 6);
}

/* The inverse of a ratio is the ratio the other way round, also of the middle between two. */
static void test_ratios_are_of_logs(void **state)
{
	(void)state;
	for (uint64_t block = 1; block <= 6; block++) {
		add(1, "send", block, 1);
		add(2, "sendmsg", block, block <= 3 ? 1 : 4);
	}
	open_summary();
	assert_true(fabs(summary.cells[1].goodput_ratio.median - 2) < 1e-12);
	assert_true(fabs(summary.cells[1].goodput_ratio.low - 1) < 1e-12);
	assert_true(fabs(summary.cells[1].cost_ratio.median - 0.5) < 1e-12);
}

static void test_no_base(void **state)
{
	(void)state;
	add(1, "sendmsg", 1, 10);
	add(2, "send", 1, 20)->cell.size = 4096; /* another size is no base */
	add(3, "send", 1, 20)->cell.flows = 2;
	open_summary();
	assert_int_equal(summary.count, 3);
	assert_int_equal(summary.cells[0].goodput_ratio.count, 0);
	assert_true(isnan(summary.cells[0].goodput_ratio.median));
	assert_true(summary.cells[1].goodput_ratio.median == 1);
}

static void test_same_but_tx(void **state)
{
	(void)state;
	struct cell a, b;
	field_presets(&cell_table, &a);
	for (size_t i = 0; i < cell_table.count; i++) {
		const struct field *field = &cell_table.rows[i];
		b = a;
		if (field->type == FIELD_TEXT)
			((char *)&b)[field->offset]++;
		else if (field->type == FIELD_CHOICE || field->type == FIELD_SWITCH)
			*(uint64_t *)((char *)&b + field->offset) =
				!*(uint64_t *)((char *)&a + field->offset);
		else
			*(uint64_t *)((char *)&b + field->offset) = 7;
		assert_int_equal(summary_same_but_tx(&a, &b), !strcmp(field->name, "tx"));
	}
}

static void test_verdicts(void **state)
{
	(void)state;
	add(1, "send", 1, 10);
	strcpy(add(1, "send", 2, 10)->sample.verdict, "unproven");
	strcpy(add(2, "sendmsg", 1, NAN)->sample.verdict, "skip");
	strcpy(samples.rows[2].sample.reason, "because");
	add(3, "sendfile", 1, 10);
	strcpy(add(3, "sendfile", 2, 10)->sample.verdict, "fail");
	strcpy(samples.rows[4].sample.reason, "it broke");
	open_summary();
	assert_string_equal(summary.cells[0].verdict, "varies");
	assert_string_equal(summary.cells[1].verdict, "skip");
	assert_string_equal(summary.cells[1].reason, "because");
	assert_int_equal(summary.cells[1].goodput.count, 0);
	assert_string_equal(summary.cells[2].verdict, "varies");
	assert_string_equal(summary.cells[2].reason, "it broke");
	assert_int_equal(summary.cells[2].goodput.count, 1); /* a failed repeat is not measured */
}

static void test_copied_share(void **state)
{
	(void)state;
	for (uint64_t block = 1; block <= 3; block++) {
		struct samples_row *row = add(1, "msg-zerocopy", block, 10);
		row->sample.abi_tx_copied_bytes = 25 * block;
		row->sample.abi_tx_zerocopy_bytes = 100 - 25 * block;
	}
	struct samples_row *none = add(2, "sendfile", 1, 10);
	none->sample.abi_tx_copied_bytes = 5; /* half a witness is none */
	open_summary();
	assert_true(summary.cells[0].copied_share == 0.5);
	assert_true(isnan(summary.cells[1].copied_share));
}

static void test_empty(void **state)
{
	(void)state;
	open_summary();
	assert_int_equal(summary.count, 0);
}

static void test_table(void **state)
{
	(void)state;
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	for (uint64_t block = 1; block <= 6; block++) {
		add(1, "send", block, 2e9);
		add(2, "sendmsg", block, 3e9)->sample.tx_cpu_ns_per_byte = 0.25;
	}
	add(3, "null", 1, NAN)->cell.flows = 2;
	table_print(out, &samples);
	fclose(out);
	assert_non_null(strstr(text, "2.00 GB/s"));
	assert_non_null(strstr(text, "1.50x [1.50, 1.50]"));
	assert_non_null(strstr(text, "0.250"));
	assert_non_null(strstr(text, "64K"));
	assert_non_null(strstr(text, "flows")); /* it varies */
	assert_null(strstr(text, "rx_size"));   /* it does not */
	assert_null(strstr(text, "p50"));       /* nobody measured it */
	assert_null(strstr(text, "nan"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_medians),      TEST(test_ratios),      TEST(test_ratios_are_of_logs),
		TEST(test_no_base),      TEST(test_same_but_tx), TEST(test_verdicts),
		TEST(test_copied_share), TEST(test_empty),       TEST(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
