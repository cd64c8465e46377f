/* SPDX-License-Identifier: MIT */
/* What zcprobe makes of what is in its maps, and of programs that the kernel left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if __has_include(<bpf/libbpf.h>)

#include "../../kernel-probes/counter.c"
#include "../../kernel-probes/probe_read.c"

#include "probe_read_try.h"

static int begin(void **state)
{
	(void)state;
	memset(counted, 0, sizeof(counted));
	live = (struct count_live){ 0 };
	device_count = 0;
	missing = unloaded = NULL;
	probe = (struct probe){ 0 };
	/* The best layer that the table has. */
	for (int id = 0; id < COUNT_NUMBER; id++)
		while (!counters[id].programs[probe.config.layer[id]])
			probe.config.layer[id]++;
	return 0;
}

static void only_tracepoints(void)
{
	for (int id = 0; id < COUNT_NUMBER; id++)
		probe.config.layer[id] =
			counters[id].programs[LAYER_TRACEPOINT] ? LAYER_TRACEPOINT : LAYER_NONE;
}

static void put(enum count_id id, __u64 n)
{
	counted[GROUP_FORWARD][0].n[id] = n;
}

static __u64 get(enum count_id id)
{
	assert_int_equal(probe_read(&probe, &counts, &why), 0);
	return counts.n[GROUP_FORWARD][id];
}

static void test_sum_of_cpus(void **state)
{
	(void)state;
	for (int cpu = 0; cpu < CPUS; cpu++)
		counted[GROUP_FORWARD][cpu].n[COUNT_TX_BYTES] = 100 + (__u64)cpu;
	counted[GROUP_OTHERS][1].n[COUNT_TX_BYTES] = 5;
	assert_int_equal(get(COUNT_TX_BYTES), 303);
	assert_int_equal(counts.n[GROUP_OTHERS][COUNT_TX_BYTES], 5);
	assert_false(counts.missed);
}

static void test_no_layer_no_number(void **state)
{
	(void)state;
	put(COUNT_TX_BYTES, 9);
	probe.config.layer[COUNT_TX_BYTES] = LAYER_NONE;
	assert_true(get(COUNT_TX_BYTES) == UINT64_MAX);
}

/* A program that interrupts itself is left out: what it feeds is unknown, and only that. */
static void test_recursion_misses(void **state)
{
	(void)state;
	put(COUNT_TX_BYTES, 1000);
	put(COUNT_RX_COPIED, 1000);
	put(COUNT_PINNED_PAGES, 3);
	missing = "fe_rx_copy";
	assert_true(get(COUNT_RX_COPIED) == UINT64_MAX);
	assert_true(counts.n[GROUP_OTHERS][COUNT_RX_COPIED] == UINT64_MAX);
	assert_true(counts.n[GROUP_BACKWARD][COUNT_RX_COPIED] == UINT64_MAX);
	assert_int_equal(counts.n[GROUP_FORWARD][COUNT_TX_BYTES], 1000);
	assert_true(counts.missed);

	missing = "fe_pin_inner"; /* one of several that could be in use */
	assert_true(get(COUNT_PINNED_PAGES) == UINT64_MAX);
	unloaded = missing; /* and is not */
	assert_int_equal(get(COUNT_PINNED_PAGES), 3);
	assert_false(counts.missed);

	unloaded = NULL;
	missing = "tp_rx_copy"; /* of a layer that is not in use */
	assert_int_equal(get(COUNT_RX_COPIED), 1000);
	assert_false(counts.missed);
}

static void test_lost_events(void **state)
{
	(void)state;
	put(COUNT_TX_BYTES, 1000);
	live.lost = 1;
	for (int id = 0; id < COUNT_NUMBER; id++)
		assert_true(get((enum count_id)id) == UINT64_MAX);
	assert_int_equal(counts.lost, 1);
}

static void test_mapped_is_the_rest(void **state)
{
	(void)state;
	only_tracepoints();
	put(COUNT_RX_BYTES, 1000);
	put(COUNT_RX_COPIED, 700);
	put(COUNT_RX_PEEKED, 100);
	put(COUNT_RX_DISCARDED, 50);
	assert_int_equal(get(COUNT_RX_MAPPED), 350);
	put(COUNT_RX_BYTES, 650);
	assert_int_equal(get(COUNT_RX_MAPPED), 0);
}

static void lend(__u64 bytes, __u64 crossing, __u64 crossed)
{
	put(COUNT_TX_BYTES, bytes);
	put(COUNT_TX_REFERENCED, bytes);
	put(COUNT_DRIVER_BYTES, bytes);
	put(COUNT_DRIVER_ZEROCOPY, bytes);
	put(COUNT_CROSSING, crossing);
	put(COUNT_CROSSED, crossed);
}

static void test_what_tracepoints_do_not_see(void **state)
{
	(void)state;
	only_tracepoints();
	lend(1000, 1000, 1000); /* all were met again, none copied */
	assert_int_equal(get(COUNT_LATE_COPIED), 0);
	assert_int_equal(get(COUNT_UNSEEN), 0);

	lend(1000, 1000, 900); /* 100 arrived somewhere: 0 is not known any more */
	assert_true(get(COUNT_LATE_COPIED) == UINT64_MAX);
	assert_int_equal(get(COUNT_UNSEEN), 100);

	put(COUNT_LATE_COPIED, 900); /* a lower bound */
	assert_int_equal(get(COUNT_LATE_COPIED), 900);
	assert_int_equal(get(COUNT_UNSEEN), 100);

	lend(1000, 0, 0); /* copied between the socket and the driver */
	put(COUNT_LATE_COPIED, 0);
	put(COUNT_DRIVER_ZEROCOPY, 0);
	assert_int_equal(get(COUNT_LATE_COPIED), 1000);
	assert_int_equal(get(COUNT_UNSEEN), 0);
}

/* Between a socket and a card a packet tap may copy, which no tracepoint tells. */
static void test_card(void **state)
{
	(void)state;
	only_tracepoints();
	lend(1000, 0, 0);
	device_count = 2;
	devices[0] = (struct count_device){ .tx_bytes = 10 };
	devices[1] = (struct count_device){ .tx_bytes = 1000, .hardware = true };
	assert_true(get(COUNT_LATE_COPIED) == UINT64_MAX);
	assert_int_equal(get(COUNT_UNSEEN), 1000);
	devices[1].tx_bytes = 0;
	assert_int_equal(get(COUNT_LATE_COPIED), 0);
	device_count = 0;
}

static void test_port(void **state)
{
	(void)state;
	assert_int_equal(probe_set_port(&probe, 8080), 0);
	assert_int_equal(port, 8080);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sum_of_cpus, begin),
		cmocka_unit_test_setup(test_no_layer_no_number, begin),
		cmocka_unit_test_setup(test_recursion_misses, begin),
		cmocka_unit_test_setup(test_lost_events, begin),
		cmocka_unit_test_setup(test_mapped_is_the_rest, begin),
		cmocka_unit_test_setup(test_what_tracepoints_do_not_see, begin),
		cmocka_unit_test_setup(test_card, begin),
		cmocka_unit_test_setup(test_port, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_without_libbpf(void **state)
{
	(void)state;
	print_message("needs libbpf-dev\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_without_libbpf) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
