/* SPDX-License-Identifier: MIT */
/*
 * lo: the host's own loopback as it stands, which needs no privilege; or, when the cell asks
 * for another MTU or other offloads, a loopback of its own, so that the host's stays untouched.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netdev.h"
#include "../netlink.h"
#include "../netns.h"
#include "../path.h"

static int address6_check(int netns, struct reason *why)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = netns_socket(netns, AF_INET6, SOCK_DGRAM, 0, why);
	if (fd < 0)
		return fd;
	int err = bind(fd, (struct sockaddr *)&here, sizeof(here)) ? errno : 0;
	close(fd);
	if (err)
		return reason_set(why, err,
				  "lo has no address ::1 (%s); set net.ipv6.conf.lo.disable_ipv6 "
				  "to 0 (IPv6 also needs --mtu 1280 or more), or use --family ipv4",
				  strerror(err));
	return 0;
}

/* The kernel gives lo 127.0.0.1 and ::1 when it comes up: the MTU is set before that. */
static int private_configure(int netns, const struct cell *cell, struct reason *why)
{
	struct netlink netlink;
	unsigned int mtu = path_mtu(cell);
	int err = netlink_open(&netlink, netns, why);
	if (!err && mtu)
		err = netlink_link_mtu(&netlink, "lo", mtu, why);
	if (!err)
		err = netlink_link_up(&netlink, "lo", why);
	netlink_close(&netlink);
	if (!err)
		err = netdev_offloads_set(netns, "lo", cell, why);
	return err ? err : netdev_offloads_check(netns, "lo", cell, why);
}

static int private_open(const struct cell *cell, struct path_link *link, struct reason *why)
{
	int err = netns_open(&link->tx_netns, why);
	link->rx_netns = link->tx_netns;
	if (!err)
		err = private_configure(link->rx_netns, cell, why);
	if (err == -EPERM)
		return reason_set(why, EPERM,
				  "lo with another mtu or other offloads is made in a namespace of "
				  "its own, which needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as "
				  "root, or leave mtu, sg, gso, tso and gro at auto");
	return err;
}

static int lo_open(const struct cell *cell, const struct path_ends *ends, struct path_link *link,
		   struct reason *why)
{
	(void)ends;
	bool six = cell->family == FAMILY_IPV6;
	int err = 0;

	path_link_clear(link);
	if (path_mtu(cell) || netdev_offloads_wanted(cell))
		err = private_open(cell, link, why);
	if (!err && six)
		err = address6_check(link->rx_netns, why);
	if (err) {
		path_close(link);
		return err;
	}
	path_transport(link->tx_transport, link->tx_netns);
	path_transport(link->rx_transport, link->rx_netns);
	snprintf(link->rx_address, sizeof(link->rx_address), six ? "::1" : "127.0.0.1");
	snprintf(link->tx_device, sizeof(link->tx_device), "lo");
	snprintf(link->rx_device, sizeof(link->rx_device), "lo");
	return 0;
}

const struct path path_lo = {
	.name = "lo",
	.summary = "The host's loopback, without privilege (MTU 65536); with another MTU or other "
		   "offloads, a loopback in a namespace of its own (needs root).",
	.here = true,
	.open = lo_open,
};
