/* SPDX-License-Identifier: MIT */
/* Rows of samples, made by hand, and the summary of them. */
#ifndef ZCBENCH_TEST_SUMMARY_ROWS_H
#define ZCBENCH_TEST_SUMMARY_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
