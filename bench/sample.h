/* SPDX-License-Identifier: MIT */
/*
 * sample: one row of samples.csv, one repeat of one cell. Numbers that nobody measured are
 * FIELD_UNKNOWN or NaN and are written as nothing.
 */
#ifndef ZCBENCH_SAMPLE_H
#define ZCBENCH_SAMPLE_H

#include "cell.h"
#include "field.h"
#include "steady.h"

/* What one end reports of itself; the table has each row twice, as tx_NAME and rx_NAME. */
struct sample_end {
	uint64_t elapsed_ns;
	uint64_t bytes, messages;
	uint64_t total_bytes, tcp_bytes;
	uint64_t syscalls, waits, eagain, enobufs, buffer_waits;
	uint64_t cpu_user_ns, cpu_sys_ns;
	uint64_t cycles, instructions, llc_misses;
	uint64_t threads;
	char cpus[32];
};

struct sample {
	/* Who and when: filled in by the coordinator. */
	char run_id[64];
	uint64_t block, cell, repeat, probed;
	char started_at[32];

	/* What the cell's service gives: columns, so that nobody compares unlike things unawares.
	 */
	char service[16], delivery[16], checksum_by[16];
	uint64_t reliable, ordered, encrypted;

	struct sample_end tx, rx;

	/* Of the receiver's window. */
	uint64_t elapsed_ns;
	double goodput_bytes_per_s;
	uint64_t host_cpu_ns, host_softirq_ns, host_irq_ns, host_steal_ns;
	uint64_t host_foreign_ns, host_cpus;
	char rx_slices[STEADY_ROOM];
	double tx_cpu_ns_per_byte, rx_cpu_ns_per_byte, host_cpu_ns_per_byte;
	uint64_t tx_host_cpu_ns, tx_host_softirq_ns; /* of the sender's host and window */
	double tx_host_cpu_ns_per_byte;

	/* The ledger: of the whole connection, from the first byte to the close. */
	uint64_t in_flight_bytes;
	uint64_t lost_messages, lost_bytes, reordered_messages, duplicate_messages;
	uint64_t dropped_datagrams;
	uint64_t notifications, notifications_copied;
	uint64_t abi_tx_zerocopy_bytes, abi_tx_copied_bytes;
	uint64_t abi_rx_mapped_bytes, abi_rx_device_bytes;
	uint64_t abi_rx_copied_bytes, abi_rx_discarded_bytes;
	uint64_t kern_tx_bytes, kern_tx_copied_bytes, kern_tx_referenced_bytes;
	uint64_t kern_tx_spliced_bytes, kern_late_copied_bytes;
	uint64_t kern_late_again_bytes, kern_unseen_bytes;
	uint64_t kern_rx_bytes, kern_rx_copied_bytes, kern_rx_mapped_bytes, kern_rx_device_bytes;
	uint64_t kern_pinned_pages;
	char kern_layer[64];
	double copies_per_byte;

	uint64_t notify_p50_ns, notify_p99_ns, notify_p999_ns, notify_max_ns;
	uint64_t outstanding_max_bytes;
	uint64_t latency_count, latency_unanswered;
	uint64_t latency_p50_ns, latency_p90_ns, latency_p99_ns, latency_p999_ns, latency_p9999_ns,
		latency_max_ns;

	/* What the sockets and the pool really used. */
	uint64_t depth_used, batch_used, buffers_used, rx_size_used;
	uint64_t sndbuf_used, rcvbuf_used, rcvlowat_used, mss_used;
	char congestion_used[16];
	uint64_t retransmits, cwnd_segments, delivery_rate_bytes_per_s;
	uint64_t busy_ns, rwnd_limited_ns, sndbuf_limited_ns;

	uint64_t queue_drops, queue_ring_full, queue_no_frame, queue_unserved, queue_astray;
	uint64_t queue_passed;
	uint64_t strangers;
	uint64_t verify_errors;
	char tx_verdict[16], rx_verdict[16], verdict[16];
	char reason[REASON_ROOM];
};

extern const struct field_table sample_table;     /* everything but the cell's dimensions */
extern const struct field_table sample_key_table; /* run_id block cell repeat probed */

/* Every member unknown. */
void sample_clear(struct sample *sample);

/* Adds to *into every member that is known in *from. */
void sample_merge(struct sample *into, const struct sample *from);

/* Adds what is known to a sum, which it makes known. */
void sample_add(uint64_t *sum, uint64_t n);

/* The columns that are formulas over other columns: goodput, CPU ns per byte, in flight. */
void sample_derive(struct sample *sample);

#endif
