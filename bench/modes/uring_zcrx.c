/* SPDX-License-Identifier: MIT */
/*
 * uring-zcrx: io_uring RECV_ZC (6.15). A device puts payload straight into an area of ours, a
 * completion says where, and a ring takes the buffer back. What did not come in the area (short
 * packets, flows that arrive at another queue) the kernel copies into it, and from 7.2 on counts.
 *
 * uring-zcrx-nodev: the same without a device: the whole path of the program, all bytes copied.
 *
 * Reception stops when the queue of completions is full (ENOSPC), or when a copy finds no free
 * buffer (ENOMEM). Nothing is lost: the request is posted again.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <time.h>

#include "../mode.h"
#include "uring_rx.h"
#include "zcrx_set.h"

#define COMPLETIONS_MAX 32768
#define BARREN_NS       5000000000ULL /* so long without a byte, though the kernel has some */

struct state {
	struct uring uring;
	struct zcrx_set set;
	uint64_t barren_since; /* ns, 0: the last completion brought bytes */
};

static void post(struct worker *worker, struct flow *flow)
{
	struct state *state = worker->state;
	const struct zcrx *zcrx = flow->state;
	struct io_uring_sqe *sqe = uring_request(worker, &state->uring);
	io_uring_prep_rw(COMPAT_OP_RECV_ZC, sqe, flow->fd, NULL, 0, 0);
	sqe->ioprio = IORING_RECV_MULTISHOT;
	sqe->file_index = zcrx->id; /* zcrx_ifq_idx: the same union */
	sqe->user_data = flow->index;
}

static int take(struct worker *worker, struct flow *flow, const struct io_uring_cqe *cqe)
{
	struct state *state = worker->state;
	struct zcrx *zcrx = flow->state;
	state->barren_since = 0;
	rx_got(worker, flow, zcrx_data(zcrx, cqe), (size_t)cqe->res);
	if (zcrx_return(zcrx, cqe))
		return 1;
	return reason_set(&worker->why, ENOBUFS,
			  "the kernel took no buffer back from the refill ring, and it is full");
}

/* Out of room for a moment: 0, or -ENOBUFS when no room comes back. */
static int starved(struct worker *worker)
{
	struct state *state = worker->state;
	uint64_t now = worker_now_ns();
	count_add(&worker->count.enobufs, 1);
	if (!state->barren_since)
		state->barren_since = now;
	if (now - state->barren_since > BARREN_NS)
		return reason_set(
			&worker->why, ENOBUFS,
			"no buffer of the area came free for 5 s: the device holds all of them, or "
			"(before kernel 7.0) takes none back as no flow comes by its queue; raise "
			"--buffers, or steer the flows to the queue");
	return 0;
}

static int complete(struct worker *worker, struct flow *flow, const struct io_uring_cqe *cqe)
{
	int done;
	if (cqe->res > 0)
		done = take(worker, flow, cqe);
	else if (cqe->res == -ENOSPC || cqe->res == -ENOMEM)
		done = starved(worker);
	else
		done = uring_rx_result(worker, flow, cqe->res);
	if (done >= 0 && !(cqe->flags & IORING_CQE_F_MORE) && !flow->ended)
		post(worker, flow);
	return done;
}

/*
 * A device takes buffers back as it fills them, and so takes none while all flows come by other
 * queues: their copies find no room then. Without a device nobody does but on demand: a quarter
 * of them at a time.
 */
static bool is_due(const struct state *state, const struct zcrx *zcrx)
{
	uint32_t waiting = zcrx_waiting(zcrx);
	return state->set.device.index ? state->barren_since && waiting
				       : waiting >= zcrx->buffers / 4;
}

static int give_back(struct worker *worker)
{
	struct state *state = worker->state;
	for (unsigned int i = 0; i < state->set.count; i++) {
		struct zcrx *zcrx = &state->set.areas[i];
		zcrx_publish(zcrx);
		if (!is_due(state, zcrx))
			continue;
		int err = zcrx_flush(zcrx, &state->uring);
		count_add(&worker->count.syscalls, 1);
		/* With a device an older kernel, which cannot, is no failure by that. */
		if (err && !state->set.device.index)
			return reason_set(&worker->why, -err,
					  "flushing the refill ring (ZCRX_CTRL_FLUSH_RQ, 7.0): %s",
					  strerror(-err));
	}
	return 0;
}

static int step(struct worker *worker)
{
	struct state *state = worker->state;
	int done = uring_rx_step(worker, &state->uring, complete);
	int err = done < 0 ? done : give_back(worker);
	if (!err && state->barren_since) {
		struct timespec pause = { .tv_nsec = 100000 };
		nanosleep(&pause, NULL); /* the device's own buffers come back one by one */
	}
	return err ? err : done;
}

static int open_with(struct worker *worker, bool device)
{
	struct state *state = worker->state;
	const struct cell *cell = worker->cell;
	uint64_t completions = worker->pool.stride * worker->pool.count / 4096;
	if (cell->depth != FIELD_AUTO)
		completions = cell->depth;
	if (completions > COMPLETIONS_MAX)
		completions = COMPLETIONS_MAX;
	int err = uring_open_wide(&state->uring, worker->flow_count, (unsigned int)completions,
				  &worker->why);
	if (!err)
		err = zcrx_set_open(&state->set, worker, &state->uring, device);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		post(worker, &worker->flows[i]);
	return err;
}

static int device_open(struct worker *worker)
{
	return open_with(worker, true);
}

static int nodev_open(struct worker *worker)
{
	return open_with(worker, false);
}

/* The kernel counts as it delivers, so only now are its count and ours of the same bytes. */
static void account(struct worker *worker)
{
	struct state *state = worker->state;
	uint64_t bytes = worker->count.bytes, copied = zcrx_set_copied(&state->set);
	worker->untold = copied == FIELD_UNKNOWN;
	if (worker->untold)
		return;
	if (copied > bytes)
		copied = bytes;
	count_add(&worker->count.copied_bytes, copied);
	count_add(&worker->count.zerocopy_bytes, bytes - copied);
}

static void close_mode(struct worker *worker)
{
	struct state *state = worker->state;
	account(worker);
	uring_close(&state->uring);
	zcrx_set_close(&state->set);
}

static int probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	struct uring uring = { .ready = false };
	int err = uring_open_wide(&uring, 1, 1, why);
	if (!err)
		err = uring_knows(&uring, COMPAT_OP_RECV_ZC, "6.15", why);
	if (!err && !zcrx_built(&uring))
		err = reason_set(why, EOPNOTSUPP,
				 "this kernel was built without CONFIG_IO_URING_ZCRX");
	uring_close(&uring);
	return err;
}

const struct copy_mode rx_uring_zcrx = {
	.name = "uring-zcrx",
	.summary = "io_uring RECV_ZC (6.15): a device's queue fills an area of ours",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC | MODE_AREA | MODE_QUEUE,
	.capabilities = MODE_MAY(CAP_NET_ADMIN),
	.state_size = sizeof(struct state),
	.probe = probe,
	.open = device_open,
	.step = step,
	.close = close_mode,
};

const struct copy_mode rx_uring_zcrx_nodev = {
	.name = "uring-zcrx-nodev",
	.summary = "io_uring RECV_ZC without a device (7.1): copies into an area of ours",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES | MODE_ASYNC | MODE_AREA,
	.capabilities = MODE_MAY(CAP_NET_ADMIN),
	.state_size = sizeof(struct state),
	.probe = probe,
	.open = nodev_open,
	.step = step,
	.close = close_mode,
};
