/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "label.h"
#include "progress.h"

static struct reason why;

static void test_sizes(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },           { 1, "1" },
		{ 1023, "1023" },     { 1024, "1K" },
		{ 1536, "1536" },     { 4096, "4K" },
		{ 65536, "64K" },     { 1 << 20, "1M" },
		{ 3 << 19, "1536K" }, { 1 << 30, "1G" },
		{ 1ULL << 40, "1T" }, { 1ULL << 50, "1024T" },
		{ 61492, "61492" },   { 1ULL << 63, "8388608T" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];
		uint64_t back;
		label_size(cases[i].bytes, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(field_read_size(text, &back), 0);
		assert_true(back == cases[i].bytes);
	}
}

static void test_rates_and_times(void **state)
{
	(void)state;
	char text[32];
	static const struct {
		double value;
		const char *rate, *ns;
	} cases[] = {
		{ NAN, "", "" },
		{ 0, "0.00 B/s", "0.00 ns" },
		{ 999, "999 B/s", "999 ns" },
		{ 1000, "1.00 kB/s", "1.00 us" },
		{ 999.4, "999 B/s", "999 ns" },
		{ 999.6, "1.00 kB/s", "1.00 us" },
		{ 999.7e6, "1.00 GB/s", "1.00 s" },
		{ 9996, "10.0 kB/s", "10.0 us" },
		{ 99960, "100 kB/s", "100 us" },
		{ 12345, "12.3 kB/s", "12.3 us" },
		{ 123456, "123 kB/s", "123 us" },
		{ 3.42e9, "3.42 GB/s", "3.42 s" },
		{ 1e15, "1000 TB/s", "1000000 s" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		label_rate(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].rate);
		label_ns(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].ns);
	}
}

static void set(struct cell *cell, const char *name, const char *value)
{
	if (field_parse(field_find(&cell_table, name), cell, value, &why))
		fail_msg("%s", why.text);
}

static void test_cells(void **state)
{
	(void)state;
	struct cell cell;
	char text[256];
	field_presets(&cell_table, &cell);
	label_cell(&cell, text, sizeof(text));
	assert_string_equal(text, "send > recv, lo, 64K");
	set(&cell, "flows", "8");
	set(&cell, "rx_size", "128K");
	set(&cell, "mtu", "page");
	set(&cell, "verify", "on");
	set(&cell, "duration", "9"); /* not told */
	label_cell(&cell, text, sizeof(text));
	assert_string_equal(text,
			    "send > recv, lo, 64K, flows=8, rx_size=128K, verify=on, mtu=page");
}

static void test_short_of_room(void **state)
{
	(void)state;
	struct cell cell;
	field_presets(&cell_table, &cell);
	set(&cell, "flows", "8");
	set(&cell, "verify", "on");
	for (size_t room = 1; room < 60; room++) {
		char text[64];
		memset(text, '#', sizeof(text));
		label_cell(&cell, text, room);
		assert_true(strlen(text) < room);
		assert_int_equal(text[room], '#');
	}
}

static void test_durations(void **state)
{
	(void)state;
	static const struct {
		uint64_t seconds;
		const char *text;
	} cases[] = { { 0, "0 s" },
		      { 59, "59 s" },
		      { 60, "1 min 00 s" },
		      { 200, "3 min 20 s" },
		      { 3599, "59 min 59 s" },
		      { 3600, "1 h 00 min" },
		      { 3725, "1 h 02 min" },
		      { 360000, "100 h 00 min" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];
		progress_duration(cases[i].seconds, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),     cmocka_unit_test(test_rates_and_times),
		cmocka_unit_test(test_cells),     cmocka_unit_test(test_short_of_room),
		cmocka_unit_test(test_durations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
