/* SPDX-License-Identifier: MIT */
/* ledger_try: what the tests of the ledger share: one sample, and what its witnesses say. */
#ifndef ZCBENCH_TEST_LEDGER_TRY_H
#define ZCBENCH_TEST_LEDGER_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ledger.h"
#include "mode.h"

#define ALL 1000000ULL

static struct cell cell;
static struct sample sample;

static inline uint64_t find(enum mode_direction direction, const char *name)
{
	const struct copy_mode *mode;
	for (uint64_t i = 0; (mode = mode_get(direction, i)); i++)
		if (!strcmp(mode->name, name))
			return i;
	fail_msg("no mode %s", name);
	return 0;
}

/* A whole transfer without a witness beyond what every mode has. */
static inline void begin(const char *tx, const char *rx)
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

static inline void tx_told(uint64_t avoided, uint64_t copied)
{
	sample.abi_tx_zerocopy_bytes = avoided;
	sample.abi_tx_copied_bytes = copied;
}

static inline void rx_told(uint64_t mapped, uint64_t copied)
{
	sample.abi_rx_mapped_bytes = mapped;
	sample.abi_rx_copied_bytes = copied;
}

static inline void expect(const char *tx, const char *rx, const char *both)
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

#endif
