/* SPDX-License-Identifier: MIT */
/*
 * uring-send-zc, uring-sendmsg-zc: zero-copy sends of io_uring, each with registered buffers
 * (-fixed: the pages are pinned once) or without (pinned again for every send).
 *
 * A send completes twice: when the socket has taken it, and (F_NOTIF) when the kernel has let go
 * of its pages, with the news whether it copied them after all (IORING_SEND_ZC_REPORT_USAGE).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../mode.h"
#include "iovec.h"
#include "uring_tx.h"

#define FIXED_BUFFERS_MAX 16384                /* IORING_MAX_REG_BUFFERS of io_uring/rsrc.c */
#define REPORT_RELEASE    "6.2, or a late 6.1" /* of IORING_SEND_ZC_REPORT_USAGE */
#define SEND_FLAGS        (MSG_WAITALL | MSG_NOSIGNAL)

static void prepare_send(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	io_uring_prep_send_zc(sqe, transfer->flow->fd, transfer->data, transfer->length, SEND_FLAGS,
			      IORING_SEND_ZC_REPORT_USAGE);
}

static void prepare_send_fixed(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	io_uring_prep_send_zc_fixed(sqe, transfer->flow->fd, transfer->data, transfer->length,
				    SEND_FLAGS, IORING_SEND_ZC_REPORT_USAGE,
				    transfer->buffer->index);
}

static void prepare_sendmsg(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	transfer->message.msg_iov = transfer->parts;
	transfer->message.msg_iovlen =
		iovec_split(transfer->parts, transfer->data, transfer->length, transfer->parts_max);
	io_uring_prep_sendmsg_zc(sqe, transfer->flow->fd, &transfer->message, SEND_FLAGS);
	sqe->ioprio |= IORING_SEND_ZC_REPORT_USAGE;
}

static void prepare_sendmsg_fixed(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	prepare_sendmsg(sqe, transfer);
	sqe->ioprio |= IORING_RECVSEND_FIXED_BUF;
	sqe->buf_index = (uint16_t)transfer->buffer->index;
}

/*
 * Tries the request with its flags on a small buffer: opcodes can be asked for, flags cannot.
 * EINVAL is the kernel's word for a flag that it does not know.
 */
static int try_flags(uring_prepare *prepare, bool fixed, const char *release, struct reason *why)
{
	static unsigned char page[4096] __attribute__((aligned(4096)));
	struct iovec iov = { .iov_base = page, .iov_len = sizeof(page) }, part;
	struct buffer buffer = { .data = page };
	struct flow flow = { .fd = -1 };
	struct uring_transfer transfer = { .flow = &flow,
					   .buffer = &buffer,
					   .data = page,
					   .length = sizeof(page),
					   .parts = &part,
					   .parts_max = 1 };
	struct uring uring = { .ready = false };
	int result = 0, err = uring_open(&uring, 2, 4, why);
	if (!err && fixed && (err = uring_register(&uring, &iov, 1)))
		err = reason_set(why, -err,
				 "registering a buffer: %s; raise RLIMIT_MEMLOCK "
				 "(ulimit -l)",
				 strerror(-err));
	if (!err) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&uring.ring);
		prepare(sqe, &transfer);
		err = uring_try(&uring, sqe, &result, why);
	}
	uring_close(&uring);
	if (!err && result == -EINVAL)
		err = reason_set(why, EOPNOTSUPP,
				 "this kernel refuses the request's flags; needs kernel %s",
				 release);
	return err;
}

static int send_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int err = uring_probe(IORING_OP_SEND_ZC, "6.0", why);
	return err ? err : try_flags(prepare_send, false, REPORT_RELEASE, why);
}

static int send_fixed_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int err = uring_probe(IORING_OP_SEND_ZC, "6.0", why);
	return err ? err : try_flags(prepare_send_fixed, true, REPORT_RELEASE, why);
}

static int sendmsg_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int err = uring_probe(IORING_OP_SENDMSG_ZC, "6.1", why);
	return err ? err : try_flags(prepare_sendmsg, false, REPORT_RELEASE, why);
}

static int sendmsg_fixed_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int err = uring_probe(IORING_OP_SENDMSG_ZC, "6.1", why);
	return err ? err : try_flags(prepare_sendmsg_fixed, true, "6.15", why);
}

/* Each buffer of the pool under its own index. */
static int register_pool(struct worker *worker)
{
	struct uring_tx *tx = worker->state;
	struct pool *pool = &worker->pool;
	if (pool->count > FIXED_BUFFERS_MAX)
		return reason_set(&worker->why, EINVAL,
				  "io_uring registers at most %d buffers; lower --buffers",
				  FIXED_BUFFERS_MAX);
	struct iovec *all = calloc(pool->count, sizeof(*all));
	if (!all)
		return reason_set(&worker->why, ENOMEM, "no memory for a list of buffers");
	for (unsigned int i = 0; i < pool->count; i++)
		all[i] = (struct iovec){ .iov_base = pool->buffers[i].data, .iov_len = pool->size };
	int err = uring_register(&tx->uring, all, pool->count);
	free(all);
	if (err)
		return reason_set(&worker->why, -err,
				  "registering %u buffers of %zu bytes: %s; raise RLIMIT_MEMLOCK "
				  "(ulimit -l), or lower --depth, --buffers or --size",
				  pool->count, pool->size, strerror(-err));
	return 0;
}

static int send_open(struct worker *worker)
{
	return uring_tx_open(worker, prepare_send, true, 0);
}

static int send_fixed_open(struct worker *worker)
{
	int err = uring_tx_open(worker, prepare_send_fixed, true, 0);
	return err ? err : register_pool(worker);
}

static int sendmsg_open(struct worker *worker)
{
	return uring_tx_open(worker, prepare_sendmsg, true, worker->cell->parts);
}

static int sendmsg_fixed_open(struct worker *worker)
{
	int err = uring_tx_open(worker, prepare_sendmsg_fixed, true, worker->cell->parts);
	return err ? err : register_pool(worker);
}

#define SEND_ZC_MODE(_symbol, _name, _summary, _probe, _open)     \
	const struct copy_mode _symbol = {                        \
		.name = _name,                                    \
		.summary = _summary,                              \
		.direction = MODE_TX,                             \
		.service = &service_tcp,                          \
		.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC, \
		.state_size = sizeof(struct uring_tx),            \
		.probe = _probe,                                  \
		.open = _open,                                    \
		.step = uring_tx_step,                            \
		.drain = uring_tx_drain,                          \
		.close = uring_tx_close,                          \
	}

SEND_ZC_MODE(tx_uring_send_zc, "uring-send-zc",
	     "io_uring SEND_ZC in linked batches, pages pinned for each send (6.0)", send_probe,
	     send_open);
SEND_ZC_MODE(tx_uring_send_zc_fixed, "uring-send-zc-fixed",
	     "io_uring SEND_ZC of registered buffers, pinned once (6.0)", send_fixed_probe,
	     send_fixed_open);
SEND_ZC_MODE(tx_uring_sendmsg_zc, "uring-sendmsg-zc",
	     "io_uring SENDMSG_ZC of an iovec of `parts` parts (6.1)", sendmsg_probe, sendmsg_open);
SEND_ZC_MODE(tx_uring_sendmsg_zc_fixed, "uring-sendmsg-zc-fixed",
	     "io_uring SENDMSG_ZC of an iovec within registered buffers (6.15)",
	     sendmsg_fixed_probe, sendmsg_fixed_open);
