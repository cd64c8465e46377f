/* SPDX-License-Identifier: MIT */
/* unix: a stream socket of AF_UNIX a flow: TCP's calls without TCP. */
#include <sys/socket.h>

#include "../control.h"
#include "../local.h"

extern const struct copy_mode tx_unix_send, rx_unix_recv;

/* The connection over which the ends met is the flow. */
static void take_connections(const struct order *order, struct flow *flows)
{
	for (uint64_t i = 0; i < order->cell.flows; i++) {
		flows[i].fd = flows[i].control;
		flows[i].control = -1;
	}
}

static int unix_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		       uint64_t *strangers, struct reason *why)
{
	int err = local_accept(order, listener, hangup_fd, flows, strangers, why);
	if (!err)
		take_connections(order, flows);
	return err;
}

static int join(const struct order *order, struct flow *flow, struct reason *why)
{
	(void)order;
	return local_pass(flow, -1, why);
}

static int unix_dial(const struct order *order, const char *where, struct flow *flows,
		     struct reason *why)
{
	int err = local_dial(order, where, flows, join, why);
	if (!err)
		take_connections(order, flows);
	return err;
}

static void unix_half_close(struct flow *flow)
{
	shutdown(flow->fd, SHUT_WR);
}

/* A unix socket does not tell how much of it the other end has read: its close does. */
static uint64_t unix_finish(struct flow *flow)
{
	control_wait_closed(flow->fd);
	return 0;
}

const struct service service_unix = {
	.name = "unix",
	.summary = "one stream socket of AF_UNIX a flow",
	.flags = SERVICE_RELIABLE | SERVICE_ORDERED | SERVICE_ANSWERS | SERVICE_LOCAL,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_unix_send,
	.rx = &rx_unix_recv,
	.listen = local_listen,
	.accept = unix_accept,
	.dial = unix_dial,
	.half_close = unix_half_close,
	.finish = unix_finish,
	.close = local_close,
};
