/* SPDX-License-Identifier: MIT */
/*
 * shm-copy, shm-map: a ring of shared memory. The sender copies each message into it; the receiver
 * copies it out again, or reads it where it lies. No kernel is asked but to sleep.
 */
#include <string.h>

#include "../mode.h"
#include "../ring.h"
#include "../worker.h"

#define SHORT_MS 1 /* with several flows, the longest that one of them is slept for */

static void count_calls(struct worker *worker, unsigned int calls)
{
	if (calls)
		count_add(&worker->count.syscalls, calls);
}

/* Nothing could be done for any flow: sleeps for one of them, and looks at the others then. */
static void wait_for_one(struct worker *worker, bool writer)
{
	int ms = worker->flow_count > 1 ? SHORT_MS : WORKER_PATIENCE_MS;
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		struct flow *flow = &worker->flows[i];
		if (flow->ended || (writer && !flow->buffer && !tx_may_begin(worker, flow)))
			continue;
		unsigned int calls = ring_wait(flow->held, writer, ms);
		count_calls(worker, calls);
		count_add(&worker->count.waits, calls);
		return;
	}
}

static int write_one(struct worker *worker, struct flow *flow)
{
	struct ring *ring = flow->held;
	struct slice slice;
	unsigned char *to = ring_room(ring);
	if (!to || !tx_next(worker, flow, &slice))
		return 0;
	size_t n = slice.length < ring->piece ? slice.length : ring->piece;
	memcpy(to, slice.data, n);
	count_calls(worker, ring_written(ring, n));
	tx_sent(worker, flow, n);
	return 1;
}

static int write_step(struct worker *worker)
{
	int done = 0;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		done += write_one(worker, &worker->flows[i]);
	if (!done)
		wait_for_one(worker, true);
	return done;
}

typedef void take_op(struct worker *worker, struct flow *flow, const unsigned char *piece,
		     size_t n);

static int read_one(struct worker *worker, struct flow *flow, take_op *take)
{
	struct ring *ring = flow->held;
	size_t n;
	bool ended = ring_ended(ring); /* before the look: what came last came before it */
	const unsigned char *piece = flow->ended ? NULL : ring_piece(ring, &n);
	if (!piece) {
		if (ended)
			rx_end(worker, flow);
		return 0;
	}
	take(worker, flow, piece, n);
	count_calls(worker, ring_read(ring));
	return 1;
}

static int read_step(struct worker *worker, take_op *take)
{
	int done = 0;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		done += read_one(worker, &worker->flows[i], take);
	if (!done)
		wait_for_one(worker, false);
	return done;
}

static void copy_out(struct worker *worker, struct flow *flow, const unsigned char *piece, size_t n)
{
	for (size_t done = 0, part; done < n; done += part) {
		struct buffer *buffer = pool_take(&worker->pool);
		part = n - done < worker->pool.size ? n - done : worker->pool.size;
		memcpy(buffer->data, piece + done, part);
		rx_got(worker, flow, buffer->data, part);
	}
}

static void look_in_place(struct worker *worker, struct flow *flow, const unsigned char *piece,
			  size_t n)
{
	rx_got(worker, flow, piece, n);
}

static int copy_step(struct worker *worker)
{
	return read_step(worker, copy_out);
}

static int map_step(struct worker *worker)
{
	return read_step(worker, look_in_place);
}

const struct copy_mode tx_shm_copy = {
	.name = "shm-copy",
	.summary = "memcpy into a ring of shared memory; a futex if the other end sleeps",
	.direction = MODE_TX,
	.service = &service_memory,
	.flags = MODE_COPIES,
	.step = write_step,
};

const struct copy_mode rx_shm_copy = {
	.name = "shm-copy",
	.summary = "memcpy out of a ring of shared memory",
	.direction = MODE_RX,
	.service = &service_memory,
	.flags = MODE_COPIES,
	.step = copy_step,
};

const struct copy_mode rx_shm_map = {
	.name = "shm-map",
	.summary = "reads the messages where they lie in the ring: no copy",
	.direction = MODE_RX,
	.service = &service_memory,
	.flags = MODE_MAPS,
	.step = map_step,
};
