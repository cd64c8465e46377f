/* SPDX-License-Identifier: MIT */
/* The parts of zcprobe that need no BPF: its table of counters, and its filters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel-probes/counter.c"
#include "../../kernel-probes/filter.c"

static struct reason why;

static void test_every_counter(void **state)
{
	(void)state;
	for (int id = 0; id < COUNT_NUMBER; id++) {
		const struct counter *counter = &counters[id];
		bool any = false;
		assert_non_null(counter->name);
		assert_non_null(counter->summary);
		for (int layer = 0; layer < LAYER_NUMBER; layer++)
			any |= counter->programs[layer] != NULL;
		assert_true(any);
		for (int other = 0; other < id; other++)
			assert_string_not_equal(counter->name, counters[other].name);
	}
}

/* A program's name tells its layer, so that a list cannot mix them by mistake. */
static void test_programs_of_layer(void **state)
{
	(void)state;
	static const char *const prefix[] = { "fe_", "kp_", "tp_" };
	for (int id = 0; id < COUNT_NUMBER; id++)
		for (int layer = 0; layer < LAYER_NUMBER; layer++) {
			const char *at = counters[id].programs[layer];
			while (at && *at) {
				at += strspn(at, " |?");
				assert_memory_equal(at, prefix[layer], 3);
				at += strcspn(at, " |");
			}
		}
}

static void test_layers(void **state)
{
	(void)state;
	for (int layer = 0; layer < LAYER_NUMBER; layer++)
		assert_int_equal(counter_layer_find(counter_layer_name((enum count_layer)layer)),
				 layer);
	assert_int_equal(counter_layer_find("uprobe"), LAYER_NONE);
	assert_int_equal(counter_layer_find(""), LAYER_NONE);
	assert_string_equal(counter_layer_name(LAYER_NONE), "none");
}

static void test_ports(void **state)
{
	(void)state;
	static const char *const wrong[] = { "",    "0",    "65536",
					     "-1",  "+1",   " 1",
					     "80x", "0x50", "99999999999999999999" };
	struct count_config config = { 0 };
	assert_int_equal(filter_port(&config, "1", &why), 0);
	assert_int_equal(filter_port(&config, "65535", &why), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(filter_port(&config, wrong[i], &why), -EINVAL);
	assert_int_equal(config.port_count, 2);
	assert_int_equal(config.port[1], 65535);
	for (int i = 2; i < COUNT_FILTERS; i++)
		assert_int_equal(filter_port(&config, "80", &why), 0);
	assert_int_equal(filter_port(&config, "80", &why), -E2BIG);
}

static void test_netns(void **state)
{
	(void)state;
	struct count_config config = { 0 };
	struct stat status;
	assert_int_equal(stat("/proc/self/ns/net", &status), 0);
	assert_int_equal(filter_netns(&config, "/proc/self/ns/net", &why), 0);
	assert_int_equal(config.netns[0], status.st_ino);
	assert_int_equal(filter_netns(&config, "4026531840", &why), 0);
	assert_int_equal(config.netns[1], 4026531840);
	assert_int_equal(filter_netns(&config, "/proc/self/stat", &why), -EINVAL);
	assert_int_equal(filter_netns(&config, "there-is-none-of-this-name", &why), -ENOENT);
	assert_non_null(strstr(why.text, "ip netns list"));
	assert_int_equal(config.netns_count, 2);
}

static void test_cgroup(void **state)
{
	(void)state;
	struct count_config config = { 0 };
	assert_int_equal(filter_cgroup(&config, "/proc/self", &why), -EINVAL);
	assert_int_equal(filter_cgroup(&config, "/nowhere", &why), -ENOENT);
	assert_false(config.by_cgroup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_counter), cmocka_unit_test(test_programs_of_layer),
		cmocka_unit_test(test_layers),        cmocka_unit_test(test_ports),
		cmocka_unit_test(test_netns),         cmocka_unit_test(test_cgroup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
