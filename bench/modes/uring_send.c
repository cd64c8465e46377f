/* SPDX-License-Identifier: MIT */
/* uring-send: the copying send of io_uring, in chains. */
#include "../mode.h"
#include "uring_tx.h"

static void prepare(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	/* MSG_WAITALL: a send that comes back short breaks the chain behind it (5.12). */
	io_uring_prep_send(sqe, transfer->flow->fd, transfer->data, transfer->length,
			   MSG_WAITALL | MSG_NOSIGNAL);
}

static int send_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	return uring_probe(IORING_OP_SEND, "5.6", why);
}

static int send_open(struct worker *worker)
{
	return uring_tx_open(worker, prepare, false, 0);
}

const struct copy_mode tx_uring_send = {
	.name = "uring-send",
	.summary = "io_uring SEND in linked batches: copies (5.6; MSG_WAITALL from 5.12)",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_COPIES | MODE_ASYNC,
	.state_size = sizeof(struct uring_tx),
	.probe = send_probe,
	.open = send_open,
	.step = uring_tx_step,
	.drain = uring_tx_drain,
	.close = uring_tx_close,
};
