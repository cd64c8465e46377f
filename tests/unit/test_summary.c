/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mode.h"
#include "summary.h"
#include "table.h"

static struct samples samples;
static struct summary summary;

static int set_up(void **state)
{
	(void)state;
	samples = (struct samples){ .rows = calloc(64, sizeof(*samples.rows)), .room = 64 };
	return !samples.rows;
}

static int tear_down(void **state)
{
	(void)state;
	summary_close(&summary);
	samples_free(&samples);
	return 0;
}

static uint64_t tx(const char *name)
{
	uint64_t i = 0;
	while (strcmp(mode_get(MODE_TX, i)->name, name))
		i++;
	return i;
}

static struct samples_row *add(uint64_t cell, const char *mode, uint64_t block, double goodput)
{
	struct samples_row *row = &samples.rows[samples.count++];
	field_presets(&cell_table, &row->cell);
	sample_clear(&row->sample);
	row->cell.tx = tx(mode);
	row->sample.cell = cell;
	row->sample.block = row->sample.repeat = block;
	row->sample.goodput_bytes_per_s = goodput;
	row->sample.host_cpu_ns_per_byte = 1 / goodput;
	strcpy(row->sample.verdict, "copied");
	return row;
}

static void open_summary(void)
{
	assert_int_equal(summary_open(&summary, &samples), 0);
}

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
	assert_true(cell[0].goodput_ratio.low == 1.5 && cell[0].goodput_ratio.high == 1.5);
	assert_false(cell[0].goodput_ratio.confident);
	assert_true(fabs(cell[0].cost_ratio.median - 1 / 1.5) < 1e-12);
	assert_int_equal(cell[1].goodput.count, 6);
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static void test_stolen_repeats_have_no_say(void **state)
{
	(void)state;
	const uint64_t tick = 10000000, second = 1000000000;
	uint64_t room = second / 10 * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	for (uint64_t i = 0; i < 7; i++)
		add(1, "send", i + 1, 100)->sample.elapsed_ns = second / 10;
	for (size_t i = 0; i < 3; i++)
		samples.rows[i].sample.goodput_bytes_per_s = 1;
	samples.rows[0].sample.host_steal_ns = room / 2 + 2 * tick;
	samples.rows[1].sample.host_steal_ns = room;
	samples.rows[2].sample.host_steal_ns = tick; /* may have been a moment */
	samples.rows[3].sample.host_steal_ns = 0;
	open_summary();
	assert_int_equal(summary.stolen, 2);
	assert_int_equal(summary.cells->goodput.count, 5);
	assert_true(summary.cells->goodput.low == 1 && summary.cells->goodput.median == 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stolen_repeats_have_no_say),
		TEST(test_medians),
		TEST(test_ratios),
		TEST(test_no_base),
		TEST(test_same_but_tx),
		TEST(test_verdicts),
		TEST(test_copied_share),
		TEST(test_empty),
		TEST(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
