/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "placement.h"

static struct reason why;
static cpu_set_t all;
static int cpus[CPU_SETSIZE];
static unsigned int count;

static int set_up(void **state)
{
	(void)state;
	if (sched_getaffinity(0, sizeof(all), &all))
		return 1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			cpus[count++] = cpu;
	return 0;
}

static void read_good(struct placement *placement, const char *text, int receiver,
		      unsigned int workers)
{
	memset(placement, 0x11, sizeof(*placement));
	if (placement_read(placement, text, receiver, workers, &why))
		fail_msg("%s", why.text);
}

static void test_auto(void **state)
{
	(void)state;
	struct placement placement;
	assert_int_equal(placement_cpus_allowed(), count);
	for (unsigned int workers = 1; workers <= 2 * count; workers++)
		for (int receiver = 0; receiver < 2; receiver++) {
			read_good(&placement, "auto", receiver, workers);
			/* Both ends alike: a flow's two ends meet on one CPU, or are left free. */
			assert_int_equal(placement.count, 2 * workers <= count ? 0 : count);
			for (unsigned int i = 0; i < placement.count; i++)
				assert_int_equal(placement.cpus[i], cpus[i]);
		}
}

static void test_lists(void **state)
{
	(void)state;
	struct placement placement;
	char text[64], back[64];
	read_good(&placement, "none", 0, 1);
	assert_int_equal(placement.count, 0);
	int first = cpus[0], last = cpus[count - 1];
	snprintf(text, sizeof(text), "%d", last);
	read_good(&placement, text, 0, 3);
	assert_int_equal(placement.count, 1);
	assert_int_equal(placement.cpus[0], last);
	snprintf(text, sizeof(text), "%d+%d+%d-%d", last, first, last, last);
	read_good(&placement, text, 0, 3); /* in their order, and as often as they are named */
	assert_int_equal(placement.count, 3);
	assert_int_equal(placement.cpus[0], last);
	assert_int_equal(placement.cpus[1], first);
	assert_int_equal(placement.cpus[2], last);
	if (last - first != (int)count - 1)
		return; /* there are holes in the set of this machine */
	snprintf(text, sizeof(text), "%d-%d", first, last);
	read_good(&placement, text, 0, 3);
	assert_int_equal(placement.count, count);
	placement_format(&placement, back, sizeof(back));
	if (count > 2)
		assert_string_equal(back, text);
}

static void test_refusals(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",     "+",   "0+", "+0", "0++0", "0,1", "0-",   "-1",     "0--1",
		"all",  "0x1", "0 ", "a",  "Auto", "1-0", "0+-1", "none+0", "99999999999999999999",
		"0-0-0"
	};
	struct placement placement;
	char text[64];
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (placement_read(&placement, bad[i], 0, 1, &why) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
	int missing = 0;
	while (CPU_ISSET(missing, &all))
		missing++;
	snprintf(text, sizeof(text), "%d", missing);
	assert_int_equal(placement_read(&placement, text, 1, 1, &why), -EINVAL);
	assert_non_null(strstr(why.text, "--rx-cpu"));
	assert_int_equal(placement_read(&placement, text, 0, 1, &why), -EINVAL);
	assert_non_null(strstr(why.text, "--tx-cpu"));
}

static void test_apply(void **state)
{
	(void)state;
	cpu_set_t now;
	struct placement placement = { .count = 2, .cpus = { cpus[0], cpus[count - 1] } };
	for (unsigned int worker = 0; worker < 4; worker++) {
		placement_apply(&placement, worker);
		assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
		assert_int_equal(CPU_COUNT(&now), 1);
		assert_true(CPU_ISSET(placement.cpus[worker % 2], &now));
		sched_setaffinity(0, sizeof(all), &all);
	}
	placement.count = 0;
	placement_apply(&placement, 1);
	assert_int_equal(placement_cpus_allowed(), count);
}

static void test_format(void **state)
{
	(void)state;
	static const struct {
		struct placement placement;
		const char *text;
	} cases[] = {
		{ { .count = 0 }, "none" },
		{ { .count = 1, .cpus = { 7 } }, "7" },
		{ { .count = 2, .cpus = { 0, 1 } }, "0+1" },
		{ { .count = 2, .cpus = { 1, 0 } }, "1+0" },
		{ { .count = 4, .cpus = { 0, 1, 2, 3 } }, "0-3" },
		{ { .count = 5, .cpus = { 9, 4, 5, 6, 2 } }, "9+4-6+2" },
		{ { .count = 10, .cpus = { 100, 98, 96, 94, 92, 90, 88, 86, 84, 82 } },
		  "100+98+96+94+92+90+88+86+84+82" },
		{ { .count = 11, .cpus = { 100, 98, 96, 94, 92, 90, 88, 86, 84, 82, 80 } },
		  "100+98+96+94+92+90+88+86+84+..." },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];
		placement_format(&cases[i].placement, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	for (size_t room = 8; room < 40; room++) { /* never half a number, never beyond the room */
		struct placement many = { .count = 20 };
		char text[64];
		for (int i = 0; i < 20; i++)
			many.cpus[i] = 500 - 2 * i;
		memset(text, '#', sizeof(text));
		placement_format(&many, text, room);
		assert_true(strlen(text) < room);
		assert_int_equal(text[room], '#');
		assert_string_equal(text + strlen(text) - 3, "...");
		for (char *c = strtok(text, "+"); c; c = strtok(NULL, "+"))
			assert_true(*c == '.' || atoi(c) > 400);
	}
}

static char root[] = "/tmp/zcbench-placement-XXXXXX";

static void put(const char *path, const char *text)
{
	char command[512];
	snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s/%s)\" && echo '%s' > %s/%s",
		 root, path, text, root, path);
	assert_int_equal(system(command), 0);
}

/* Eight CPUs: 0+4, 1+5 ... are one core's, 0-1 and 4-5 share a cache, 0-3 and 4-7 are nodes. */
static void test_distance(void **state)
{
	(void)state;
	static const char *const siblings[] = { "0,4", "1,5", "2,6", "3,7" };
	assert_non_null(mkdtemp(root));
	for (int cpu = 0; cpu < 8; cpu++) {
		char path[128];
		snprintf(path, sizeof(path),
			 "sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
		put(path, siblings[cpu % 4]);
		snprintf(path, sizeof(path),
			 "sys/devices/system/cpu/cpu%d/cache/index3/shared_cpu_list", cpu);
		put(path, cpu % 4 < 2 ? "0-1,4-5" : "2-3,6-7");
	}
	host_root = root;
	assert_int_equal(placement_distance(0, 7), 3); /* no nodes: all memory is alike */
	put("sys/devices/system/node/online", "0,2");
	put("sys/devices/system/node/node0/cpulist", "0-3");
	put("sys/devices/system/node/node2/cpulist", "4-7");
	assert_int_equal(placement_distance(5, 5), 0);
	assert_int_equal(placement_distance(0, 4), 1);
	assert_int_equal(placement_distance(0, 5), 2);
	assert_int_equal(placement_distance(0, 3), 3);
	assert_int_equal(placement_distance(4, 7), 3);
	assert_int_equal(placement_distance(0, 7), 4);
	host_root = "";
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
}

static void test_near_and_far(void **state)
{
	(void)state;
	struct placement placement;
	int served[] = { cpus[count - 1], cpus[0] }, unknown[] = { -1 };
	read_good(&placement, "near", 0, 2);
	assert_int_equal(placement_settle(&placement, served, 2, &why), 0);
	assert_int_equal(placement.count, 2);
	assert_int_equal(placement.cpus[0], cpus[count - 1]);
	assert_int_equal(placement.cpus[1], cpus[0]);
	assert_int_equal(placement_settle(&placement, unknown, 1, &why), -EOPNOTSUPP);
	read_good(&placement, "far", 1, 2);
	if (count < 2) {
		assert_int_equal(placement_settle(&placement, served, 2, &why), -EOPNOTSUPP);
		return;
	}
	assert_int_equal(placement_settle(&placement, served, 2, &why), 0);
	for (int i = 0; i < 2; i++)
		for (unsigned int c = 0; c < count; c++)
			assert_true(placement_distance(served[i], cpus[c]) <=
				    placement_distance(served[i], placement.cpus[i]));
	/* A list stays what it is, whoever serves the flow. */
	char one[16];
	snprintf(one, sizeof(one), "%d", cpus[0]);
	read_good(&placement, one, 0, 2);
	assert_int_equal(placement_settle(&placement, unknown, 1, &why), 0);
	assert_int_equal(placement.cpus[0], cpus[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),         cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refusals),     cmocka_unit_test(test_apply),
		cmocka_unit_test(test_format),       cmocka_unit_test(test_distance),
		cmocka_unit_test(test_near_and_far),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
