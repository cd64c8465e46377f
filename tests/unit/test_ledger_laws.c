/* SPDX-License-Identifier: MIT */
/* The laws of the bytes: what was sent arrived or is in flight, and every witness tells all. */
#include "ledger_try.h"

/* The sentence names both numbers of the law that is broken. */
static void broken(const char *first, const char *second)
{
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "fail");
	if (!strstr(sample.reason, first) || !strstr(sample.reason, second))
		fail_msg("'%s' has no %s and %s", sample.reason, first, second);
}

static void test_what_was_sent_was_received_or_is_in_flight(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.rx.total_bytes = sample.rx.tcp_bytes = ALL - 1;
	broken("1000000 bytes sent", "999999 received");
	begin("send", "recv");
	sample.rx.total_bytes = sample.rx.tcp_bytes = ALL + 1;
	broken("1000000 bytes sent", "1000001 received");
	begin("send", "recv");
	sample.in_flight_bytes = 3;
	broken("1000000 received", "3 in flight");
}

static void test_each_end_agrees_with_tcp(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.tx.tcp_bytes = ALL + 7;
	broken("1000000", "1000007");
	begin("send", "recv");
	sample.rx.tcp_bytes = ALL - 7;
	broken("1000000", "999993");
}

static void test_an_interface_tells_of_all_bytes(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(ALL / 2, ALL / 2 - 1);
	broken("sender", "499999");
	begin("msg-zerocopy", "recv");
	tx_told(ALL, 1);
	broken("1 copied", "1000000 moved");
	begin("send", "tcp-zerocopy-receive");
	rx_told(5, 6);
	broken("receiver", "5 zero-copy");
}

static void test_wrong_slices_fail(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.verify_errors = 12;
	broken("12 slices", "wrong");
}

static void test_each_end_agrees_with_the_probes(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.kern_tx_bytes = ALL - 1;
	broken("sender counted 1000000", "probes 999999");
	begin("send", "recv");
	sample.kern_rx_bytes = ALL + 1;
	broken("receiver counted 1000000", "probes 1000001");
}

/* All that TCP took and gave, class by class, as the probes of one kernel saw it. */
static void kernel_counted(void)
{
	begin("send", "recv");
	sample.kern_tx_bytes = sample.kern_rx_bytes = ALL;
	sample.kern_tx_copied_bytes = ALL - 9;
	sample.kern_tx_referenced_bytes = 4;
	sample.kern_tx_spliced_bytes = 5;
	sample.kern_rx_copied_bytes = ALL - 7;
	sample.kern_rx_mapped_bytes = 3;
	sample.abi_rx_discarded_bytes = 4;
}

static void test_the_kernels_classes_add_up(void **state)
{
	(void)state;
	kernel_counted();
	expect("copied", "copied", "copied");
	sample.kern_tx_spliced_bytes++;
	broken("4 referenced + 6 spliced", "1000000 accepted");
	kernel_counted();
	sample.kern_rx_mapped_bytes--;
	broken("2 mapped + 0 in lent memory + 4 discarded", "1000000 delivered");
	kernel_counted();
	sample.abi_rx_discarded_bytes = FIELD_UNKNOWN; /* most receivers discard nothing */
	broken("3 mapped + 0 in lent memory + 0 discarded", "1000000 delivered");
}

static void test_lent_memory_is_a_class_of_its_own(void **state)
{
	(void)state;
	kernel_counted();
	sample.kern_rx_mapped_bytes = 0;
	sample.kern_rx_device_bytes = 3;
	expect("copied", "copied", "copied");
	sample.kern_rx_device_bytes = 2;
	broken("0 mapped + 2 in lent memory + 4 discarded", "1000000 delivered");
}

/* A probe that the kernel lacks leaves its class empty: then there is no sum to judge. */
static void test_an_unknown_class_breaks_no_law(void **state)
{
	(void)state;
	kernel_counted();
	sample.kern_tx_spliced_bytes = sample.kern_rx_mapped_bytes = FIELD_UNKNOWN;
	expect("copied", "copied", "copied");
}

static void test_bytes_in_flight_at_the_close_are_nobodys_fault(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.rx.total_bytes = sample.rx.tcp_bytes = ALL - 100;
	sample.abi_rx_copied_bytes = ALL - 100;
	sample.in_flight_bytes = 100;
	expect("copied", "copied", "copied");
}

static void test_lost_bytes_are_accounted_for(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.tx.tcp_bytes = sample.rx.tcp_bytes = FIELD_UNKNOWN;
	sample.rx.total_bytes = sample.abi_rx_copied_bytes = ALL - 100;
	sample.lost_bytes = 100;
	expect("copied", "copied", "copied");
	sample.lost_bytes = 99;
	broken("1000000 bytes sent", "99 lost");
}

static void test_a_kernel_whose_tcp_counts_nothing_breaks_no_law(void **state)
{
	(void)state;
	begin("send", "recv");
	sample.tx.tcp_bytes = sample.rx.tcp_bytes = FIELD_UNKNOWN;
	sample.verify_errors = 0;
	expect("copied", "copied", "copied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_sent_was_received_or_is_in_flight),
		cmocka_unit_test(test_each_end_agrees_with_tcp),
		cmocka_unit_test(test_an_interface_tells_of_all_bytes),
		cmocka_unit_test(test_wrong_slices_fail),
		cmocka_unit_test(test_each_end_agrees_with_the_probes),
		cmocka_unit_test(test_the_kernels_classes_add_up),
		cmocka_unit_test(test_lent_memory_is_a_class_of_its_own),
		cmocka_unit_test(test_an_unknown_class_breaks_no_law),
		cmocka_unit_test(test_bytes_in_flight_at_the_close_are_nobodys_fault),
		cmocka_unit_test(test_lost_bytes_are_accounted_for),
		cmocka_unit_test(test_a_kernel_whose_tcp_counts_nothing_breaks_no_law),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
