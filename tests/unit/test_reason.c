/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reason.h"

static struct reason why;

static void test_a_reason_is_one_line_of_text(void **state)
{
	(void)state;
	assert_int_equal(reason_set(&why, EIO, "a\nb\rc\td\x1b%s", "e"), -EIO);
	assert_string_equal(why.text, "a b c d e");
}

static void test_a_long_reason_is_cut(void **state)
{
	(void)state;
	char text[2 * REASON_ROOM];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	reason_set(&why, EIO, "%s", text);
	assert_int_equal(strlen(why.text), REASON_ROOM - 1);
}

/* Or a callback that ends with it could be taken for one that succeeded. */
static void test_a_reason_is_always_an_error(void **state)
{
	(void)state;
	assert_int_equal(reason_set(&why, 0, "no errno"), -EIO);
	assert_int_equal(reason_set(&why, -EPERM, "a result for an errno"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reason_is_one_line_of_text),
		cmocka_unit_test(test_a_long_reason_is_cut),
		cmocka_unit_test(test_a_reason_is_always_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
