/* SPDX-License-Identifier: MIT */
/* send, sendmsg: the copying calls that every other sender is compared with. */
#include <sys/socket.h>
#include <sys/uio.h>

#include "iovec.h"
#include "socket.h"

static int send_one(struct worker *worker, struct flow *flow)
{
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	return socket_sent(worker, flow, "send",
			   send(flow->fd, slice.data, slice.length, MSG_NOSIGNAL));
}

static int sendmsg_one(struct worker *worker, struct flow *flow)
{
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	struct iovec parts[IOVEC_MAX];
	struct msghdr message = { .msg_iov = parts };
	message.msg_iovlen = iovec_split(parts, slice.data, slice.length, worker->cell->parts);
	return socket_sent(worker, flow, "sendmsg", sendmsg(flow->fd, &message, MSG_NOSIGNAL));
}

static int send_step(struct worker *worker)
{
	return socket_step(worker, send_one);
}

static int sendmsg_step(struct worker *worker)
{
	return socket_step(worker, sendmsg_one);
}

const struct copy_mode tx_send = {
	.name = "send",
	.summary = "send(2): copies into socket buffers; what the others are compared with",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = send_step,
	.close = socket_close,
};

const struct copy_mode tx_sendmsg = {
	.name = "sendmsg",
	.summary = "sendmsg(2) of an iovec of `parts` parts: copies",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = sendmsg_step,
	.close = socket_close,
};

const struct copy_mode tx_unix_send = {
	.name = "unix-send",
	.summary = "send(2) on a stream socket of AF_UNIX: copies, without a network stack",
	.direction = MODE_TX,
	.service = &service_unix,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct socket_set),
	.open = socket_open,
	.step = send_step,
	.close = socket_close,
};
