/* SPDX-License-Identifier: MIT */
/* cell: one point of the matrix. Every member is a dimension with a row in cell_table. */
#ifndef ZCBENCH_CELL_H
#define ZCBENCH_CELL_H

#include "field.h"

struct copy_mode;
struct path;
struct workload;

enum cell_pages { PAGES_4K, PAGES_THP, PAGES_HUGETLB };
enum cell_touch { TOUCH_NONE, TOUCH_TX, TOUCH_RX, TOUCH_BOTH };
enum cell_offload { OFFLOAD_AUTO, OFFLOAD_OFF, OFFLOAD_ON };
enum cell_family { FAMILY_IPV4, FAMILY_IPV6 };
enum cell_reuse { REUSE_SAFE, REUSE_EARLY };
enum cell_area { AREA_MEMORY, AREA_DMABUF };

struct cell {
	uint64_t tx, rx, path, workload; /* indexes into their registries */
	uint64_t size, response, rate;
	uint64_t flows, threads;
	uint64_t depth, batch, buffers, parts, rx_size;
	uint64_t rx_queue, steer, area, areas, queue_areas, rx_buffer;
	uint64_t pages, align, touch, verify, reuse;
	uint64_t sndbuf, rcvbuf, rcvlowat, nodelay, cork;
	char congestion[16];
	uint64_t mtu, mss;
	uint64_t sg, gso, tso, gro;
	uint64_t queues, busy_poll, force;
	uint64_t family;
	char nics[40];
	char tx_cpu[32], rx_cpu[32];
	uint64_t warmup_ns, duration_ns, bytes;
};

extern const struct field_table cell_table;

const struct copy_mode *cell_tx(const struct cell *cell);
const struct copy_mode *cell_rx(const struct cell *cell);
const struct path *cell_path(const struct cell *cell);
const struct workload *cell_workload(const struct cell *cell);

/*
 * Does the combination make sense at all? 0, or -EINVAL and the sentence for its row. Looks at
 * the registries' flags only, never at the machine: what the machine can do is asked by probe.
 */
int cell_check(const struct cell *cell, struct reason *why);

/* Bytes in a page of the buffers' kind: 4 KiB, or a huge page. */
size_t cell_page_bytes(const struct cell *cell);

bool cell_tx_writes(const struct cell *cell); /* the sender rewrites each buffer before use */
bool cell_rx_reads(const struct cell *cell);  /* the receiver reads every byte */
bool cell_nodelay(const struct cell *cell);   /* TCP_NODELAY, with auto settled */

#endif
