/* SPDX-License-Identifier: MIT */
/*
 * packet: UDP packets that the program writes and reads itself, below the IP stack, by packet
 * sockets (AF_PACKET, packet(7)). Each end holds its UDP port with a socket that drops what comes,
 * so that nobody else is given the port and the kernel answers nobody that it is closed.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../connection.h"
#include "../datagram.h"
#include "../netlink.h"
#include "../netns.h"
#include "../service.h"
#include "packet.h"

extern const struct copy_mode tx_packet_mmap, rx_packet_mmap;

#define UDP_BYTES_MAX 65507 /* of IPv4; of IPv6 20 more */

static int failed(const char *doing, struct reason *why)
{
	return reason_set(why, errno, "%s: %s", doing, strerror(errno));
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return &((struct sockaddr_in *)address)->sin_port;
}

/* The port's holder. */
static int open_fence(struct flow *flow, struct sockaddr_storage *here, struct reason *why)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };
	struct packet_end *end = flow->held;
	socklen_t length = sizeof(*here);
	if (getsockname(flow->control, (struct sockaddr *)here, &length))
		return failed("addressing a UDP port", why);
	*port_of(here) = 0;
	end->fence = socket(here->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (end->fence < 0 ||
	    setsockopt(end->fence, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(end->fence, (struct sockaddr *)here, length) ||
	    getsockname(end->fence, (struct sockaddr *)here, &length))
		return failed("holding a UDP port", why);
	return 0;
}

/* UDP packets to the port, whole and (of IPv6) without extension headers. */
static int filter_port(int fd, bool six, in_port_t port, struct reason *why)
{
	struct sock_filter four_code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter six_code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 56),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog four = { .len = sizeof(four_code) / sizeof(*four_code),
				   .filter = four_code };
	struct sock_fprog filter = { .len = sizeof(six_code) / sizeof(*six_code),
				     .filter = six_code };
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, six ? &filter : &four, sizeof(filter))
		       ? failed("filtering a packet socket", why)
		       : 0;
}

/* Of no protocol until it is bound, so that it gets no packets of other devices. */
static int open_socket(struct flow *flow, struct reason *why)
{
	flow->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (flow->fd >= 0)
		return 0;
	if (errno == EPERM)
		return reason_set(why, EOPNOTSUPP,
				  "a packet socket needs CAP_NET_RAW; run zcbench as root, or "
				  "setcap cap_net_raw+ep on it");
	return failed("making a packet socket", why);
}

static int bind_socket(int fd, unsigned int index, int protocol, struct reason *why)
{
	struct sockaddr_ll device = { .sll_family = AF_PACKET,
				      .sll_protocol = htons((uint16_t)protocol),
				      .sll_ifindex = (int)index };
	return bind(fd, (struct sockaddr *)&device, sizeof(device))
		       ? failed("binding a packet socket to its device", why)
		       : 0;
}

/* The device by which the other end is reached, and what packets to it have to carry. */
static int find_route(const struct sockaddr_storage *there, struct netlink_route *route,
		      struct netlink_link *link, struct netlink_mac *mac, struct reason *why)
{
	struct netlink netlink;
	char device[IF_NAMESIZE];
	int err = netlink_open(&netlink, NETNS_HERE, why);
	if (!err)
		err = netlink_route(&netlink, there, route, why);
	if (!err && !if_indextoname(route->index, device))
		err = failed("naming the path's device", why);
	if (!err)
		err = netlink_link_read(&netlink, device, link, why);
	/* The loopback has no neighbours: its address, and that of everybody there, is 0. */
	if (!err && strcmp(device, "lo"))
		err = netlink_neighbour(&netlink, route, mac, why);
	netlink_close(&netlink);
	return err;
}

static void settle_room(struct flow *flow, bool six, unsigned int mtu)
{
	size_t headers = packet_headers_bytes(six), most = UDP_BYTES_MAX;
	size_t payload = mtu + sizeof(struct ethhdr) - headers;
	flow->room = (uint32_t)((payload < most ? payload : most) - sizeof(struct datagram));
}

static int hold(struct flow *flow, struct reason *why)
{
	struct packet_end *end = calloc(1, sizeof(*end));
	flow->held = end;
	if (!end)
		return reason_set(why, ENOMEM, "no memory for flows; lower --flows");
	end->fence = -1;
	return 0;
}

static int peer_of(const struct flow *flow, struct sockaddr_storage *there, struct reason *why)
{
	socklen_t length = sizeof(*there);
	return getpeername(flow->control, (struct sockaddr *)there, &length)
		       ? failed("finding the other end", why)
		       : 0;
}

static int open_receiver(struct flow *flow, struct reason *why)
{
	struct sockaddr_storage here = { 0 }, there = { 0 };
	struct netlink_route route;
	struct netlink_link link;
	struct netlink_mac mac;
	int err = hold(flow, why);
	if (!err)
		err = open_fence(flow, &here, why);
	if (!err)
		err = peer_of(flow, &there, why);
	if (!err)
		err = find_route(&there, &route, &link, &mac, why);
	bool six = here.ss_family == AF_INET6;
	if (!err)
		err = open_socket(flow, why);
	if (!err)
		err = filter_port(flow->fd, six, *port_of(&here), why);
	if (!err)
		err = bind_socket(flow->fd, route.index, six ? ETH_P_IPV6 : ETH_P_IP, why);
	if (!err)
		settle_room(flow, six, link.mtu);
	return err ? err : control_say(flow, port_of(&here), sizeof(in_port_t), why);
}

static int open_sender(struct flow *flow, struct reason *why)
{
	struct packet_route to = { 0 };
	struct netlink_route route;
	struct netlink_link link = { 0 };
	struct netlink_mac mac = { 0 };
	int err = hold(flow, why);
	struct packet_end *end = flow->held;
	if (!err)
		err = open_fence(flow, &to.source, why);
	if (!err)
		err = peer_of(flow, &to.destination, why);
	if (!err)
		err = control_hear(flow, port_of(&to.destination), sizeof(in_port_t), why);
	if (!err)
		err = find_route(&to.destination, &route, &link, &mac, why);
	if (!err)
		err = open_socket(flow, why);
	if (!err)
		err = bind_socket(flow->fd, route.index, 0, why);
	if (err)
		return err;
	memcpy(to.source_mac, link.mac.bytes, sizeof(to.source_mac));
	memcpy(to.destination_mac, mac.bytes, sizeof(to.destination_mac));
	packet_headers_make(&end->headers, &to);
	settle_room(flow, end->headers.six, link.mtu);
	return 0;
}

static int packet_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
			 uint64_t *strangers, struct reason *why)
{
	int err = control_accept(order, listener, hangup_fd, flows, strangers, why);
	datagram_mark(order, flows);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = open_receiver(&flows[i], why);
	return err;
}

static int packet_dial(const struct order *order, const char *where, struct flow *flows,
		       struct reason *why)
{
	int err = control_dial(order, where, flows, why);
	datagram_mark(order, flows);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = open_sender(&flows[i], why);
	return err;
}

static int packet_cpu(const struct flow *flow)
{
	return connection_cpu(flow->control);
}

/* tp_drops: packets that found the ring full. To read it sets it to 0. */
static void packet_report(const struct flow *flow, bool receiver, bool first, struct sample *sample)
{
	struct tpacket_stats_v3 told;
	socklen_t length = sizeof(told);
	(void)first;
	if (receiver && !getsockopt(flow->fd, SOL_PACKET, PACKET_STATISTICS, &told, &length))
		sample_add(&sample->dropped_datagrams, told.tp_drops);
}

static void packet_close(struct flow *flow)
{
	struct packet_end *end = flow->held;
	if (flow->fd >= 0)
		close(flow->fd);
	flow->fd = -1;
	if (end && end->fence >= 0)
		close(end->fence);
	free(end);
	flow->held = NULL;
	control_close(flow);
}

static const char *const dimensions[] = { "mtu", "sg", "gso", "gro", "family", NULL };

const struct service service_packet = {
	.name = "packet",
	.summary = "UDP packets below the IP stack, through the mapped rings of packet sockets",
	.flags = SERVICE_DATAGRAMS,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_packet_mmap,
	.rx = &rx_packet_mmap,
	.dimensions = dimensions,
	.listen = control_listen,
	.accept = packet_accept,
	.dial = packet_dial,
	.cpu = packet_cpu,
	.half_close = datagram_half_close,
	.finish = datagram_finish,
	.report = packet_report,
	.close = packet_close,
};
