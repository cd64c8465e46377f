/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger.h"
#include "mode.h"

#define ALL 1000000ULL

static struct cell cell;
static struct sample sample;

static uint64_t find(enum mode_direction direction, const char *name)
{
	const struct copy_mode *mode;
	for (uint64_t i = 0; (mode = mode_get(direction, i)); i++)
		if (!strcmp(mode->name, name))
			return i;
	fail_msg("no mode %s", name);
	return 0;
}

/* A whole transfer without a witness beyond what every mode has. */
static void begin(const char *tx, const char *rx)
{
	field_presets(&cell_table, &cell);
	sample_clear(&sample);
	cell.tx = find(MODE_TX, tx);
	cell.rx = find(MODE_RX, rx);
	sample.tx.total_bytes = sample.tx.tcp_bytes = ALL;
	sample.rx.total_bytes = sample.rx.tcp_bytes = ALL;
	sample.in_flight_bytes = 0;
	if (cell_tx(&cell)->flags & MODE_COPIES) {
		sample.abi_tx_zerocopy_bytes = 0;
		sample.abi_tx_copied_bytes = ALL;
	}
	if (cell_rx(&cell)->flags & MODE_COPIES) {
		sample.abi_rx_mapped_bytes = 0;
		sample.abi_rx_copied_bytes = ALL;
	}
}

static void tx_told(uint64_t avoided, uint64_t copied)
{
	sample.abi_tx_zerocopy_bytes = avoided;
	sample.abi_tx_copied_bytes = copied;
}

static void tx_counted(uint64_t copied, uint64_t late)
{
	sample.kern_tx_copied_bytes = copied;
	sample.kern_late_copied_bytes = late;
}

static void rx_told(uint64_t mapped, uint64_t copied)
{
	sample.abi_rx_mapped_bytes = mapped;
	sample.abi_rx_copied_bytes = copied;
}

static void expect(const char *tx, const char *rx, const char *both)
{
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.tx_verdict, tx);
	assert_string_equal(sample.rx_verdict, rx);
	assert_string_equal(sample.verdict, both);
	if (!strcmp(both, "unproven") || !strcmp(both, "fail"))
		assert_true(*sample.reason);
	else
		assert_string_equal(sample.reason, "");
}

static void test_copying_modes(void **state)
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

static void test_claims_without_probes(void **state)
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

static void test_claims_with_probes(void **state)
{
	(void)state;
	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	tx_counted(0, 0);
	expect("zero-copy", "copied", "zero-copy");

	begin("msg-zerocopy", "recv"); /* veth with XDP: told zero-copy, all copied */
	tx_told(ALL, 0);
	tx_counted(0, ALL);
	expect("contradicted", "copied", "contradicted");

	begin("msg-zerocopy", "recv");
	tx_told(ALL, 0);
	tx_counted(1, 0);
	expect("contradicted", "copied", "contradicted");

	begin("msg-zerocopy", "recv"); /* it admitted some, and copied more */
	tx_told(ALL - 10, 10);
	tx_counted(10, ALL - 10);
	expect("contradicted", "copied", "contradicted");

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

	begin("msg-zerocopy", "recv"); /* one probe of the two is no witness */
	tx_told(ALL, 0);
	sample.kern_tx_copied_bytes = 5;
	expect("unproven", "copied", "unproven");

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

static void test_receivers(void **state)
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

static void test_two_claims(void **state)
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
	tx_counted(5, 0);
	expect("contradicted", "unproven", "contradicted");
}

static void test_nothing_moved(void **state)
{
	(void)state;
	begin("null", "null");
	sample.tx.total_bytes = sample.rx.total_bytes = 0;
	sample.tx.tcp_bytes = 0;
	sample.rx.tcp_bytes = FIELD_UNKNOWN;
	expect("", "", "unproven");
	assert_non_null(strstr(sample.reason, "no byte"));
}

/* The sentence names both numbers of the law that is broken. */
static void broken(const char *first, const char *second)
{
	ledger_judge(&cell, &sample);
	assert_string_equal(sample.verdict, "fail");
	if (!strstr(sample.reason, first) || !strstr(sample.reason, second))
		fail_msg("'%s' has no %s and %s", sample.reason, first, second);
}

static void test_broken_laws(void **state)
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
	begin("send", "recv");
	sample.tx.tcp_bytes = ALL + 7;
	broken("1000000", "1000007");
	begin("send", "recv");
	sample.rx.tcp_bytes = ALL - 7;
	broken("1000000", "999993");
	begin("msg-zerocopy", "recv");
	tx_told(ALL / 2, ALL / 2 - 1);
	broken("sender", "499999");
	begin("msg-zerocopy", "recv");
	tx_told(ALL, 1);
	broken("1 copied", "1000000 moved");
	begin("send", "tcp-zerocopy-receive");
	rx_told(5, 6);
	broken("receiver", "5 zero-copy");
	begin("send", "recv");
	sample.verify_errors = 12;
	broken("12 slices", "wrong");
}

static void test_kept_laws(void **state)
{
	(void)state;
	begin("send", "recv"); /* bytes in flight at the close are nobody's fault */
	sample.rx.total_bytes = sample.rx.tcp_bytes = ALL - 100;
	sample.abi_rx_copied_bytes = ALL - 100;
	sample.in_flight_bytes = 100;
	expect("copied", "copied", "copied");
	begin("send", "recv"); /* an old kernel tells no bytes in TCP_INFO */
	sample.tx.tcp_bytes = sample.rx.tcp_bytes = FIELD_UNKNOWN;
	sample.verify_errors = 0;
	expect("copied", "copied", "copied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copying_modes),
		cmocka_unit_test(test_claims_without_probes),
		cmocka_unit_test(test_claims_with_probes),
		cmocka_unit_test(test_receivers),
		cmocka_unit_test(test_two_claims),
		cmocka_unit_test(test_nothing_moved),
		cmocka_unit_test(test_broken_laws),
		cmocka_unit_test(test_kept_laws),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
