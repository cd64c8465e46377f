/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <time.h>

#include "payload.h"

uint64_t worker_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool tx_next(struct worker *worker, struct flow *flow, struct slice *slice)
{
	const struct cell *cell = worker->cell;
	if (!flow->buffer) {
		if (flow->credit < cell->size)
			return false;
		if (worker->held < worker->depth || worker->pool.reuse_early)
			flow->buffer = pool_take(&worker->pool);
		if (!flow->buffer) {
			count_add(&worker->count.buffer_waits, 1);
			return false;
		}
		flow->rest = cell->size;
		if (cell_tx_writes(cell))
			payload_fill(flow->buffer->data, cell->size, flow->seed, flow->offset);
	}
	slice->buffer = flow->buffer;
	slice->data = flow->buffer->data + (cell->size - flow->rest);
	slice->length = flow->rest;
	return true;
}

void tx_sent(struct worker *worker, struct flow *flow, size_t n)
{
	flow->offset += n;
	flow->credit -= n;
	flow->rest -= n;
	count_add(&worker->count.bytes, n);
	if (!flow->rest) {
		flow->buffer = NULL;
		count_add(&worker->count.messages, 1);
	}
}

void tx_hold(struct worker *worker, struct buffer *buffer, size_t bytes)
{
	if (!buffer->holds++)
		worker->held++;
	worker->outstanding_bytes += bytes;
	if (worker->outstanding_bytes > worker->outstanding_max_bytes)
		worker->outstanding_max_bytes = worker->outstanding_bytes;
}

void tx_release(struct worker *worker, struct buffer *buffer, size_t bytes)
{
	if (!--buffer->holds)
		worker->held--;
	worker->outstanding_bytes -= bytes;
}

void tx_notified(struct worker *worker, size_t bytes, bool copied, uint64_t sent_ns,
		 uint64_t now_ns)
{
	count_add(copied ? &worker->count.copied_bytes : &worker->count.zerocopy_bytes, bytes);
	if (worker_phase(worker) == PHASE_WINDOW)
		hist_record(&worker->notify, now_ns - sent_ns);
}

void rx_got(struct worker *worker, struct flow *flow, const void *data, size_t n)
{
	const struct cell *cell = worker->cell;
	if (data && cell->verify)
		count_add(&worker->count.verify_errors,
			  (uint64_t)payload_check(data, n, flow->seed, flow->offset));
	else if (data && cell_rx_reads(cell))
		payload_read(data, n);

	/* A message has arrived when the stream reaches its last byte. */
	uint64_t before = flow->offset / cell->size;
	flow->offset += n;
	count_add(&worker->count.bytes, n);
	count_add(&worker->count.messages, flow->offset / cell->size - before);
}

void rx_end(struct worker *worker, struct flow *flow)
{
	if (!flow->ended) {
		flow->ended = true;
		worker->ended_count++;
	}
}
