/* SPDX-License-Identifier: MIT */
/* tcp: a connection a flow, that begins with the repeat's token. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../admission.h"
#include "../connection.h"
#include "../service.h"

extern const struct copy_mode tx_send, rx_recv;

static int tcp_listen(const struct order *order, char where[SERVICE_WHERE], struct reason *why)
{
	uint16_t port;
	int fd = connection_listen(&order->cell, order->address, &port, why);
	if (fd >= 0)
		snprintf(where, SERVICE_WHERE, "%u", port);
	return fd;
}

static int tcp_dial(const struct order *order, const char *where, struct flow *flows,
		    struct reason *why)
{
	for (uint64_t i = 0; i < order->cell.flows; i++) {
		flows[i].seed = i;
		flows[i].fd = connection_dial(order, (uint16_t)atoi(where), i, why);
		if (flows[i].fd < 0)
			return flows[i].fd;
	}
	return 0;
}

/* Only now: an admission waits for less than a token. */
static int tcp_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		      uint64_t *strangers, struct reason *why)
{
	int err = admission_run(order, listener, hangup_fd, flows, strangers, why);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = connection_lowat(flows[i].fd, &order->cell, why);
	return err;
}

static int tcp_cpu(const struct flow *flow)
{
	return connection_cpu(flow->fd);
}

static void tcp_half_close(struct flow *flow)
{
	connection_half_close(flow->fd);
}

static uint64_t tcp_finish(struct flow *flow)
{
	return connection_finish(flow->fd);
}

static void tcp_report(const struct flow *flow, bool receiver, bool first, struct sample *sample)
{
	connection_report(flow->fd, receiver, first, sample);
}

static void tcp_close(struct flow *flow)
{
	if (flow->fd >= 0)
		close(flow->fd);
	flow->fd = -1;
}

static const char *const dimensions[] = {
	"sndbuf", "rcvbuf", "rcvlowat", "nodelay", "cork", "congestion", "mtu",
	"mss",    "sg",     "gso",      "tso",     "gro",  "family",     NULL,
};

const struct service service_tcp = {
	.name = "tcp",
	.summary = "one TCP connection a flow",
	.flags = SERVICE_RELIABLE | SERVICE_ORDERED | SERVICE_ANSWERS | SERVICE_PROBED,
	.checksum = CHECKSUM_KERNEL,
	.tx = &tx_send,
	.rx = &rx_recv,
	.dimensions = dimensions,
	.listen = tcp_listen,
	.accept = tcp_accept,
	.dial = tcp_dial,
	.cpu = tcp_cpu,
	.half_close = tcp_half_close,
	.finish = tcp_finish,
	.report = tcp_report,
	.close = tcp_close,
};
