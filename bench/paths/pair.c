/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include <errno.h>
#include <stdio.h>

#include "../netdev.h"
#include "../netlink.h"
#include "../netns.h"

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
	const char *tx_device, *rx_device;
	int wait_ms;
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
		err = netlink_link_up(&ends->tx, ends->tx_device, why);
	if (!err)
		err = netlink_link_up(&ends->rx, ends->rx_device, why);
	return err;
}

static int ends_wait(struct ends *ends, struct reason *why)
{
	int err = netlink_link_wait(&ends->tx, ends->tx_device, ends->wait_ms, why);
	return err ? err : netlink_link_wait(&ends->rx, ends->rx_device, ends->wait_ms, why);
}

static int ends_address(struct ends *ends, const struct cell *cell, struct reason *why)
{
	const struct addresses *use = &addresses[cell->family];
	int err = netlink_address(&ends->tx, ends->tx_device, use->tx, use->prefix, why);
	return err ? err : netlink_address(&ends->rx, ends->rx_device, use->rx, use->prefix, why);
}

/* Each end's features depend on its peer's: check after both are set. */
static int offloads_apply(const struct cell *cell, const struct path_link *link, struct reason *why)
{
	int err = netdev_offloads_set(link->tx_netns, link->tx_device, cell, why);
	if (!err)
		err = netdev_offloads_set(link->rx_netns, link->rx_device, cell, why);
	if (!err)
		err = netdev_offloads_check(link->tx_netns, link->tx_device, cell, why);
	if (!err)
		err = netdev_offloads_check(link->rx_netns, link->rx_device, cell, why);
	return err;
}

static int ends_raise(struct ends *ends, const struct cell *cell, const struct path_link *link,
		      struct reason *why)
{
	int err = ends_up(ends, why);
	/* Until the carrier event has been handled, packets are dropped: so wait for it first. */
	if (!err)
		err = ends_wait(ends, why);
	if (!err)
		err = ends_address(ends, cell, why);
	/* Last, so that nothing that comes up afterwards changes them again. */
	if (!err)
		err = offloads_apply(cell, link, why);
	/* Some drivers reset the device for that, and the carrier goes and comes back. */
	return err ? err : ends_wait(ends, why);
}

int pair_namespaces(struct path_link *link, const char *path, struct reason *why)
{
	int err = netns_open(&link->tx_netns, why);
	if (!err)
		err = netns_open(&link->rx_netns, why);
	if (err == -EPERM)
		return reason_set(
			why, EPERM,
			"%s needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root, or use "
			"--path lo",
			path);
	return err;
}

int pair_raise(const struct cell *cell, struct path_link *link, int wait_ms, struct reason *why)
{
	struct ends ends = { .tx_device = link->tx_device,
			     .rx_device = link->rx_device,
			     .wait_ms = wait_ms };
	int err = ends_open(&ends, link, why);
	if (!err)
		err = ends_raise(&ends, cell, link, why);
	ends_close(&ends);
	if (err)
		return err;
	path_transport(link->tx_transport, link->tx_netns);
	path_transport(link->rx_transport, link->rx_netns);
	snprintf(link->rx_address, sizeof(link->rx_address), "%s", addresses[cell->family].rx);
	return 0;
}
