/* SPDX-License-Identifier: MIT */
/* The verdict of a receiver: what was mapped, or came in memory that it lent. */
#include "ledger_try.h"

static void test_receivers_are_judged_by_what_was_mapped(void **state)
{
	(void)state;
	begin("send", "tcp-zerocopy-receive");
	rx_told(0, ALL);
	expect("copied", "copied", "copied");

	begin("send", "tcp-zerocopy-receive");
	rx_told(ALL - 4096, 4096);
	expect("copied", "mixed", "mixed");

	begin("send", "tcp-zerocopy-receive");
	rx_told(ALL, 0);
	expect("copied", "unproven", "unproven");
	assert_non_null(strstr(sample.reason, "mapped"));

	begin("send", "tcp-zerocopy-receive");
	rx_told(ALL, 0);
	sample.kern_rx_copied_bytes = 0;
	expect("copied", "zero-copy", "zero-copy");

	begin("send", "tcp-zerocopy-receive");
	rx_told(ALL, 0);
	sample.kern_rx_copied_bytes = 4096;
	expect("copied", "contradicted", "contradicted");
}

static void lent(uint64_t device, uint64_t copied)
{
	begin("send", "uring-zcrx");
	sample.abi_rx_device_bytes = device;
	sample.abi_rx_copied_bytes = copied;
}

static void test_receivers_are_judged_by_what_came_in_lent_memory(void **state)
{
	(void)state;
	lent(ALL, 0);
	expect("copied", "unproven", "unproven");
	assert_non_null(strstr(sample.reason, "area"));
	lent(ALL - 5, 5);
	expect("copied", "mixed", "mixed");
	lent(FIELD_UNKNOWN, FIELD_UNKNOWN); /* kernels before 7.2 do not say */
	expect("copied", "unproven", "unproven");

	lent(ALL, 0);
	sample.kern_rx_copied_bytes = 0;
	sample.kern_rx_device_bytes = ALL;
	expect("copied", "zero-copy", "zero-copy");
	lent(ALL, 0);
	sample.kern_rx_copied_bytes = 7;
	sample.kern_rx_device_bytes = ALL - 7;
	expect("copied", "contradicted", "contradicted");

	begin("send", "uring-zcrx-nodev"); /* it makes no claim */
	expect("copied", "copied", "copied");
}

/* Tracepoints see that bytes left the queue, and no copy of zcrx's: that is no proof of anything.
 */
static void test_who_sees_no_lent_memory_sees_no_copies_into_it(void **state)
{
	(void)state;
	lent(ALL, 0);
	sample.kern_rx_bytes = sample.kern_rx_mapped_bytes = ALL;
	sample.kern_rx_copied_bytes = 0;
	expect("copied", "unproven", "unproven");
	assert_true(sample.kern_rx_copied_bytes == FIELD_UNKNOWN);
	assert_true(sample.kern_rx_mapped_bytes == FIELD_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receivers_are_judged_by_what_was_mapped),
		cmocka_unit_test(test_receivers_are_judged_by_what_came_in_lent_memory),
		cmocka_unit_test(test_who_sees_no_lent_memory_sees_no_copies_into_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
