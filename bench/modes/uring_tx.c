/* SPDX-License-Identifier: MIT */
/* The life of a sending worker's ring; transfers themselves are in uring_transfer.c. */
#include "uring_tx.h"

#include <errno.h>
#include <stdlib.h>

#include "../mode.h"

#define DRAIN_PATIENCE_NS 10000000000ULL

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static void link_transfers(struct uring_tx *tx, uint64_t parts)
{
	for (unsigned int i = 0; i < tx->transfer_count; i++) {
		struct uring_transfer *transfer = &tx->transfers[i];
		transfer->parts = tx->parts ? tx->parts + i * parts : NULL;
		transfer->parts_max = parts;
		transfer->next = tx->free;
		tx->free = transfer;
	}
}

static void link_streams(struct worker *worker, struct uring_tx *tx)
{
	for (unsigned int i = 0; i < tx->stream_count; i++) {
		struct flow *flow = &worker->flows[i];
		flow->state = &tx->streams[i];
		tx->streams[i].flow = flow;
		tx->ready[i] = &tx->streams[i];
	}
	tx->ready_count = tx->stream_count;
}

int uring_tx_open(struct worker *worker, uring_prepare *prepare, bool notifies, uint64_t parts)
{
	struct uring_tx *tx = worker->state;
	unsigned int held = min(worker->depth, worker->pool.count);
	tx->prepare = prepare;
	tx->notifies = notifies;
	tx->chain_max = worker->batch;
	/* Twice: the rest of a transfer that came back short is a transfer of its own. */
	tx->transfer_count = 2 * held;
	tx->stream_count = worker->flow_count;
	tx->transfers = calloc(tx->transfer_count, sizeof(*tx->transfers));
	tx->streams = calloc(tx->stream_count, sizeof(*tx->streams));
	tx->ready = calloc(tx->stream_count, sizeof(*tx->ready));
	if (parts)
		tx->parts = calloc(tx->transfer_count * parts, sizeof(*tx->parts));
	if (!tx->transfers || !tx->streams || !tx->ready || (parts && !tx->parts))
		return reason_set(&worker->why, ENOMEM,
				  "no memory for %u transfers; lower --depth or --parts",
				  tx->transfer_count);
	link_transfers(tx, parts);
	link_streams(worker, tx);
	return uring_open(&tx->uring, tx->transfer_count, 2 * tx->transfer_count, &worker->why);
}

void uring_tx_close(struct worker *worker)
{
	struct uring_tx *tx = worker->state;
	uring_close(&tx->uring);
	free(tx->transfers);
	free(tx->streams);
	free(tx->ready);
	free(tx->parts);
}

/* Takes the completions that are there, without a system call. Their number, or -errno. */
static int reap(struct worker *worker, struct uring_tx *tx)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int err = 0;
	tx->now_ns = 0;
	io_uring_for_each_cqe(&tx->uring.ring, head, cqe)
	{
		seen++;
		err = uring_tx_complete(worker, cqe->user_data, cqe->res, cqe->flags);
		if (err)
			break;
	}
	io_uring_cq_advance(&tx->uring.ring, seen);
	return err ? err : (int)seen;
}

/*
 * How many completions to sleep for: those of the chain that was just queued, so that it costs
 * one enter. Notifications are never waited for while a send is under way: in rr the request
 * is out when its send is complete.
 */
static unsigned int wait_for(const struct worker *worker, const struct uring_tx *tx)
{
	return min(worker->batch, tx->queued ? tx->queued : tx->pinned);
}

int uring_tx_step(struct worker *worker)
{
	struct uring_tx *tx = worker->state;
	int seen = reap(worker, tx);
	if (seen < 0)
		return seen;
	int err = uring_tx_fill(worker);
	if (err < 0)
		return err;
	if (!tx->queued && !(tx->wanting && tx->pinned))
		return seen;
	err = uring_enter(worker, &tx->uring, wait_for(worker, tx));
	if (err)
		return err;
	int more = reap(worker, tx);
	return more < 0 ? more : seen + more;
}

int uring_tx_unpinnable(struct worker *worker)
{
	return reason_set(&worker->why, ENOBUFS,
			  "%s: the kernel refuses to pin even one message; raise RLIMIT_MEMLOCK "
			  "(ulimit -l), or lower --size",
			  worker->mode->name);
}

int uring_tx_drain(struct worker *worker)
{
	struct uring_tx *tx = worker->state;
	uint64_t end_ns = worker_now_ns() + DRAIN_PATIENCE_NS;
	int seen = reap(worker, tx);
	while (seen >= 0 && tx->queued + tx->pinned) {
		if (worker_now_ns() > end_ns)
			return reason_set(&worker->why, ETIMEDOUT,
					  "%u sends and %u notifications did not come back in "
					  "10 s; is the receiver still reading?",
					  tx->queued, tx->pinned);
		int err = uring_enter(worker, &tx->uring, 1);
		seen = err ? err : reap(worker, tx);
	}
	/* The window was over before our patience, and was nothing but that. */
	if (seen >= 0 && tx->refusals && !count_read(&worker->count.bytes))
		return uring_tx_unpinnable(worker);
	return seen < 0 ? seen : 0;
}
