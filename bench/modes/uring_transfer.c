/* SPDX-License-Identifier: MIT */
/* The life of one transfer: begun, queued, complete, cut short and sent again, notified. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../mode.h"
#include "uring_tx.h"

#define REFUSALS_MAX    100     /* with nothing of ours in the kernel, before giving up */
#define REFUSAL_WAIT_NS 1000000 /* RLIMIT_MEMLOCK is a user's: another worker may give way */

static uint64_t now_once(struct uring_tx *tx)
{
	if (!tx->now_ns)
		tx->now_ns = worker_now_ns();
	return tx->now_ns;
}

static void ready_push(struct uring_tx *tx, struct uring_stream *stream)
{
	tx->ready[(tx->ready_first + tx->ready_count++) % tx->stream_count] = stream;
}

static struct uring_stream *ready_pop(struct uring_tx *tx)
{
	struct uring_stream *stream = tx->ready[tx->ready_first];
	tx->ready_first = (tx->ready_first + 1) % tx->stream_count;
	tx->ready_count--;
	return stream;
}

static struct uring_transfer *transfer_take(struct worker *worker, struct uring_tx *tx,
					    const struct slice *slice, struct flow *flow)
{
	struct uring_transfer *transfer = tx->free;
	tx->free = transfer->next;
	transfer->next = NULL;
	transfer->flow = flow;
	transfer->buffer = slice->buffer;
	transfer->data = slice->data;
	transfer->length = (uint32_t)slice->length;
	transfer->taken = 0;
	tx_hold(worker, slice->buffer, slice->length);
	return transfer;
}

static void transfer_free(struct worker *worker, struct uring_tx *tx,
			  struct uring_transfer *transfer)
{
	tx_release(worker, transfer->buffer, transfer->length);
	transfer->state = TRANSFER_FREE;
	transfer->generation++;
	transfer->next = tx->free;
	tx->free = transfer;
}

/* From now on the transfer is only its first n bytes. */
static void transfer_shorten(struct worker *worker, struct uring_transfer *transfer, uint32_t n)
{
	tx_hold(worker, transfer->buffer, n);
	tx_release(worker, transfer->buffer, transfer->length);
	transfer->length = n;
}

/*
 * What is left of a cut transfer, to be queued in its place: the transfer itself, or another one
 * while a notification about its first part is still to come. NULL: there is no other one now.
 */
static struct uring_transfer *transfer_rest(struct worker *worker, struct uring_tx *tx,
					    struct uring_transfer *cut)
{
	struct slice slice = { .buffer = cut->buffer,
			       .data = cut->data + cut->taken,
			       .length = cut->length - cut->taken };
	if (cut->pinned && !tx->free)
		return NULL;
	if (!cut->pinned) {
		transfer_shorten(worker, cut, (uint32_t)slice.length);
		cut->data = slice.data;
		cut->taken = 0;
		cut->generation++;
		return cut;
	}
	struct uring_transfer *rest = transfer_take(worker, tx, &slice, cut->flow);
	rest->next = cut->next;
	transfer_shorten(worker, cut, cut->taken);
	cut->state = TRANSFER_RETIRED;
	return rest;
}

static struct io_uring_sqe *queue_request(struct worker *worker, struct uring_tx *tx,
					  struct uring_transfer *transfer)
{
	struct uring_stream *stream = transfer->flow->state;
	struct io_uring_sqe *sqe = uring_request(worker, &tx->uring);
	tx->prepare(sqe, transfer);
	sqe->user_data =
		(uint64_t)transfer->generation << 32 | (uint32_t)(transfer - tx->transfers);
	transfer->state = TRANSFER_QUEUED;
	if (tx->notifies)
		transfer->sent_ns = now_once(tx);
	stream->queued++;
	tx->queued++;
	return sqe;
}

/* The next transfer of a new message, at the end of its stream. */
static struct uring_transfer *stream_extend(struct worker *worker, struct uring_tx *tx,
					    struct uring_stream *stream)
{
	struct slice slice;
	if (!tx_may_begin(worker, stream->flow))
		return NULL;
	tx->wanting = !tx->free || !tx_begin(worker, stream->flow, &slice);
	if (tx->wanting)
		return NULL;
	struct uring_transfer *transfer = transfer_take(worker, tx, &slice, stream->flow);
	if (stream->last)
		stream->last->next = transfer;
	else
		stream->first = transfer;
	stream->last = transfer;
	return transfer;
}

/*
 * One chain: first what must be sent again, then new messages, up to the stream's share of the
 * free buffers.
 */
static unsigned int stream_queue(struct worker *worker, struct uring_tx *tx,
				 struct uring_stream *stream, unsigned int share)
{
	struct io_uring_sqe *sqe = NULL;
	struct uring_transfer **at = &stream->first;
	while (stream->queued < tx->chain_max && (*at || share)) {
		struct uring_transfer *transfer;
		if (*at) {
			transfer = transfer_rest(worker, tx, *at);
			tx->wanting = !transfer;
			if (transfer && stream->last == *at)
				stream->last = transfer;
			if (transfer)
				*at = transfer;
		} else {
			transfer = stream_extend(worker, tx, stream);
			share--;
		}
		if (!transfer)
			break;
		if (sqe)
			sqe->flags |= IOSQE_IO_LINK;
		sqe = queue_request(worker, tx, transfer);
		at = &transfer->next;
	}
	return stream->queued;
}

/* New messages of each ready flow, so that all get their part of the free buffers. */
static unsigned int fair_share(const struct worker *worker, const struct uring_tx *tx)
{
	unsigned int unused = worker->allowed > worker->held ? worker->allowed - worker->held : 0;
	unsigned int share = tx->ready_count ? unused / tx->ready_count : 0;
	return share ? share : 1;
}

/* Was refused for want of memory: is it worth another try? 0, or -errno. */
static int starve(struct worker *worker, struct uring_tx *tx)
{
	struct timespec wait = { .tv_nsec = REFUSAL_WAIT_NS };
	if (tx->lent || tx->queued)
		return 0; /* they will come back: wait for them first */
	tx->starved = false;
	/* Pages are charged when a chain is queued (6.15): all of it, or nothing is sent. */
	if (tx->chain_max > 1) {
		tx->chain_max /= 2;
		return 0;
	}
	if (++tx->refusals > REFUSALS_MAX)
		return uring_tx_unpinnable(worker);
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	nanosleep(&wait, NULL);
	return 0;
}

int uring_tx_fill(struct worker *worker)
{
	struct uring_tx *tx = worker->state;
	int err = tx->starved ? starve(worker, tx) : 0;
	tx->wanting = tx->starved;
	tx->now_ns = 0;
	if (err || tx->starved)
		return err;
	unsigned int share = fair_share(worker, tx), queued = 0;
	for (unsigned int i = tx->ready_count; i && !tx->wanting; i--) {
		struct uring_stream *stream = ready_pop(tx);
		unsigned int more = stream_queue(worker, tx, stream, share);
		if (!more)
			ready_push(tx, stream);
		queued += more;
	}
	return (int)queued;
}

/* The completion's verdict on a transfer. 0: go on, or -errno and worker->why. */
static int judge(struct worker *worker, struct uring_tx *tx, int32_t result)
{
	switch (-result) {
	case ECANCELED: /* a link before it broke */
	case EINTR:
	case EAGAIN:
		return 0;
	case ENOBUFS:
	case ENOMEM: /* RLIMIT_MEMLOCK: io_notif_account_mem in io_uring/notif.h */
		count_add(&worker->count.enobufs, 1);
		tx->starved = true;
		return 0;
	default:
		if (result > 0)
			tx->refusals = 0;
		return result >= 0 ? 0
				   : reason_set(&worker->why, -result, "%s: %s", worker->mode->name,
						strerror(-result));
	}
}

/* Takes off the front of the stream what the kernel has taken. */
static void stream_advance(struct worker *worker, struct uring_tx *tx, struct uring_stream *stream)
{
	struct uring_transfer *transfer;
	while ((transfer = stream->first) && transfer->state == TRANSFER_ENDED) {
		if (transfer->taken)
			tx_took(worker, stream->flow, transfer->buffer, transfer->taken);
		transfer->state = TRANSFER_CUT;
		if (transfer->taken < transfer->length)
			break;
		stream->first = transfer->next;
		if (!stream->first)
			stream->last = NULL;
		transfer->state = TRANSFER_RETIRED;
		if (!transfer->pinned)
			transfer_free(worker, tx, transfer);
	}
	if (!stream->queued)
		ready_push(tx, stream);
}

static void notified(struct worker *worker, struct uring_tx *tx, struct uring_transfer *transfer,
		     int32_t result)
{
	bool copied = (uint32_t)result & IORING_NOTIF_USAGE_ZC_COPIED;
	/*
	 * The kernel may also notify of a request that it cancelled, unannounced: it never had
	 * the buffer.
	 */
	if (!transfer->pinned)
		return;
	transfer->pinned = false;
	tx->pinned--;
	if (transfer->taken) {
		tx->lent--;
		tx->starved = false;
		count_add(&worker->count.notifications, 1);
		count_add(&worker->count.notifications_copied, copied);
		tx_notified(worker, transfer->taken, copied, transfer->sent_ns, now_once(tx));
	}
	if (transfer->state == TRANSFER_RETIRED)
		transfer_free(worker, tx, transfer);
}

int uring_tx_complete(struct worker *worker, uint64_t user_data, int32_t result, uint32_t flags)
{
	struct uring_tx *tx = worker->state;
	struct uring_transfer *transfer = &tx->transfers[(uint32_t)user_data];
	if (transfer->generation != (uint32_t)(user_data >> 32))
		return 0;
	if (flags & IORING_CQE_F_NOTIF) {
		notified(worker, tx, transfer, result);
		return 0;
	}
	struct uring_stream *stream = transfer->flow->state;
	transfer->state = TRANSFER_ENDED;
	transfer->taken = result > 0 ? (uint32_t)result : 0;
	if (flags & IORING_CQE_F_MORE) {
		transfer->pinned = true;
		tx->pinned++;
		tx->lent += transfer->taken > 0;
	}
	stream->queued--;
	tx->queued--;
	int err = judge(worker, tx, result);
	stream_advance(worker, tx, stream);
	return err;
}
