/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <string.h>

static size_t member_bytes(const struct field *field)
{
	return field->type == FIELD_TEXT ? field->room : sizeof(uint64_t);
}

void sample_clear(struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	field_presets(&sample_key_table, sample);
	field_presets(&sample_table, sample);
}

void sample_merge(struct sample *into, const struct sample *from)
{
	for (size_t i = 0; i < sample_table.count; i++) {
		const struct field *field = &sample_table.rows[i];
		if (field_known(field, from))
			memcpy((char *)into + field->offset, (const char *)from + field->offset,
			       member_bytes(field));
	}
}

static bool known(uint64_t value)
{
	return value != FIELD_UNKNOWN;
}

void sample_add(uint64_t *sum, uint64_t n)
{
	if (known(n))
		*sum = known(*sum) ? *sum + n : n;
}

static void derive_cost(double *cost, const struct sample_end *end)
{
	if (known(end->cpu_user_ns) && known(end->cpu_sys_ns) && known(end->bytes) && end->bytes)
		*cost = (double)(end->cpu_user_ns + end->cpu_sys_ns) / (double)end->bytes;
}

static void derive_copies(struct sample *sample)
{
	uint64_t total = sample->rx.total_bytes;
	bool bound = known(sample->kern_unseen_bytes) && sample->kern_unseen_bytes;
	if (!bound && known(sample->kern_tx_copied_bytes) &&
	    known(sample->kern_late_copied_bytes) && known(sample->kern_rx_copied_bytes) &&
	    known(total) && total)
		sample->copies_per_byte =
			(double)(sample->kern_tx_copied_bytes + sample->kern_late_copied_bytes +
				 sample->kern_rx_copied_bytes) /
			(double)total;
}

/* What is known of an end's CPU time in *sum; false: nothing. */
static bool add_cpu(uint64_t *sum, const struct sample_end *end)
{
	*sum += end->cpu_user_ns + end->cpu_sys_ns;
	return known(end->cpu_user_ns) && known(end->cpu_sys_ns);
}

/*
 * A lower bound. The kernel charges softirq to the task in which it runs unless it accounts for it
 * apart, and nothing tells how much of it that was. The sender's CPUs may be another host's.
 */
static void derive_foreign(struct sample *sample)
{
	uint64_t ours = sample->host_softirq_ns + sample->host_irq_ns;
	if (!known(sample->host_cpu_ns) || !known(sample->host_softirq_ns) ||
	    !known(sample->host_irq_ns) || !add_cpu(&ours, &sample->tx) ||
	    !add_cpu(&ours, &sample->rx))
		return;
	sample->host_foreign_ns = sample->host_cpu_ns > ours ? sample->host_cpu_ns - ours : 0;
}

void sample_derive(struct sample *sample)
{
	const struct sample_end *rx = &sample->rx;
	derive_foreign(sample);
	derive_copies(sample);
	sample->elapsed_ns = rx->elapsed_ns;
	derive_cost(&sample->tx_cpu_ns_per_byte, &sample->tx);
	derive_cost(&sample->rx_cpu_ns_per_byte, rx);
	if (known(sample->tx_host_cpu_ns) && known(sample->tx.bytes) && sample->tx.bytes)
		sample->tx_host_cpu_ns_per_byte =
			(double)sample->tx_host_cpu_ns / (double)sample->tx.bytes;
	if (!known(rx->bytes))
		return;
	if (known(rx->elapsed_ns) && rx->elapsed_ns)
		sample->goodput_bytes_per_s = (double)rx->bytes * 1e9 / (double)rx->elapsed_ns;
	if (known(sample->host_cpu_ns) && rx->bytes)
		sample->host_cpu_ns_per_byte = (double)sample->host_cpu_ns / (double)rx->bytes;
}
