/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "steady.h"

/* Slices of 50 ms with these thousandths of 1 GB/s. */
static const char *text_of(const int *paces)
{
	static char text[STEADY_ROOM];
	struct steady_mark marks[STEADY_SLICES + 1] = { { .at_ns = 7, .bytes = 11 } };
	for (int i = 0; i < STEADY_SLICES; i++) {
		marks[i + 1].at_ns = marks[i].at_ns + 50000000;
		marks[i + 1].bytes = marks[i].bytes + (uint64_t)paces[i] * 50000;
	}
	steady_format(marks, text, sizeof(text));
	return text;
}

static const char *step(int cut, int before, int after)
{
	int paces[STEADY_SLICES];
	for (int i = 0; i < STEADY_SLICES; i++)
		paces[i] = (i < cut ? before : after) + i % 3;
	return text_of(paces);
}

static void test_paces(void **state)
{
	(void)state;
	int paces[STEADY_SLICES];
	for (int i = 0; i < STEADY_SLICES; i++)
		paces[i] = i < 10 ? 500 : 1500;
	assert_string_equal(text_of(paces), "500 500 500 500 500 500 500 500 500 500 "
					    "1500 1500 1500 1500 1500 1500 1500 1500 1500 1500");
	struct steady_mark marks[STEADY_SLICES + 1] = { 0 };
	char text[STEADY_ROOM] = "was";
	steady_format(marks, text, sizeof(text));
	assert_string_equal(text, ""); /* no time */
	for (int i = 0; i <= STEADY_SLICES; i++)
		marks[i].at_ns = (uint64_t)i + 1;
	steady_format(marks, text, sizeof(text));
	assert_string_equal(text, ""); /* no bytes */
	marks[STEADY_SLICES].bytes = 1000000;
	steady_format(marks, text, sizeof(text));
	assert_string_equal(text, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 20000");
	marks[3].at_ns = marks[2].at_ns; /* two marks at once: no pace */
	steady_format(marks, text, sizeof(text));
	assert_string_equal(text, "");
	marks[3].at_ns++;
	steady_format(marks, text, 20);
	assert_string_equal(text, ""); /* half a list is none */
}

/* Unequal slices have equal paces if the transfer kept its own: the timekeeper may wake late. */
static void test_late_marks(void **state)
{
	(void)state;
	struct steady_mark marks[STEADY_SLICES + 1] = { 0 };
	char text[STEADY_ROOM];
	for (uint64_t i = 1; i <= STEADY_SLICES; i++) {
		marks[i].at_ns = 50000000 * i + (i % 2 ? 20000000 : 0);
		marks[i].bytes = 3 * marks[i].at_ns;
	}
	steady_format(marks, text, sizeof(text));
	assert_false(steady_moves(text));
	assert_int_equal(strncmp(text, "1000 1000 1000 ", 15), 0);
}

static void test_moves(void **state)
{
	(void)state;
	assert_false(steady_moves(step(10, 1000, 1000)));
	assert_true(steady_moves(step(10, 1000, 900)));
	assert_true(steady_moves(step(5, 900, 1000)));
	assert_true(steady_moves(step(15, 900, 1000)));
	assert_false(steady_moves(step(4, 900, 1000)));  /* 64 of 100: chance does that too */
	assert_false(steady_moves(step(10, 1000, 970))); /* sure, and of no consequence */
	int paces[STEADY_SLICES];
	for (int i = 0; i < STEADY_SLICES; i++)
		paces[i] = 900 + 10 * i;
	assert_true(steady_moves(text_of(paces)));
	for (int i = 0; i < STEADY_SLICES; i++)
		paces[i] = i % 2 ? 500 : 1500; /* loud, and going nowhere */
	assert_false(steady_moves(text_of(paces)));
}

static void test_what_is_no_list(void **state)
{
	(void)state;
	assert_false(steady_moves(""));
	assert_false(steady_moves("1 2 3"));
	assert_false(steady_moves("pace"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paces),
		cmocka_unit_test(test_late_marks),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_what_is_no_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
