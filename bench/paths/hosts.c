/* SPDX-License-Identifier: MIT */
/*
 * hosts: two ends that somebody else joined. Whatever is between them stays as it is: the agents
 * are started by the transports that the user named, and the data goes to the address given.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../netdev.h"
#include "../path.h"
#include "../transport.h"

static bool named(const char *text)
{
	return text && *text;
}

static int check_cell(const struct cell *cell, const char *address, const char *option,
		      struct reason *why)
{
	bool six = cell->family == FAMILY_IPV6;
	if (path_mtu(cell) || netdev_offloads_wanted(cell))
		return reason_set(
			why, EINVAL,
			"the path hosts leaves the hosts' devices as they are: leave --mtu, "
			"--sg, --gso, --tso and --gro at auto");
	if (!strchr(address, ':') == six)
		return reason_set(why, EINVAL, "%s %.40s is no address of --family %s", option,
				  address, six ? "ipv6" : "ipv4");
	return 0;
}

static void put(char *room, size_t size, const char *text, const char *preset)
{
	snprintf(room, size, "%s", named(text) ? text : preset);
}

static int hosts_open(const struct cell *cell, const struct path_ends *ends, struct path_link *link,
		      struct reason *why)
{
	path_link_clear(link);
	if (!ends || !named(ends->rx_address))
		return reason_set(why, EDESTADDRREQ,
				  "the path hosts takes ends only when they are named: give the "
				  "receiver's --rx-address, and --rx-agent or --tx-agent");
	int err = check_cell(cell, ends->rx_address, "--rx-address", why);
	if (!err && named(ends->tx_address))
		err = check_cell(cell, ends->tx_address, "--tx-address", why);
	if (err)
		return err;
	put(link->tx_transport, sizeof(link->tx_transport), ends->tx_agent, "local");
	put(link->rx_transport, sizeof(link->rx_transport), ends->rx_agent, "local");
	put(link->tx_address, sizeof(link->tx_address), ends->tx_address, "");
	put(link->rx_address, sizeof(link->rx_address), ends->rx_address, "");
	return 0;
}

const struct path path_hosts = {
	.name = "hosts",
	.summary = "Two agents wherever --tx-agent and --rx-agent start them, joined by what is "
		   "there between --tx-address and --rx-address.",
	.wire = true,
	.elsewhere = true,
	.open = hosts_open,
};
