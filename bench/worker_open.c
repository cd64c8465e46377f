/* SPDX-License-Identifier: MIT */
/* Sizes of what a worker works with, and its beginning and end. */
#include <errno.h>
#include <stdlib.h>

#include "mode.h"
#include "worker.h"

#define TX_HELD_BYTES (3UL << 20)   /* zero-copy: two workers fit into RLIMIT_MEMLOCK's 8 MiB */
#define COPIED_BYTES  (512UL << 10) /* copies are given back at once: stay within an L2 cache */
#define HOT_BYTES     (1UL << 20)   /* a kernel that copies reads them again, from the same cache */
#define RX_HELD_BYTES (1UL << 20)   /* receive buffers of io_uring, likewise */
#define AREA_BYTES    (16UL << 20)  /* lent to a device: its ring and a receive window fit */
#define RX_SIZE_MIN   (128UL << 10) /* so that small messages are not bound by the receiver */
#define RX_SIZE_MAX   (1UL << 20)
#define BATCH_BYTES   (256UL << 10)
#define FRAMES        1024 /* of a queue's rings, so that a burst finds room */

static uint64_t clamp(uint64_t n, uint64_t low, uint64_t high)
{
	return n < low ? low : n > high ? high : n;
}

static size_t buffer_size(const struct worker *worker)
{
	const struct cell *cell = worker->cell;
	if (worker->mode->frame_bytes)
		return worker->mode->frame_bytes;
	if (worker->mode->direction == MODE_TX)
		return worker_lies_at(worker, cell->size - 1) + 1;
	return cell->rx_size != FIELD_AUTO ? cell->rx_size
					   : clamp(cell->size, RX_SIZE_MIN, RX_SIZE_MAX);
}

static unsigned int plan_depth(const struct worker *worker, size_t size)
{
	if (!(worker->mode->flags & MODE_ASYNC))
		return 1;
	if (worker->cell->depth != FIELD_AUTO)
		return (unsigned int)worker->cell->depth;
	if (worker->mode->frame_bytes)
		return FRAMES;
	size_t held = worker->mode->direction == MODE_RX  ? RX_HELD_BYTES
		      : worker->mode->flags & MODE_COPIES ? COPIED_BYTES
							  : TX_HELD_BYTES;
	return (unsigned int)clamp(held / size, 4, 64);
}

static unsigned int plan_batch(const struct worker *worker)
{
	if (worker->cell->batch != FIELD_AUTO)
		return (unsigned int)worker->cell->batch;
	if (!(worker->mode->flags & MODE_ASYNC))
		return 1;
	uint64_t batch = clamp(BATCH_BYTES / worker->cell->size, 1, 16);
	return (unsigned int)clamp(batch, 1, worker->depth);
}

/* Where the depth is ours to choose: as many as stay in an L2 cache, but always two, so that one
 * is sent while the other is acknowledged. */
static unsigned int plan_hot(const struct worker *worker, size_t size)
{
	uint64_t low = worker->batch > 2 ? worker->batch : 2;
	if (worker->cell->depth != FIELD_AUTO || low > worker->depth)
		return worker->depth;
	return (unsigned int)clamp(HOT_BYTES / size, low, worker->depth);
}

static unsigned int plan_buffers(const struct worker *worker)
{
	if (worker->cell->buffers != FIELD_AUTO)
		return (unsigned int)worker->cell->buffers;
	if (worker->mode->flags & MODE_AREA)
		return (unsigned int)clamp(AREA_BYTES / buffer_size(worker), 1, AREA_BYTES);
	/* A receiver that posts buffers needs one for each flow. */
	if (worker->mode->direction == MODE_RX && worker->depth > 1)
		return worker->depth > worker->flow_count ? worker->depth : worker->flow_count;
	return worker->depth;
}

int worker_open(struct worker *worker, const struct cell *cell, const struct copy_mode *mode)
{
	worker->cell = cell;
	worker->mode = mode;
	worker->piece = cell->size;
	worker->gap = 0;
	int err = mode->layout ? mode->layout(worker) : 0;
	if (err)
		return err;
	size_t size = buffer_size(worker);
	worker->depth = plan_depth(worker, size);
	worker->batch = plan_batch(worker);
	worker->hot = worker->allowed = plan_hot(worker, size);
	worker->writes = cell_tx_writes(cell) && !(mode->flags & MODE_STATIC);
	worker->shares = !(mode->flags & MODE_ASYNC);
	worker->state = calloc(1, mode->state_size ? mode->state_size : 1);
	if (!worker->state || hist_open(&worker->notify) || hist_open(&worker->latency))
		return reason_set(&worker->why, ENOMEM, "no memory for a worker's state");
	err = pool_open(&worker->pool, cell, plan_buffers(worker), size, &worker->why);
	if (!err && mode->open)
		err = mode->open(worker);
	return err;
}

void worker_close(struct worker *worker)
{
	if (worker->state && worker->mode->close && worker->pool.base)
		worker->mode->close(worker);
	free(worker->state);
	worker->state = NULL;
	pool_close(&worker->pool);
}
