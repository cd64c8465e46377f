/* SPDX-License-Identifier: MIT */
/*
 * xdp: UDP datagrams that the program writes and reads in the queues of a device, past the
 * kernel's stack. Their addresses and ports are those of the control connection, one a flow.
 */
#include "../datagram.h"

extern const struct copy_mode tx_xdp_copy, rx_xdp_copy;

static int xdp_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		      uint64_t *strangers, struct reason *why)
{
	int err = control_accept(order, listener, hangup_fd, flows, strangers, why);
	if (!err)
		datagram_mark(order, flows);
	return err;
}

static int xdp_dial(const struct order *order, const char *where, struct flow *flows,
		    struct reason *why)
{
	int err = control_dial(order, where, flows, why);
	if (!err)
		datagram_mark(order, flows);
	return err;
}

static const char *const dimensions[] = { "mtu",    "sg",     "gso",       "tso",   "gro",
					  "family", "queues", "busy_poll", "force", NULL };

const struct service service_xdp = {
	.name = "xdp",
	.summary = "UDP datagrams written and read in the queues of a device, by AF_XDP",
	.flags = SERVICE_DATAGRAMS,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_xdp_copy,
	.rx = &rx_xdp_copy,
	.dimensions = dimensions,
	.listen = control_listen,
	.accept = xdp_accept,
	.dial = xdp_dial,
	.half_close = datagram_half_close,
	.finish = datagram_finish,
	.close = control_close,
};
