/* SPDX-License-Identifier: MIT */
/*
 * veth, veth-xdp: a pair of virtual Ethernet devices between two fresh namespaces. Native XDP
 * at the receiving end copies each packet into pages of its own (skb_pp_cow_data) before local
 * delivery could, so that the sender is told zero-copy.
 */
#include <errno.h>
#include <stdio.h>

#include "../netdev.h"
#include "../netlink.h"
#include "../netns.h"
#include "../path.h"
#include "../xdp.h"

#define TX_DEVICE "veth-tx"
#define RX_DEVICE "veth-rx"

/* Addresses for benchmarks (RFC 2544) and unique local ones (RFC 4193): nobody routes them. */
struct addresses {
	const char *tx, *rx;
	unsigned int prefix;
};

static const struct addresses addresses[] = {
	[FAMILY_IPV4] = { "198.18.0.1", "198.18.0.2", 24 },
	[FAMILY_IPV6] = { "fd00::1", "fd00::2", 64 },
};

struct ends {
	struct netlink tx, rx;
};

static int ends_open(struct ends *ends, const struct path_link *link, struct reason *why)
{
	ends->rx.socket = NULL;
	int err = netlink_open(&ends->tx, link->tx_netns, why);
	return err ? err : netlink_open(&ends->rx, link->rx_netns, why);
}

static void ends_close(struct ends *ends)
{
	netlink_close(&ends->tx);
	netlink_close(&ends->rx);
}

/* lo too: a program that talks to itself (ping, a metrics port) expects it to work. */
static int ends_up(struct ends *ends, struct reason *why)
{
	int err = netlink_link_up(&ends->tx, "lo", why);
	if (!err)
		err = netlink_link_up(&ends->rx, "lo", why);
	if (!err)
		err = netlink_link_up(&ends->tx, TX_DEVICE, why);
	if (!err)
		err = netlink_link_up(&ends->rx, RX_DEVICE, why);
	return err;
}

/* Until the carrier event has been handled, packets are dropped: so wait for it first. */
static int ends_address(struct ends *ends, const struct cell *cell, struct reason *why)
{
	const struct addresses *use = &addresses[cell->family];
	int err = netlink_link_wait(&ends->tx, TX_DEVICE, why);
	if (!err)
		err = netlink_link_wait(&ends->rx, RX_DEVICE, why);
	if (!err)
		err = netlink_address(&ends->tx, TX_DEVICE, use->tx, use->prefix, why);
	if (!err)
		err = netlink_address(&ends->rx, RX_DEVICE, use->rx, use->prefix, why);
	return err;
}

/* Each end's features depend on its peer's: check after both are set. */
static int offloads_apply(const struct cell *cell, const struct path_link *link, struct reason *why)
{
	int err = netdev_offloads_set(link->tx_netns, TX_DEVICE, cell, why);
	if (!err)
		err = netdev_offloads_set(link->rx_netns, RX_DEVICE, cell, why);
	if (!err)
		err = netdev_offloads_check(link->tx_netns, TX_DEVICE, cell, why);
	if (!err)
		err = netdev_offloads_check(link->rx_netns, RX_DEVICE, cell, why);
	return err;
}

static int pair_configure(const struct cell *cell, struct path_link *link, struct ends *ends,
			  bool xdp, struct reason *why)
{
	int err =
		netlink_veth(&ends->tx, TX_DEVICE, RX_DEVICE, link->rx_netns, path_mtu(cell), why);
	if (!err && xdp) {
		link->xdp_link = xdp_attach(link->rx_netns, RX_DEVICE, why);
		err = link->xdp_link < 0 ? link->xdp_link : 0;
	}
	if (!err)
		err = ends_up(ends, why);
	if (!err)
		err = ends_address(ends, cell, why);
	/* Last, so that nothing that comes up afterwards changes them again. */
	return err ? err : offloads_apply(cell, link, why);
}

static int namespaces_open(struct path_link *link, const char *name, struct reason *why)
{
	int err = netns_open(&link->tx_netns, why);
	if (!err)
		err = netns_open(&link->rx_netns, why);
	if (err == -EPERM)
		return reason_set(
			why, EPERM,
			"%s needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root, or use "
			"--path lo",
			name);
	return err;
}

static int pair_open(const struct cell *cell, struct path_link *link, bool xdp, struct reason *why)
{
	const char *name = xdp ? "veth-xdp" : "veth";
	struct ends ends;

	path_link_clear(link);
	int err = namespaces_open(link, name, why);
	if (!err) {
		err = ends_open(&ends, link, why);
		if (!err)
			err = pair_configure(cell, link, &ends, xdp, why);
		ends_close(&ends);
	}
	if (err) {
		path_close(link);
		return err;
	}
	path_transport(link->tx_transport, link->tx_netns);
	path_transport(link->rx_transport, link->rx_netns);
	snprintf(link->rx_address, sizeof(link->rx_address), "%s", addresses[cell->family].rx);
	snprintf(link->tx_device, sizeof(link->tx_device), TX_DEVICE);
	snprintf(link->rx_device, sizeof(link->rx_device), RX_DEVICE);
	return 0;
}

static int veth_open(const struct cell *cell, struct path_link *link, struct reason *why)
{
	return pair_open(cell, link, false, why);
}

static int veth_xdp_open(const struct cell *cell, struct path_link *link, struct reason *why)
{
	return pair_open(cell, link, true, why);
}

const struct path path_veth = {
	.name = "veth",
	.summary = "Two fresh namespaces joined by a veth pair (MTU 1500 unless set); needs root.",
	.open = veth_open,
};

const struct path path_veth_xdp = {
	.name = "veth-xdp",
	.summary = "veth with a native XDP_PASS program (with fragments, Linux 5.18) at the "
		   "receiving end, which turns the sender's TSO off; needs root.",
	.open = veth_xdp_open,
};
