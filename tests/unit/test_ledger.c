/* SPDX-License-Identifier: MIT */
/* The verdict: what the witnesses of both ends prove. */
#include "ledger_try.h"

static void tx_counted(uint64_t copied, uint64_t late)
{
	sample.kern_tx_copied_bytes = copied;
	sample.kern_late_copied_bytes = late;
}

static void test_copying_modes_copy(void **state)
{
	(void)state;
	begin("send", "recv");
	expect("copied", "copied", "copied");
	begin("send", "recv-trunc");
	sample.abi_rx_discarded_bytes = ALL;
	expect("copied", "", "copied");
	begin("sendmsg", "recvmsg");
	tx_counted(ALL, 0);
	sample.kern_rx_copied_bytes = ALL;
	expect("copied", "copied", "copied");
}

static void test_the_kernels_word_alone_proves_copies_only(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(0, ALL);
	expect("copied", "copied", "copied");

	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	expect("unproven", "copied", "unproven");
	assert_non_null(strstr(sample.reason, "notifications"));

	begin("msg-zerocopy", "recv");
	tx_told(ALL - 1, 1);
	expect("mixed", "copied", "mixed");

	begin("sendfile", "recv"); /* its interface tells nothing */
	expect("unproven", "copied", "unproven");
	assert_non_null(strstr(sample.reason, "no witness"));
}

/* Late copies are then a lower bound, which decides only what it can decide. */
static void test_unseen_bytes(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(0, ALL);
	tx_counted(0, ALL - 10);
	sample.kern_unseen_bytes = 10;
	expect("copied", "copied", "copied"); /* the kernel's word against its interest */

	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	tx_counted(0, ALL - 10);
	sample.kern_unseen_bytes = 10;
	expect("contradicted", "copied", "contradicted");

	begin("sendfile", "recv");
	tx_counted(0, ALL - 10);
	sample.kern_unseen_bytes = 9;
	expect("mixed", "copied", "mixed");

	begin("sendfile", "recv");
	tx_counted(0, ALL - 10);
	sample.kern_unseen_bytes = 10;
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "mixed");
	assert_non_null(strstr(sample.reason, "perhaps all"));

	begin("sendfile", "recv");
	tx_counted(0, FIELD_UNKNOWN);
	sample.kern_unseen_bytes = 1;
	expect("unproven", "copied", "unproven");
	assert_non_null(strstr(sample.reason, "1 of "));
}

static void test_a_probe_proves_a_claim(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	tx_counted(0, 0);
	expect("zero-copy", "copied", "zero-copy");

	begin("sendfile", "recv");
	tx_counted(0, 0);
	expect("zero-copy", "copied", "zero-copy");
	begin("sendfile", "recv");
	tx_counted(1, 0);
	expect("mixed", "copied", "mixed");
	begin("sendfile", "recv");
	tx_counted(0, ALL);
	expect("copied", "copied", "copied");
}

static void test_more_copied_than_told_is_a_contradiction(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv"); /* veth with XDP: told zero-copy, all copied */
	tx_told(ALL, 0);
	tx_counted(0, ALL);
	expect("contradicted", "copied", "contradicted");

	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	tx_counted(0, ALL / 1000 + 1);
	expect("contradicted", "copied", "contradicted");

	begin("msg-zerocopy", "recv"); /* it admitted some, and copied more */
	tx_told(ALL - 10, 10);
	tx_counted(10, ALL - 10);
	expect("contradicted", "copied", "contradicted");
}

/* A driver's copy of small packets together with their headers. */
static void test_few_bytes_contradict_nobody(void **state)
{
	(void)state;
	static const uint64_t few[] = { 1, 392, ALL / 1000 };
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
		begin("msg-zerocopy", "recv");
		tx_told(ALL, 0);
		tx_counted(0, few[i]);
		ledger_judge(&cell, &sample);
		assert_string_equal(sample.verdict, "mixed");
		assert_non_null(strstr(sample.reason, "told zero-copy"));
	}
	begin("msg-zerocopy", "recv"); /* more than it admitted, by few */
	tx_told(ALL / 2, ALL / 2);
	tx_counted(0, ALL / 2 + 1000);
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "mixed");
	assert_non_null(strstr(sample.reason, "1000 of "));

	begin("msg-zerocopy", "recv"); /* of so short a transfer one byte is not few */
	sample.tx.total_bytes = sample.tx.tcp_bytes = 999;
	sample.rx.total_bytes = sample.rx.tcp_bytes = sample.abi_rx_copied_bytes = 999;
	tx_told(999, 0);
	tx_counted(0, 1);
	expect("contradicted", "copied", "contradicted");

	begin("send", "tcp-zerocopy-receive"); /* a receiver is told exact lengths */
	rx_told(ALL, 0);
	sample.kern_rx_copied_bytes = 1;
	expect("copied", "contradicted", "contradicted");
}

static void test_no_more_copied_than_told_is_mixed_or_copied(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv"); /* what was flagged may have been copied in part only */
	tx_told(ALL / 2, ALL / 2);
	tx_counted(0, ALL / 4);
	expect("mixed", "copied", "mixed");

	begin("msg-zerocopy", "recv");
	tx_told(0, ALL);
	tx_counted(0, ALL);
	expect("copied", "copied", "copied");

	begin("msg-zerocopy", "recv"); /* retransmitted segments are copied again */
	tx_told(0, ALL);
	tx_counted(0, ALL + 5000);
	expect("copied", "copied", "copied");
}

static void test_one_probe_of_two_is_no_witness(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	sample.kern_tx_copied_bytes = 5;
	expect("unproven", "copied", "unproven");
}

static void both(uint64_t tx_copied, uint64_t rx_copied, const char *verdict)
{
	begin("msg-zerocopy", "tcp-zerocopy-receive");
	tx_told(ALL - tx_copied, tx_copied);
	rx_told(ALL - rx_copied, rx_copied);
	tx_counted(tx_copied, 0);
	sample.kern_rx_copied_bytes = rx_copied;
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, verdict);
}

static void test_of_two_claims_the_worse_decides(void **state)
{
	(void)state;
	both(0, 0, "zero-copy");
	both(ALL, ALL, "copied");
	both(ALL, 0, "mixed");
	both(0, ALL, "mixed");
	both(1, 0, "mixed");
	begin("msg-zerocopy", "tcp-zerocopy-receive"); /* one end proved, the other not */
	tx_told(ALL, 0);
	rx_told(ALL, 0);
	tx_counted(0, 0);
	expect("zero-copy", "unproven", "unproven");
	begin("msg-zerocopy", "tcp-zerocopy-receive");
	tx_told(ALL, 0);
	rx_told(ALL, 0);
	tx_counted(5000, 0);
	expect("contradicted", "unproven", "contradicted");
}

static void test_nothing_moved_proves_nothing(void **state)
{
	(void)state;
	begin("null", "null");
	sample.tx.total_bytes = sample.rx.total_bytes = 0;
	sample.tx.tcp_bytes = 0;
	sample.rx.tcp_bytes = FIELD_UNKNOWN;
	expect("", "", "unproven");
	assert_non_null(strstr(sample.reason, "no byte"));
}

/* A sample whose packets went elsewhere is right, and says where they went. */
static void test_unserved_queues_are_named(void **state)
{
	(void)state;
	begin("xdp-copy", "xdp-copy");
	sample.tx.tcp_bytes = sample.rx.tcp_bytes = FIELD_UNKNOWN;
	sample.queue_unserved = 0;
	expect("copied", "copied", "copied");
	assert_string_equal(sample.reason, "");
	sample.queue_unserved = 17;
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "copied");
	assert_non_null(strstr(sample.reason, "17 packets"));
	assert_non_null(strstr(sample.reason, "ethtool"));
	sample.queue_unserved = 0;
	sample.queue_astray = 23;
	sample.reason[0] = '\0';
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "copied");
	assert_non_null(strstr(sample.reason, "23 packets"));
	assert_non_null(strstr(sample.reason, "--threads 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copying_modes_copy),
		cmocka_unit_test(test_the_kernels_word_alone_proves_copies_only),
		cmocka_unit_test(test_a_probe_proves_a_claim),
		cmocka_unit_test(test_unseen_bytes),
		cmocka_unit_test(test_more_copied_than_told_is_a_contradiction),
		cmocka_unit_test(test_few_bytes_contradict_nobody),
		cmocka_unit_test(test_no_more_copied_than_told_is_mixed_or_copied),
		cmocka_unit_test(test_one_probe_of_two_is_no_witness),
		cmocka_unit_test(test_of_two_claims_the_worse_decides),
		cmocka_unit_test(test_nothing_moved_proves_nothing),
		cmocka_unit_test(test_unserved_queues_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
