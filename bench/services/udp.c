/* SPDX-License-Identifier: MIT */
/*
 * udp: a socket a flow at either end. The control connection beside it tells the sender the port,
 * and the receiver how large the datagrams will be. The receiver's socket is not connected, so that
 * whoever sends to its port is seen, and counted as a stranger.
 */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../connection.h"
#include "../datagram.h"
#include "../service.h"

extern const struct copy_mode tx_udp_send, rx_udp_recv;

#define UDP_HEAD_BYTES  8
#define IPV4_HEAD_BYTES 20
#define IPV6_HEAD_BYTES 40
#define IP_BYTES_MAX    65535

/* Enough for a receiver that sleeps for a few milliseconds: UDP has no window, and waits for none.
 */
#define RCVBUF_BYTES (4 << 20)

static int failed(const char *doing, struct reason *why)
{
	return reason_set(why, errno, "%s a UDP socket: %s", doing, strerror(errno));
}

/* The port lies at the same place in addresses of both families. */
static in_port_t *port_of(struct sockaddr_storage *address)
{
	return &((struct sockaddr_in *)address)->sin_port;
}

/* A socket with the address of this end of the control connection, and a port of its own. */
static int make_socket(struct flow *flow, struct sockaddr_storage *here, struct reason *why)
{
	socklen_t length = sizeof(*here);
	if (getsockname(flow->control, (struct sockaddr *)here, &length))
		return failed("addressing", why);
	flow->fd = socket(here->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (flow->fd < 0)
		return reason_set(why, errno, "making a socket: %s; see ulimit -n",
				  strerror(errno));
	*port_of(here) = 0;
	if (bind(flow->fd, (struct sockaddr *)here, length) ||
	    getsockname(flow->fd, (struct sockaddr *)here, &length))
		return failed("binding", why);
	return 0;
}

/* With CAP_NET_ADMIN beyond net.core.rmem_max, else as far as that goes. */
static void widen_rcvbuf(int fd)
{
	int bytes = RCVBUF_BYTES / 2; /* socket(7): the kernel doubles it */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static int open_receiver(const struct order *order, struct flow *flow, struct reason *why)
{
	struct sockaddr_storage here = { 0 };
	int err = make_socket(flow, &here, why);
	if (!err && order->cell.rcvbuf == FIELD_AUTO)
		widen_rcvbuf(flow->fd);
	if (!err)
		err = connection_buffers(flow->fd, &order->cell, true, why);
	return err ? err : control_say(flow, port_of(&here), sizeof(in_port_t), why);
}

static int udp_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		      uint64_t *strangers, struct reason *why)
{
	int err = control_accept(order, listener, hangup_fd, flows, strangers, why);
	datagram_mark(order, flows);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = open_receiver(order, &flows[i], why);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++) {
		uint32_t room = 0;
		err = control_hear(&flows[i], &room, sizeof(room), why);
		flows[i].room = ntohl(room);
	}
	return err;
}

/* The payload that a datagram of the path's MTU, or the longest that there is, has room for. */
static int measure_room(struct flow *flow, bool six, struct reason *why)
{
	const int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	int mtu, never = IP_PMTUDISC_DO; /* as fragments; the number is the same for IPv6 */
	socklen_t length = sizeof(mtu);
	if (setsockopt(flow->fd, level, six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &never,
		       sizeof(never)) ||
	    getsockopt(flow->fd, level, six ? IPV6_MTU : IP_MTU, &mtu, &length))
		return failed("asking the MTU of", why);
	/* The length that an IPv4 header tells counts the header; an IPv6 header's does not. */
	int most = six ? IP_BYTES_MAX + IPV6_HEAD_BYTES : IP_BYTES_MAX;
	flow->room =
		(uint32_t)((mtu < most ? mtu : most) - (six ? IPV6_HEAD_BYTES : IPV4_HEAD_BYTES) -
			   UDP_HEAD_BYTES - (int)sizeof(struct datagram));
	return 0;
}

static int open_sender(const struct order *order, struct flow *flow, struct reason *why)
{
	struct sockaddr_storage here = { 0 }, there = { 0 };
	socklen_t length = sizeof(there);
	int err = make_socket(flow, &here, why);
	if (!err)
		err = connection_buffers(flow->fd, &order->cell, false, why);
	if (!err && getpeername(flow->control, (struct sockaddr *)&there, &length))
		err = failed("addressing", why);
	if (!err)
		err = control_hear(flow, port_of(&there), sizeof(in_port_t), why);
	if (!err && connect(flow->fd, (struct sockaddr *)&there, length))
		err = failed("connecting", why);
	if (!err)
		err = measure_room(flow, there.ss_family == AF_INET6, why);
	uint32_t room = htonl(flow->room);
	return err ? err : control_say(flow, &room, sizeof(room), why);
}

static int udp_dial(const struct order *order, const char *where, struct flow *flows,
		    struct reason *why)
{
	int err = control_dial(order, where, flows, why);
	datagram_mark(order, flows);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = open_sender(order, &flows[i], why);
	return err;
}

static int udp_cpu(const struct flow *flow)
{
	return connection_cpu(flow->control); /* the flow itself has seen no packet yet */
}

/* sk_drops: datagrams that came, and found the receive buffer full or a checksum wrong. */
static uint64_t dropped(int fd)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t length = sizeof(info);
	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) ||
	    length <= SK_MEMINFO_DROPS * sizeof(*info))
		return FIELD_UNKNOWN;
	return info[SK_MEMINFO_DROPS];
}

static void udp_report(const struct flow *flow, bool receiver, bool first, struct sample *sample)
{
	int bytes;
	socklen_t length = sizeof(bytes);
	if (receiver)
		sample_add(&sample->dropped_datagrams, dropped(flow->fd));
	if (first &&
	    !getsockopt(flow->fd, SOL_SOCKET, receiver ? SO_RCVBUF : SO_SNDBUF, &bytes, &length))
		*(receiver ? &sample->rcvbuf_used : &sample->sndbuf_used) = (uint64_t)bytes;
}

static void udp_close(struct flow *flow)
{
	if (flow->fd >= 0)
		close(flow->fd);
	flow->fd = -1;
	control_close(flow);
}

static const char *const dimensions[] = { "sndbuf", "rcvbuf", "mtu",    "sg",
					  "gso",    "gro",    "family", NULL };

const struct service service_udp = {
	.name = "udp",
	.summary = "UDP datagrams, each a piece of a message behind a header of 32 bytes",
	.flags = SERVICE_DATAGRAMS,
	.checksum = CHECKSUM_KERNEL,
	.tx = &tx_udp_send,
	.rx = &rx_udp_recv,
	.dimensions = dimensions,
	.listen = control_listen,
	.accept = udp_accept,
	.dial = udp_dial,
	.cpu = udp_cpu,
	.half_close = datagram_half_close,
	.finish = datagram_finish,
	.report = udp_report,
	.close = udp_close,
};
