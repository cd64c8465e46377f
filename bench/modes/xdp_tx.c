/* SPDX-License-Identifier: MIT */
/* The sending AF_XDP modes: their sockets, and the frames that come back. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../compat.h"
#include "xdp_program.h"
#include "xdp_write.h"

#define DRAIN_PATIENCE_NS (10ULL * 1000000000)
#define DOWN_PAUSE_MS     1

static int xdp_tx_open(struct worker *worker)
{
	struct xdp_tx *tx = worker->state;
	int err = xdp_open(worker, worker->flow_count);
	if (!err)
		err = xdp_write_open(worker, tx);
	/* Drivers set their queues up for it when a program is attached, whatever it does. */
	if (!err && (worker->mode->flags & MODE_CLAIMS)) {
		err = xdp_program_pass(tx->set.device, worker->cell->force, &worker->why);
		tx->program = !err;
	}
	if (!err && worker->cell->batch == FIELD_AUTO)
		worker->batch = XDP_BATCH;
	return err;
}

static void reap(struct worker *worker, struct xdp_tx *tx, struct xsk *xsk)
{
	struct xsk_ring *ring = &xsk->completion;
	uint32_t n = xsk_ring_ready(ring, 1);
	uint64_t now_ns = n ? worker_now_ns() : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t frame = xdp_frame(*xsk_ring_address(ring));
		const struct xdp_sent *sent = &tx->sent[frame];
		tx_release(worker, &worker->pool.buffers[frame], sent->bytes);
		tx_notified(worker, sent->bytes, !xsk->zerocopy, sent->at_ns, now_ns);
	}
	if (!n)
		return;
	count_add(&worker->count.notifications, n);
	if (!xsk->zerocopy)
		count_add(&worker->count.notifications_copied, n);
	xsk_ring_release(ring);
}

/* Has the kernel yet to take packets from the ring? */
static bool is_waiting(const struct xsk *xsk)
{
	return __atomic_load_n(xsk->packets.consumer, __ATOMIC_RELAXED) != xsk->packets.next;
}

/* Tells the kernel of packets in the ring. 0, or -errno and worker->why. */
static int kick(struct worker *worker, const struct xdp_tx *tx, struct xsk *xsk)
{
	if (!is_waiting(xsk) || (!tx->set.polls && !xsk_ring_sleeps(&xsk->packets)))
		return 0;
	count_add(&worker->count.syscalls, 1);
	if (sendto(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return 0;
	switch (errno) {
	case EAGAIN: /* the socket or the device is full, or this call has done its
			part */
	case EBUSY:  /* the device dropped a packet: the receiver misses it */
	case EINTR:
		count_add(&worker->count.eagain, 1);
		return 0;
	case ENOBUFS:
	case ENOMEM:
		count_add(&worker->count.enobufs, 1);
		return 0;
	case ENETDOWN: /* until somebody raises it again */
		count_add(&worker->count.waits, 1);
		poll(NULL, 0, DOWN_PAUSE_MS);
		return 0;
	default:
		return reason_set(&worker->why, errno, "sending by queue %u of %s: %s", xsk->queue,
				  tx->set.device, strerror(errno));
	}
}

static int serve_sockets(struct worker *worker, struct xdp_tx *tx)
{
	for (unsigned int i = 0; i < tx->set.count; i++) {
		struct xsk *xsk = &tx->set.sockets[i];
		xsk_ring_publish(&xsk->packets);
		int err = kick(worker, tx, xsk);
		if (err)
			return err;
		reap(worker, tx, xsk);
	}
	return 0;
}

static int xdp_tx_step(struct worker *worker)
{
	struct xdp_tx *tx = worker->state;
	unsigned int done = 0;
	tx->now_ns = 0;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		done += xdp_write(worker, tx, &worker->flows[i]);
	uint64_t was_held = worker->held;
	int err = serve_sockets(worker, tx);
	if (err)
		return err;
	/* Nobody wakes a sender whose frames come back: it looks again after the
	 * others. */
	if (!done && worker->held == was_held) {
		count_add(&worker->count.waits, 1);
		count_add(&worker->count.syscalls, 1);
		sched_yield();
	}
	return (int)done;
}

static int xdp_tx_drain(struct worker *worker)
{
	struct xdp_tx *tx = worker->state;
	uint64_t deadline = worker_now_ns() + DRAIN_PATIENCE_NS;
	while (worker->held) {
		uint64_t was_held = worker->held;
		tx->now_ns = 0;
		int err = serve_sockets(worker, tx);
		if (err)
			return err;
		if (worker->held != was_held)
			deadline = worker_now_ns() + DRAIN_PATIENCE_NS;
		else if (worker_now_ns() > deadline)
			return reason_set(&worker->why, ETIMEDOUT,
					  "%s has not given %u frames back for %d s; has it lost "
					  "its link?",
					  tx->set.device, worker->held,
					  (int)(DRAIN_PATIENCE_NS / 1000000000));
		else
			sched_yield();
	}
	return 0;
}

static void xdp_tx_close(struct worker *worker)
{
	struct xdp_tx *tx = worker->state;
	if (tx->program)
		xdp_program_release();
	xdp_close(worker);
	xdp_write_close(tx);
}

#define XDP_TX_MODE(_symbol, _name, _summary, _claims)         \
	const struct copy_mode _symbol = {                     \
		.name = _name,                                 \
		.summary = _summary,                           \
		.direction = MODE_TX,                          \
		.service = &service_xdp,                       \
		.flags = (_claims) | MODE_ASYNC | MODE_FRAMES, \
		.capabilities = XDP_CAPABILITIES,              \
		.frame_bytes = XSK_FRAME_BYTES,                \
		.state_size = sizeof(struct xdp_tx),           \
		.probe = xdp_probe,                            \
		.open = xdp_tx_open,                           \
		.step = xdp_tx_step,                           \
		.drain = xdp_tx_drain,                         \
		.close = xdp_tx_close,                         \
	}

XDP_TX_MODE(tx_xdp_copy, "xdp-copy",
	    "AF_XDP bound with XDP_COPY (4.18): the kernel copies frames into packets",
	    MODE_COPIES);
XDP_TX_MODE(tx_xdp_zerocopy, "xdp-zerocopy",
	    "AF_XDP bound with XDP_ZEROCOPY (4.18): the device reads the frames",
	    MODE_CLAIMS | MODE_REPORTS);
