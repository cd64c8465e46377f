/* SPDX-License-Identifier: MIT */
/* How zcprobe chooses layers when the kernel has no such function, or refuses a program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if __has_include(<bpf/libbpf.h>)

#include "../../kernel-probes/counter.c"
#include "../../kernel-probes/probe.c"

#include "probe_attach_try.h"

static int begin(void **state)
{
	(void)state;
	absent = unverifiable = unattachable = NULL;
	loads = 0;
	return probe_open(&probe, &why);
}

static enum count_layer layer(enum count_id id)
{
	return (enum count_layer)probe.config.layer[id];
}

static void test_all_is_well(void **state)
{
	(void)state;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(loads, 1);
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
	assert_int_equal(layer(COUNT_RETRANSMITS), LAYER_TRACEPOINT);
	assert_true(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
	assert_false(bpf_object__find_program_by_name(NULL, "kp_rx_copy")->attached);
	probe_close(&probe);
	assert_false(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
}

static void test_absent_function(void **state)
{
	(void)state;
	absent = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_KPROBE);
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
	absent = "fe_pin"; /* its inner function will do */
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_PINNED_PAGES), LAYER_FENTRY);
	assert_true(bpf_object__find_program_by_name(NULL, "fe_pin_inner")->attached);
}

/* It takes the layer from the counters that need the program; all others go on. */
static void test_verifier_refuses(void **state)
{
	(void)state;
	unverifiable = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(loads, 2);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_KPROBE);
	assert_int_equal(layer(COUNT_RX_BYTES), LAYER_FENTRY);
	assert_false(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
	assert_true(bpf_object__find_program_by_name(NULL, "kp_rx_copy")->attached);
}

static void test_verifier_refuses_the_only_layer(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unverifiable = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_RX_COPIED].text,
			       "refuses to load fe_rx_copy (Permission denied)"));
	assert_int_equal(layer(COUNT_TX_COPIED), LAYER_FENTRY);
}

static void test_attaching_refused(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unattachable = "fe_pull";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_LATE_COPIED), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_PULLED].text, "refuses to attach fe_pull"));
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
}

/* Without the copies for XDP late copies would be counted in part, and a sender pass for zero-copy.
 */
static void test_half_of_the_late_copies(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unverifiable = "fe_cow";
	absent = "tp_xmit";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_XDP_COPIED), LAYER_NONE);
	assert_int_equal(layer(COUNT_LATE_COPIED), LAYER_NONE);
}

static void test_books_refused(void **state)
{
	(void)state;
	unverifiable = "tp_sock_state"; /* without it nothing is whole */
	assert_true(probe_attach(&probe, &why) < 0);
	assert_non_null(strstr(why.text, "tp_sock_state"));
}

static void test_ledger_alone(void **state)
{
	(void)state;
	probe.config.ledger = true;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_PINNED_PAGES), LAYER_FENTRY);
	assert_int_equal(layer(COUNT_COMPLETIONS), LAYER_NONE);
	assert_string_equal(probe.why[COUNT_COMPLETIONS].text, "not asked for");
}

static void test_times_need_the_start(void **state)
{
	(void)state;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_NONE); /* not asked for */
	probe.config.histograms = true;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_TRACEPOINT);
	assert_int_equal(layer(COUNT_TIMED_PINS), LAYER_FENTRY);
	probe.only = LAYER_TRACEPOINT;
	absent = "tp_send_open"; /* until 6.15 */
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_TIMED_NOTICES].text, "tp_send_open"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_is_well, begin),
		cmocka_unit_test_setup(test_absent_function, begin),
		cmocka_unit_test_setup(test_verifier_refuses, begin),
		cmocka_unit_test_setup(test_verifier_refuses_the_only_layer, begin),
		cmocka_unit_test_setup(test_attaching_refused, begin),
		cmocka_unit_test_setup(test_half_of_the_late_copies, begin),
		cmocka_unit_test_setup(test_books_refused, begin),
		cmocka_unit_test_setup(test_ledger_alone, begin),
		cmocka_unit_test_setup(test_times_need_the_start, begin),
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
