/* SPDX-License-Identifier: MIT */
/* The load of a host, and all checks of this one. */
#include "hygiene_try.h"

static const char *stat_after = "";

static void pause_fake(void)
{
	put("/proc/stat", stat_after);
}

static void test_load_is_what_ran_during_the_pause(void **state)
{
	(void)state;
	static const struct {
		const char *after;
		enum hygiene_status status;
		const char *says;
	} rows[] = {
		/* user nice system idle iowait irq softirq steal; 100 ticks later */
		{ "cpu  100 0 100 1100 0 0 0 0 0 0\n", HYGIENE_GOOD, "0.0 % busy" },
		{ "cpu  101 0 100 1009 0 0 0 0 0 0\n", HYGIENE_GOOD, "10.0 % busy" }, /* one tick */
		{ "cpu  102 0 103 1095 0 0 0 0 0 0\n", HYGIENE_GOOD, "5.0 % busy" },
		{ "cpu  102 0 102 1094 0 0 2 0 0 0\n", HYGIENE_WARNING, "6.0 %" },
		{ "cpu  100 0 100 1050 50 0 0 0 0 0\n", HYGIENE_GOOD, "0.0 % busy" },
		{ "cpu  100 0 100 1099 0 0 0 1 0 0\n", HYGIENE_GOOD, "1.0 % stolen" },
		{ "cpu  100 0 100 1198 0 0 0 2 0 0\n", HYGIENE_GOOD, "1.0 % stolen" }, /* of 200 */
		{ "cpu  100 0 100 1098 0 0 0 2 0 0\n", HYGIENE_WARNING, "2.0 %" },
		{ "cpu  100 0 100 1000 0 0 0 0 0 0\n", HYGIENE_UNKNOWN, "did not move" },
		{ "no such line\n", HYGIENE_UNKNOWN, "cannot be read" },
	};
	struct hygiene_finding finding;
	static const char before[] = "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1 1 1 1\n";
	hygiene_pause = pause_fake;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clear();
		put("/proc/stat", before);
		stat_after = rows[i].after;
		hygiene_load.run(&finding);
		finding_expect(&finding, rows[i].status, rows[i].says);
	}
	clear();
	hygiene_load.run(&finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "cannot be read");
}

static void test_every_check_comes_to_a_finding_here(void **state)
{
	(void)state;
	size_t count = 0;
	host_root = "";
	hygiene_pause = pause_fake; /* writes into the tree of the test: waits for nothing */
	for (; hygiene_checks[count]; count++) {
		struct hygiene_finding finding = { .finding.text = "" };
		assert_int_equal(hygiene_checks[count]->run(&finding), 0);
		finding_expect(&finding, finding.status, "");
	}
	assert_true(count >= 20);
	host_root = root;
}

static void test_every_check_has_a_name_of_its_own(void **state)
{
	(void)state;
	assert_non_null(hygiene_checks[0]);
	for (size_t i = 0; hygiene_checks[i]; i++) {
		assert_true(hygiene_checks[i]->name[0] && hygiene_checks[i]->summary[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(hygiene_checks[i]->name, hygiene_checks[j]->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_is_what_ran_during_the_pause),
		cmocka_unit_test(test_every_check_comes_to_a_finding_here),
		cmocka_unit_test(test_every_check_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
