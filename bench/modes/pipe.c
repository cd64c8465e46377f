/* SPDX-License-Identifier: MIT */
/*
 * pipe: what a byte costs that one program writes to a pipe and another reads from it: copied in
 * and out; or its pages given to the pipe (vmsplice), and taken from it unseen (splice to
 * /dev/null).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pages.h"
#include "socket.h"

struct pipe_state {
	struct socket_set set; /* first: socket_step's */
	int sink;              /* of splicing receivers: /dev/null */
};

static int write_one(struct worker *worker, struct flow *flow)
{
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	return socket_sent(worker, flow, "write", write(flow->fd, slice.data, slice.length));
}

static int vmsplice_one(struct worker *worker, struct flow *flow)
{
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	struct iovec part = { .iov_base = slice.data, .iov_len = slice.length };
	unsigned int flags = worker->flow_count > 1 ? SPLICE_F_NONBLOCK : 0;
	return socket_sent(worker, flow, "vmsplice", vmsplice(flow->fd, &part, 1, flags));
}

static int read_one(struct worker *worker, struct flow *flow)
{
	struct buffer *buffer = pool_take(&worker->pool);
	ssize_t n = read(flow->fd, buffer->data, worker->pool.size);
	return socket_got(worker, flow, "read", n, buffer->data);
}

static int splice_one(struct worker *worker, struct flow *flow)
{
	const struct pipe_state *state = worker->state;
	unsigned int flags = SPLICE_F_MOVE | (worker->flow_count > 1 ? SPLICE_F_NONBLOCK : 0);
	ssize_t n = splice(flow->fd, NULL, state->sink, NULL, worker->pool.size, flags);
	return socket_got(worker, flow, "splice", n, NULL);
}

static int write_step(struct worker *worker)
{
	return socket_step(worker, write_one);
}

static int vmsplice_step(struct worker *worker)
{
	return socket_step(worker, vmsplice_one);
}

static int read_step(struct worker *worker)
{
	return socket_step(worker, read_one);
}

static int splice_step(struct worker *worker)
{
	return socket_step(worker, splice_one);
}

static int vmsplice_open(struct worker *worker)
{
	int err = pages_open(worker);
	return err ? err : socket_open(worker);
}

static int splice_open(struct worker *worker)
{
	struct pipe_state *state = worker->state;
	state->sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (state->sink < 0)
		return reason_set(&worker->why, errno, "opening /dev/null: %s", strerror(errno));
	return socket_open(worker);
}

static void splice_close(struct worker *worker)
{
	const struct pipe_state *state = worker->state;
	if (state->sink > 0)
		close(state->sink);
	socket_close(worker);
}

const struct copy_mode tx_pipe_write = {
	.name = "pipe-write",
	.summary = "write(2) to a pipe: copies into its pages",
	.direction = MODE_TX,
	.service = &service_pipe,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct pipe_state),
	.open = socket_open,
	.step = write_step,
	.close = socket_close,
};

const struct copy_mode tx_pipe_vmsplice = {
	.name = "pipe-vmsplice",
	.summary = "vmsplice(2) to a pipe: pages by reference, no notice",
	.direction = MODE_TX,
	.service = &service_pipe,
	.flags = MODE_CLAIMS,
	.state_size = sizeof(struct pipe_state),
	.probe = pages_probe,
	.open = vmsplice_open,
	.step = vmsplice_step,
	.renew = pages_renew,
	.close = socket_close,
};

const struct copy_mode rx_pipe_read = {
	.name = "pipe-read",
	.summary = "read(2) from a pipe: copies out of its pages",
	.direction = MODE_RX,
	.service = &service_pipe,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct pipe_state),
	.open = socket_open,
	.step = read_step,
	.close = socket_close,
};

const struct copy_mode rx_pipe_splice = {
	.name = "pipe-splice",
	.summary = "splice(2) from a pipe to /dev/null",
	.direction = MODE_RX,
	.service = &service_pipe,
	.flags = MODE_CLAIMS | MODE_BLIND,
	.state_size = sizeof(struct pipe_state),
	.open = splice_open,
	.step = splice_step,
	.close = splice_close,
};
