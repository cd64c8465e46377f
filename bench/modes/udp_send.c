/* SPDX-License-Identifier: MIT */
/*
 * udp-send: a send(2) a datagram. udp-gso: as many datagrams of a message a send as UDP_SEGMENT
 * (bec1f6f69736, 4.18) takes: the kernel cuts them as late as it can, or leaves it to the device.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"
#include "udp_gso.h"

struct udp_send {
	struct socket_set set; /* first: socket_step's */
	uint64_t most;         /* datagrams of a send */
};

static int send_one(struct worker *worker, struct flow *flow)
{
	const struct udp_send *state = worker->state;
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	struct udp_run run = udp_run_next(worker, flow, state->most);
	ssize_t n = socket_result(worker, send(flow->fd, run.data, run.length, MSG_NOSIGNAL));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return udp_send_failed(worker, "send", (int)-n);
	datagram_sent(flow, run.datagrams);
	tx_sent(worker, flow, run.payload);
	return 1;
}

static int step(struct worker *worker)
{
	return socket_step(worker, send_one);
}

static int send_open(struct worker *worker)
{
	struct udp_send *state = worker->state;
	state->most = 1;
	return socket_open(worker);
}

static int gso_open(struct worker *worker)
{
	struct udp_send *state = worker->state;
	int err = udp_gso_enable(worker, &state->most);
	return err ? err : socket_open(worker);
}

const struct copy_mode tx_udp_send = {
	.name = "udp-send",
	.summary = "send(2) of each datagram; what the other datagram senders are compared with",
	.direction = MODE_TX,
	.service = &service_udp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct udp_send),
	.layout = udp_layout,
	.open = send_open,
	.step = step,
	.close = socket_close,
};

const struct copy_mode tx_udp_gso = {
	.name = "udp-gso",
	.summary = "send(2) of many datagrams of a message at once, cut by UDP_SEGMENT (4.18)",
	.direction = MODE_TX,
	.service = &service_udp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct udp_send),
	.probe = udp_gso_probe,
	.layout = udp_layout,
	.open = gso_open,
	.step = step,
	.close = socket_close,
};
