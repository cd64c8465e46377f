/* SPDX-License-Identifier: MIT */
/* recv, recvmsg: the copying receivers. recv-trunc: the floor under them, which discards. */
#include <sys/socket.h>

#include "iovec.h"
#include "socket.h"

static int recv_one(struct worker *worker, struct flow *flow)
{
	struct buffer *buffer = pool_take(&worker->pool);
	ssize_t n = recv(flow->fd, buffer->data, worker->pool.size, 0);
	return socket_got(worker, flow, "recv", n, buffer->data);
}

static int trunc_one(struct worker *worker, struct flow *flow)
{
	/* tcp(7): MSG_TRUNC makes TCP discard the bytes instead of passing them back. */
	ssize_t n = recv(flow->fd, NULL, worker->pool.size, MSG_TRUNC);
	return socket_got(worker, flow, "recv with MSG_TRUNC", n, NULL);
}

static int recvmsg_one(struct worker *worker, struct flow *flow)
{
	struct buffer *buffer = pool_take(&worker->pool);
	struct iovec parts[IOVEC_MAX];
	struct msghdr message = { .msg_iov = parts };
	message.msg_iovlen =
		iovec_split(parts, buffer->data, worker->pool.size, worker->cell->parts);
	return socket_got(worker, flow, "recvmsg", recvmsg(flow->fd, &message, 0), buffer->data);
}

static int recv_step(struct worker *worker)
{
	return socket_step(worker, recv_one);
}

static int trunc_step(struct worker *worker)
{
	return socket_step(worker, trunc_one);
}

static int recvmsg_step(struct worker *worker)
{
	return socket_step(worker, recvmsg_one);
}

const struct copy_mode rx_recv = {
	.name = "recv",
	.summary = "recv(2): copies out of socket buffers; what the others are compared with",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = recv_step,
	.close = socket_close,
};

const struct copy_mode rx_recv_trunc = {
	.name = "recv-trunc",
	.summary = "recv(2) with MSG_TRUNC: the kernel discards the payload; a floor, no delivery",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_DISCARDS | MODE_BLIND,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = trunc_step,
	.close = socket_close,
};

const struct copy_mode rx_recvmsg = {
	.name = "recvmsg",
	.summary = "recvmsg(2) into an iovec of `parts` parts: copies",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = recvmsg_step,
	.close = socket_close,
};

const struct copy_mode rx_unix_recv = {
	.name = "unix-recv",
	.summary = "recv(2) on a stream socket of AF_UNIX: copies",
	.direction = MODE_RX,
	.service = &service_unix,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = recv_step,
	.close = socket_close,
};
