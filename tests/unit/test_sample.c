/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

static struct reason why;

static void test_clear(void **state)
{
	(void)state;
	struct sample sample;
	memset(&sample, 0x11, sizeof(sample));
	sample_clear(&sample);
	for (size_t i = 0; i < sample_table.count; i++)
		assert_false(field_known(&sample_table.rows[i], &sample));
	for (size_t i = 0; i < sample_key_table.count; i++)
		assert_false(field_known(&sample_key_table.rows[i], &sample));
}

/* The names that tools of others rely on: they may grow in number, and never change. */
static const char *const keys[] = { "run_id", "block", "repeat", "probed" };
static const char *const names[] = {
	"started_at",
	"elapsed_ns",
	"tx_bytes",
	"rx_bytes",
	"tx_messages",
	"rx_messages",
	"goodput_bytes_per_s",
	"tx_cpu_user_ns",
	"tx_cpu_sys_ns",
	"rx_cpu_user_ns",
	"rx_cpu_sys_ns",
	"host_cpu_ns",
	"host_softirq_ns",
	"tx_cpu_ns_per_byte",
	"rx_cpu_ns_per_byte",
	"host_cpu_ns_per_byte",
	"tx_syscalls",
	"rx_syscalls",
	"notifications",
	"notifications_copied",
	"abi_tx_zerocopy_bytes",
	"abi_tx_copied_bytes",
	"abi_rx_mapped_bytes",
	"abi_rx_copied_bytes",
	"kern_tx_bytes",
	"kern_tx_copied_bytes",
	"kern_tx_referenced_bytes",
	"kern_tx_spliced_bytes",
	"kern_late_copied_bytes",
	"kern_late_again_bytes",
	"kern_unseen_bytes",
	"kern_rx_bytes",
	"kern_rx_copied_bytes",
	"kern_rx_mapped_bytes",
	"kern_pinned_pages",
	"kern_layer",
	"copies_per_byte",
	"notify_p50_ns",
	"notify_p99_ns",
	"outstanding_max_bytes",
	"latency_p50_ns",
	"latency_p99_ns",
	"latency_p999_ns",
	"latency_max_ns",
	"retransmits",
	"verify_errors",
	"verdict",
	"reason",
};
static const char *const dimensions[] = { "tx", "rx", "path", "workload", "size", "flows" };

static void test_public_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(field_find(&sample_key_table, keys[i]));
	for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++)
		assert_non_null(field_find(&cell_table, dimensions[i]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!field_find(&sample_table, names[i]))
			fail_msg("the column %s is gone", names[i]);
}

/* What each end reports is told twice, with the end's name before it. */
static void test_both_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sample_table.count; i++) {
		const struct field *tx = &sample_table.rows[i];
		char name[64];
		if (tx->offset < offsetof(struct sample, tx) ||
		    tx->offset >= offsetof(struct sample, rx))
			continue;
		assert_int_equal(strncmp(tx->name, "tx_", 3), 0);
		snprintf(name, sizeof(name), "r%s", tx->name + 1);
		const struct field *rx = field_find(&sample_table, name);
		assert_non_null(rx);
		assert_int_equal(rx->offset - tx->offset,
				 offsetof(struct sample, rx) - offsetof(struct sample, tx));
		assert_int_equal(rx->type, tx->type);
	}
}

static void test_merge(void **state)
{
	(void)state;
	struct sample into, from;
	sample_clear(&into);
	sample_clear(&from);
	into.tx.bytes = 5;
	into.rx.bytes = 6;
	from.rx.bytes = 0; /* 0 is known */
	from.copies_per_byte = 0.5;
	strcpy(from.kern_layer, "fentry");
	strcpy(into.verdict, "copied");
	from.block = 9; /* a key, not a metric */
	sample_merge(&into, &from);
	assert_int_equal(into.tx.bytes, 5);
	assert_int_equal(into.rx.bytes, 0);
	assert_true(into.copies_per_byte == 0.5);
	assert_string_equal(into.kern_layer, "fentry");
	assert_string_equal(into.verdict, "copied");
	assert_true(into.block == FIELD_UNKNOWN);
	assert_true(into.tx.messages == FIELD_UNKNOWN);
	for (size_t i = 0; i < sample_table.count; i++) { /* each row by itself */
		const struct field *field = &sample_table.rows[i];
		char text[FIELD_ROOM];
		sample_clear(&into);
		sample_clear(&from);
		assert_int_equal(field_parse(field, &from, "42", &why), 0);
		sample_merge(&into, &from);
		field_format(field, &into, text);
		assert_string_equal(text, "42");
	}
}

static void test_derive(void **state)
{
	(void)state;
	struct sample sample;
	sample_clear(&sample);
	sample.tx.bytes = 1000;
	sample.tx.elapsed_ns = 7;
	sample.tx.cpu_user_ns = 100;
	sample.tx.cpu_sys_ns = 400;
	sample.rx.bytes = 4000;
	sample.rx.elapsed_ns = 2000;
	sample.rx.cpu_user_ns = 1000;
	sample.rx.cpu_sys_ns = 1000;
	sample.host_cpu_ns = 8000;
	sample_derive(&sample);
	assert_int_equal(sample.elapsed_ns, 2000); /* the receiver's window */
	assert_true(sample.goodput_bytes_per_s == 2e9);
	assert_true(sample.tx_cpu_ns_per_byte == 0.5);
	assert_true(sample.rx_cpu_ns_per_byte == 0.5);
	assert_true(sample.host_cpu_ns_per_byte == 2);
}

/* What neither end nor an interrupt used; never less than nothing, and unknown if a part is. */
static void test_derive_foreign(void **state)
{
	(void)state;
	struct sample sample;
	sample_clear(&sample);
	sample.tx.cpu_user_ns = 1;
	sample.tx.cpu_sys_ns = 20;
	sample.rx.cpu_user_ns = 300;
	sample.host_cpu_ns = 1000000;
	sample.host_softirq_ns = 50000;
	sample.host_irq_ns = 600000;
	sample_derive(&sample);
	assert_true(sample.host_foreign_ns == FIELD_UNKNOWN);
	sample.rx.cpu_sys_ns = 4000;
	sample_derive(&sample);
	assert_int_equal(sample.host_foreign_ns, 1000000 - 654321);
	sample.host_cpu_ns = 654320;
	sample_derive(&sample);
	assert_int_equal(sample.host_foreign_ns, 0);
}

static void test_derive_unknown(void **state)
{
	(void)state;
	struct sample sample;
	sample_clear(&sample);
	sample_derive(&sample);
	assert_true(isnan(sample.goodput_bytes_per_s) && isnan(sample.host_cpu_ns_per_byte));
	assert_true(isnan(sample.tx_cpu_ns_per_byte) && isnan(sample.rx_cpu_ns_per_byte));
	sample.tx.bytes = sample.rx.bytes = 0; /* nothing moved: no cost of a byte */
	sample.tx.cpu_user_ns = sample.tx.cpu_sys_ns = 5;
	sample.host_cpu_ns = 5;
	sample.rx.elapsed_ns = 0;
	sample_derive(&sample);
	assert_true(isnan(sample.tx_cpu_ns_per_byte) && isnan(sample.host_cpu_ns_per_byte));
	assert_true(isnan(sample.goodput_bytes_per_s));
	sample.rx.elapsed_ns = 10;
	sample_derive(&sample);
	assert_true(sample.goodput_bytes_per_s == 0);
	sample.rx.bytes = 10; /* half of the CPU time is unknown: the sum is */
	sample.rx.cpu_user_ns = 10;
	sample_derive(&sample);
	assert_true(isnan(sample.rx_cpu_ns_per_byte));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),          cmocka_unit_test(test_public_columns),
		cmocka_unit_test(test_both_ends),      cmocka_unit_test(test_merge),
		cmocka_unit_test(test_derive),         cmocka_unit_test(test_derive_unknown),
		cmocka_unit_test(test_derive_foreign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
