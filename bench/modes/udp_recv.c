/* SPDX-License-Identifier: MIT */
/* udp-recv: a recv(2) a datagram. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"

static int recv_one(struct worker *worker, struct flow *flow)
{
	struct buffer *buffer = pool_take(&worker->pool);
	ssize_t n = socket_result(worker, recv(flow->fd, buffer->data, worker->pool.size, 0));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return reason_set(&worker->why, (int)-n, "recv of a UDP datagram: %s",
				  strerror((int)-n));
	datagram_got(worker, flow, buffer->data, (size_t)n);
	return 1;
}

static int step(struct worker *worker)
{
	return udp_rx_step(worker, recv_one);
}

const struct copy_mode rx_udp_recv = {
	.name = "udp-recv",
	.summary = "recv(2) of each datagram; what the other datagram receivers are compared with",
	.direction = MODE_RX,
	.service = &service_udp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct udp_rx),
	.open = udp_rx_open,
	.step = step,
	.close = udp_rx_close,
};
