/* SPDX-License-Identifier: MIT */
/*
 * uring-recv-multishot: one request a flow that completes again and again, each time with a
 * buffer from a ring that all flows share. uring-recv-bundle: each completion may bring several
 * buffers that follow each other in the ring, filled one after the other.
 *
 * Until commit 3a08988123c8 (6.16, and stable) a bundle could have a gap that nothing tells of;
 * `verify` sees it.
 */
#include <errno.h>

#include "../mode.h"
#include "uring_buffers.h"
#include "uring_rx.h"

struct multishot {
	struct uring uring;
	struct uring_buffers buffers;
	uint16_t flags; /* of the request, in ioprio */
};

static void arm(struct io_uring_sqe *sqe, int fd, uint16_t flags)
{
	io_uring_prep_recv(sqe, fd, NULL, 0, 0);
	sqe->ioprio = flags;
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 0;
}

static void post(struct worker *worker, struct flow *flow)
{
	struct multishot *state = worker->state;
	struct io_uring_sqe *sqe = uring_request(worker, &state->uring);
	arm(sqe, flow->fd, state->flags);
	sqe->user_data = flow->index;
}

/* n bytes, from the start of buffer `id` on; gives the buffers back. */
static void take(struct worker *worker, struct flow *flow, uint16_t id, size_t n)
{
	struct multishot *state = worker->state;
	const struct pool *pool = &worker->pool;
	while (n) {
		size_t part = n < pool->size ? n : pool->size;
		uint16_t after = uring_buffers_after(&state->buffers, id);
		rx_got(worker, flow, pool->buffers[id].data, part);
		uring_buffers_add(&state->buffers, pool, id);
		id = after;
		n -= part;
	}
}

static int multishot_complete(struct worker *worker, struct flow *flow,
			      const struct io_uring_cqe *cqe)
{
	struct multishot *state = worker->state;
	uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	int n = uring_rx_result(worker, flow, cqe->res);
	if (n < 0)
		return n;
	if (n > 0)
		take(worker, flow, id, (size_t)n);
	else if (cqe->flags & IORING_CQE_F_BUFFER)
		uring_buffers_add(&state->buffers, &worker->pool, id);
	if (!(cqe->flags & IORING_CQE_F_MORE) && !flow->ended)
		post(worker, flow);
	return n > 0;
}

static int multishot_step(struct worker *worker)
{
	struct multishot *state = worker->state;
	int done = uring_rx_step(worker, &state->uring, multishot_complete);
	uring_buffers_publish(&state->buffers);
	return done;
}

static int open_with(struct worker *worker, uint16_t flags)
{
	struct multishot *state = worker->state;
	state->flags = flags;
	/* Every buffer may be waiting in a completion of its own, and every flow may end. */
	int err = uring_open(&state->uring, worker->flow_count,
			     worker->pool.count + 2 * worker->flow_count, &worker->why);
	if (!err)
		err = uring_buffers_open(&state->buffers, &state->uring, &worker->pool,
					 &worker->why);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		post(worker, &worker->flows[i]);
	return err;
}

static int multishot_open(struct worker *worker)
{
	return open_with(worker, IORING_RECV_MULTISHOT);
}

static int bundle_open(struct worker *worker)
{
	return open_with(worker, IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE);
}

static void multishot_close(struct worker *worker)
{
	struct multishot *state = worker->state;
	uring_close(&state->uring);
	uring_buffers_close(&state->buffers);
}

static int try_flags(uint16_t flags, const char *release, struct reason *why)
{
	static unsigned char page[4096];
	struct buffer buffer = { .data = page };
	struct pool pool = { .buffers = &buffer, .count = 1, .size = sizeof(page) };
	struct uring uring = { .ready = false };
	struct uring_buffers buffers = { .ring = NULL };
	int result = 0, err = uring_probe(IORING_OP_RECV, "5.6", why);
	if (!err)
		err = uring_open(&uring, 2, 4, why);
	if (!err)
		err = uring_buffers_open(&buffers, &uring, &pool, why);
	if (!err) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&uring.ring);
		arm(sqe, -1, flags);
		err = uring_try(&uring, sqe, &result, why);
	}
	if (!err && (result == -EINVAL || ((flags & IORING_RECVSEND_BUNDLE) &&
					   !(uring.ring.features & IORING_FEAT_RECVSEND_BUNDLE))))
		err = reason_set(why, EOPNOTSUPP,
				 "this kernel refuses the request's flags; needs kernel %s",
				 release);
	uring_close(&uring);
	uring_buffers_close(&buffers);
	return err;
}

static int multishot_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	return try_flags(IORING_RECV_MULTISHOT, "6.0", why);
}

static int bundle_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	return try_flags(IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE, "6.10", why);
}

const struct copy_mode rx_uring_recv_multishot = {
	.name = "uring-recv-multishot",
	.summary = "io_uring multishot RECV into a ring of provided buffers: copies (6.0)",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES | MODE_ASYNC,
	.state_size = sizeof(struct multishot),
	.probe = multishot_probe,
	.open = multishot_open,
	.step = multishot_step,
	.close = multishot_close,
};

const struct copy_mode rx_uring_recv_bundle = {
	.name = "uring-recv-bundle",
	.summary = "io_uring multishot RECV, several provided buffers at once: copies (6.10)",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES | MODE_ASYNC,
	.state_size = sizeof(struct multishot),
	.probe = bundle_probe,
	.open = bundle_open,
	.step = multishot_step,
	.close = multishot_close,
};
