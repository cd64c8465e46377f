/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <sched.h>
#include <time.h>

#include "mode.h"
#include "payload.h"

uint64_t worker_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void worker_give_way(struct worker *worker)
{
	sched_yield();
	count_add(&worker->count.syscalls, 1);
}

/* What is left of a message after `done` bytes, which goes to a stream offset, into its buffer. */
static void write_message(struct worker *worker, struct flow *flow, struct buffer *buffer,
			  size_t done, uint64_t offset)
{
	buffer->user = flow;
	if (!worker->writes)
		return;
	if (worker->mode->renew)
		worker->mode->renew(worker, buffer);
	for (size_t n, size = worker->cell->size; done < size; done += n, offset += n) {
		n = worker->piece - done % worker->piece;
		n = n < size - done ? n : size - done;
		payload_fill(buffer->data + worker_lies_at(worker, done), n, flow->seed, offset);
	}
}

bool tx_begin(struct worker *worker, struct flow *flow, struct slice *slice)
{
	size_t size = worker->cell->size;
	struct buffer *buffer = NULL;
	if (!tx_may_begin(worker, flow))
		return false;
	if (worker->held < worker->allowed || worker->pool.reuse_early)
		buffer = pool_take(&worker->pool);
	if (!buffer) {
		count_add(&worker->count.buffer_waits, 1);
		return false;
	}
	buffer->busy = !worker->shares;
	write_message(worker, flow, buffer, 0, flow->begun);
	if (flow->begun == flow->offset)
		flow->rest = size;
	flow->begun += size;
	flow->buffer = buffer;
	*slice = (struct slice){ .buffer = buffer, .data = buffer->data, .length = size };
	return true;
}

bool tx_next(struct worker *worker, struct flow *flow, struct slice *slice)
{
	struct buffer *buffer = flow->buffer;
	if (!buffer)
		return tx_begin(worker, flow, slice);
	size_t done = worker->cell->size - flow->rest;
	if (buffer->user != flow) /* Its socket was full, and another flow used the buffer. */
		write_message(worker, flow, buffer, done, flow->offset);
	*slice = (struct slice){ .buffer = buffer,
				 .data = buffer->data + done,
				 .length = flow->rest };
	return true;
}

void tx_took(struct worker *worker, struct flow *flow, struct buffer *buffer, size_t n)
{
	flow->offset += n;
	flow->credit -= n;
	flow->rest -= n;
	count_add(&worker->count.bytes, n);
	if (flow->rest)
		return;
	buffer->busy = false;
	count_add(&worker->count.messages, 1);
	if (flow->offset == flow->begun)
		flow->buffer = NULL;
	else
		flow->rest = worker->cell->size;
}

void tx_sent(struct worker *worker, struct flow *flow, size_t n)
{
	tx_took(worker, flow, flow->buffer, n);
}

void tx_write(const struct worker *worker, const struct flow *flow, void *data, size_t n,
	      uint64_t ahead)
{
	if (worker->writes)
		payload_fill(data, n, flow->seed, flow->offset + ahead);
}

void tx_passed(struct worker *worker, struct flow *flow, size_t n)
{
	uint64_t size = worker->cell->size, before = flow->offset / size;
	flow->offset += n;
	flow->begun = flow->offset;
	flow->credit -= n;
	count_add(&worker->count.bytes, n);
	count_add(&worker->count.messages, flow->offset / size - before);
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
	if (!--buffer->holds) {
		worker->held--;
		pool_freed(&worker->pool, buffer);
	}
	worker->outstanding_bytes -= bytes;
}

void tx_notified(struct worker *worker, size_t bytes, bool copied, uint64_t sent_ns,
		 uint64_t now_ns)
{
	count_add(copied ? &worker->count.copied_bytes : &worker->count.zerocopy_bytes, bytes);
	worker->allowed = copied ? worker->hot : worker->depth;
	if (worker_phase(worker) == PHASE_WINDOW)
		hist_record(&worker->notify, now_ns - sent_ns);
}

void rx_look(struct worker *worker, const struct flow *flow, const void *data, size_t n,
	     uint64_t offset)
{
	const struct cell *cell = worker->cell;
	if (data && cell->verify)
		count_add(&worker->count.verify_errors,
			  (uint64_t)payload_check(data, n, flow->seed, offset));
	else if (data && cell_rx_reads(cell))
		payload_read(data, n);
}

void rx_came(struct worker *worker, struct flow *flow, size_t n, uint64_t messages)
{
	flow->offset += n;
	count_add(&worker->count.bytes, n);
	count_add(&worker->count.messages, messages);
}

void rx_got(struct worker *worker, struct flow *flow, const void *data, size_t n)
{
	/* A message has arrived when the stream reaches its last byte. */
	uint64_t size = worker->cell->size, before = flow->offset / size;
	rx_look(worker, flow, data, n, flow->offset);
	rx_came(worker, flow, n, (flow->offset + n) / size - before);
}

void rx_end(struct worker *worker, struct flow *flow)
{
	if (!flow->ended) {
		flow->ended = true;
		worker->ended_count++;
	}
}
