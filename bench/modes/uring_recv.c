/* SPDX-License-Identifier: MIT */
/* uring-recv: one RECV a flow, posted again when it completes. Also the step of all rx modes. */
#include <errno.h>
#include <string.h>

#include "../mode.h"
#include "uring_rx.h"

static int reap(struct worker *worker, struct uring *uring, uring_rx_complete *complete)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int done = 0, got = 0;
	io_uring_for_each_cqe(&uring->ring, head, cqe)
	{
		seen++;
		got = complete(worker, &worker->flows[cqe->user_data], cqe);
		if (got < 0)
			break;
		done += got;
	}
	io_uring_cq_advance(&uring->ring, seen);
	return got < 0 ? got : done;
}

int uring_rx_step(struct worker *worker, struct uring *uring, uring_rx_complete *complete)
{
	int err = uring_enter(worker, uring, 1);
	return err ? err : reap(worker, uring, complete);
}

int uring_rx_result(struct worker *worker, struct flow *flow, int32_t result)
{
	switch (-result) {
	case 0:
		rx_end(worker, flow);
		return 0;
	case ENOBUFS: /* the buffer ring was empty */
		count_add(&worker->count.enobufs, 1);
		return 0;
	case EAGAIN:
	case EINTR:
		count_add(&worker->count.eagain, 1);
		return 0;
	default:
		return result > 0 ? result
				  : reason_set(&worker->why, -result, "%s: %s", worker->mode->name,
					       strerror(-result));
	}
}

/* The flow's next buffer: every flow_count-th one is its own. */
static struct buffer *flow_buffer(struct worker *worker, struct flow *flow)
{
	struct buffer *last = flow->state;
	uint32_t next = last ? last->index + worker->flow_count : flow->index;
	if (next >= worker->pool.count)
		next = flow->index;
	flow->state = &worker->pool.buffers[next];
	return flow->state;
}

static void post(struct worker *worker, struct flow *flow)
{
	struct uring *uring = worker->state;
	struct io_uring_sqe *sqe = uring_request(worker, uring);
	io_uring_prep_recv(sqe, flow->fd, flow_buffer(worker, flow)->data, worker->pool.size, 0);
	sqe->user_data = flow->index;
}

static int recv_complete(struct worker *worker, struct flow *flow, const struct io_uring_cqe *cqe)
{
	const struct buffer *buffer = flow->state;
	int n = uring_rx_result(worker, flow, cqe->res);
	if (n < 0)
		return n;
	if (n > 0)
		rx_got(worker, flow, buffer->data, (size_t)n);
	if (!flow->ended)
		post(worker, flow);
	return n > 0;
}

static int recv_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	return uring_probe(IORING_OP_RECV, "5.6", why);
}

static int recv_open(struct worker *worker)
{
	struct uring *uring = worker->state;
	if (worker->pool.count < worker->flow_count)
		return reason_set(&worker->why, EINVAL,
				  "each of a worker's %u flows needs a buffer of its own; raise "
				  "--buffers or leave it at auto",
				  worker->flow_count);
	int err = uring_open(uring, worker->flow_count, worker->flow_count, &worker->why);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		post(worker, &worker->flows[i]);
	return err;
}

static int recv_step(struct worker *worker)
{
	return uring_rx_step(worker, worker->state, recv_complete);
}

static void recv_close(struct worker *worker)
{
	uring_close(worker->state);
}

const struct copy_mode rx_uring_recv = {
	.name = "uring-recv",
	.summary = "io_uring RECV, one posted on each flow: copies (5.6)",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES | MODE_ASYNC,
	.state_size = sizeof(struct uring),
	.probe = recv_probe,
	.open = recv_open,
	.step = recv_step,
	.close = recv_close,
};
