/* SPDX-License-Identifier: MIT */
/* The small readers: lines, numbers, keys and lists of CPUs. */
#include "host_try.h"

static void test_the_first_line_is_read(void **state)
{
	(void)state;
	char text[16];
	int64_t number;
	clear();
	put("/a", " \t one\ttwo \n\n");
	put("/empty", "\n");
	put("/number", "-12\n");
	put("/mixed", "12 kB\n");
	put("/long", "0123456789abcdefghijklmnop");
	assert_int_equal(host_read(text, sizeof(text), "/%s", "a"), 7);
	assert_string_equal(text, "one two");
	assert_int_equal(host_read(text, sizeof(text), "/empty"), -ENODATA);
	assert_int_equal(host_read(text, sizeof(text), "/none"), -ENOENT);
	assert_int_equal(host_read(text, sizeof(text), "/"), -EISDIR);
	assert_int_equal(host_read(text, sizeof(text), "/long"), 15);
	assert_int_equal(host_read_number(&number, "/number"), 0);
	assert_int_equal(number, -12);
	assert_int_equal(host_read_number(&number, "/mixed"), -EINVAL);
	assert_int_equal(host_read_number(&number, "/empty"), -ENODATA);
}

static void test_keys_are_found_whole(void **state)
{
	(void)state;
	char text[16];
	clear();
	put("/file", "model name\t: X 1\nmodel\t\t: 7\nnone:\n");
	assert_int_equal(host_read_key("/file", "model", text, sizeof(text)), 1);
	assert_string_equal(text, "7");
	assert_int_equal(host_read_key("/file", "model name", text, sizeof(text)), 3);
	assert_int_equal(host_read_key("/file", "none", text, sizeof(text)), -ENODATA);
	assert_int_equal(host_read_key("/file", "mod", text, sizeof(text)), -ENOENT);
	assert_int_equal(host_read_key("/nofile", "mod", text, sizeof(text)), -ENOENT);
}

static void test_lists_of_cpus_and_words_are_read(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "a", "1-", "3-1", "1;2", "-1", "0-99999999" };
	assert_int_equal(host_list_count("0"), 1);
	assert_int_equal(host_list_count("0-3,8,10-11"), 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(host_list_count(bad[i]), -1);
	assert_true(host_list_has("0-3,8", 8) && host_list_has("0-3,8", 2));
	assert_false(host_list_has("0-3,8", 4) || host_list_has("", 0));
	assert_true(host_has_word("a bc d", "bc") && host_has_word("bc", "bc"));
	assert_false(host_has_word("abc bcd", "bc") || host_has_word("", "bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_line_is_read),
		cmocka_unit_test(test_keys_are_found_whole),
		cmocka_unit_test(test_lists_of_cpus_and_words_are_read),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
