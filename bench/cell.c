/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include <errno.h>
#include <unistd.h>

#include "mode.h"
#include "path.h"
#include "service.h"
#include "workload.h"

#define HUGE_PAGE_BYTES (2UL << 20)

const struct copy_mode *cell_tx(const struct cell *cell)
{
	return mode_get(MODE_TX, cell->tx);
}

const struct copy_mode *cell_rx(const struct cell *cell)
{
	return mode_get(MODE_RX, cell->rx);
}

const struct path *cell_path(const struct cell *cell)
{
	return paths[cell->path];
}

const struct workload *cell_workload(const struct cell *cell)
{
	return workloads[cell->workload];
}

size_t cell_page_bytes(const struct cell *cell)
{
	return cell->pages == PAGES_4K ? (size_t)sysconf(_SC_PAGESIZE) : HUGE_PAGE_BYTES;
}

bool cell_tx_writes(const struct cell *cell)
{
	return cell->verify || cell->touch == TOUCH_TX || cell->touch == TOUCH_BOTH;
}

bool cell_rx_reads(const struct cell *cell)
{
	return cell->verify || cell->touch == TOUCH_RX || cell->touch == TOUCH_BOTH;
}

bool cell_nodelay(const struct cell *cell)
{
	if (cell->nodelay == FIELD_AUTO)
		return cell_workload(cell)->flags & WORKLOAD_RESPONDS;
	return cell->nodelay;
}

static int check_sight(const struct cell *cell, struct reason *why)
{
	const struct copy_mode *tx = cell_tx(cell), *rx = cell_rx(cell);
	if (cell_rx_reads(cell) && (rx->flags & MODE_BLIND))
		return reason_set(
			why, EINVAL,
			"rx %s never sees the payload, so it can neither read nor verify it; "
			"use --verify off and --touch none or tx",
			rx->name);
	if (!cell->verify && cell_tx_writes(cell) && (tx->flags & MODE_STATIC))
		return reason_set(
			why, EINVAL,
			"tx %s sends prepared pages, so it cannot rewrite each message; use "
			"--touch none or rx",
			tx->name);
	return 0;
}

static int check_null(const struct cell *cell, struct reason *why)
{
	bool tx_null = cell_tx(cell)->flags & MODE_NULL, rx_null = cell_rx(cell)->flags & MODE_NULL;
	if (tx_null != rx_null)
		return reason_set(
			why, EINVAL,
			"null moves no bytes, so it pairs with null only; add null to both "
			"--tx and --rx");
	if (tx_null && (cell_workload(cell)->flags & WORKLOAD_RESPONDS))
		return reason_set(
			why, EINVAL,
			"null moves no bytes, so nobody would answer; use --workload stream");
	if (tx_null && cell->bytes != FIELD_AUTO)
		return reason_set(
			why, EINVAL,
			"null moves no bytes, so --bytes cannot bound it; use --duration");
	return 0;
}

static int check_workload(const struct cell *cell, struct reason *why)
{
	const struct workload *workload = cell_workload(cell);
	if ((workload->flags & WORKLOAD_RESPONDS) && cell->threads != FIELD_AUTO &&
	    cell->threads != cell->flows)
		return reason_set(
			why, EINVAL,
			"%s runs one thread a flow; use --threads auto, or as many threads "
			"as flows",
			workload->name);
	if ((workload->flags & WORKLOAD_RESPONDS) && cell->cork)
		return reason_set(
			why, EINVAL,
			"a corked socket holds a request back, so %s would wait for nothing; "
			"use --cork off",
			workload->name);
	if (cell->threads != FIELD_AUTO && cell->threads > cell->flows)
		return reason_set(why, EINVAL, "more threads than flows; lower --threads");
	return 0;
}

static int check_buffers(const struct cell *cell, struct reason *why)
{
	if (cell->depth != FIELD_AUTO && cell->batch != FIELD_AUTO && cell->batch > cell->depth &&
	    (cell_tx(cell)->flags & MODE_ASYNC))
		return reason_set(
			why, EINVAL,
			"a batch larger than the depth could never be sent; lower --batch or "
			"raise --depth");
	if (cell->reuse == REUSE_EARLY && !cell->verify)
		return reason_set(why, EINVAL,
				  "early reuse spoils the payload; it is for proving that verify "
				  "notices: use it with --verify on");
	return 0;
}

int cell_check(const struct cell *cell, struct reason *why)
{
	int err = check_null(cell, why);
	if (!err)
		err = service_check(cell, why);
	if (!err)
		err = check_sight(cell, why);
	if (!err)
		err = check_workload(cell, why);
	if (!err)
		err = check_buffers(cell, why);
	return err;
}
