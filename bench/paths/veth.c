/* SPDX-License-Identifier: MIT */
/*
 * veth, veth-xdp: a pair of virtual Ethernet devices between two fresh namespaces. Native XDP
 * at the receiving end copies each packet into pages of its own (skb_pp_cow_data) before local
 * delivery could, so that the sender is told zero-copy.
 */
#include <errno.h>
#include <stdio.h>

#include "../netlink.h"
#include "../netns.h"
#include "../xdp.h"
#include "pair.h"

#define CARRIER_WAIT_MS 1000

static int veth_make(const struct cell *cell, struct path_link *link, struct reason *why)
{
	struct netlink netlink;
	int err = netlink_open(&netlink, link->tx_netns, why);
	if (!err)
		err = netlink_veth(&netlink, link->tx_device, link->rx_device, link->rx_netns,
				   path_mtu(cell), path_queues(cell), why);
	netlink_close(&netlink);
	return err;
}

static int veth_join(const struct cell *cell, struct path_link *link, bool xdp, struct reason *why)
{
	int err = pair_namespaces(link, xdp ? "veth-xdp" : "veth", why);
	if (!err)
		err = veth_make(cell, link, why);
	if (!err && xdp) {
		link->xdp_link = xdp_attach_pass(link->rx_netns, link->rx_device, why);
		err = link->xdp_link < 0 ? link->xdp_link : 0;
	}
	return err ? err : pair_raise(cell, link, CARRIER_WAIT_MS, why);
}

static int pair_open(const struct cell *cell, struct path_link *link, bool xdp, struct reason *why)
{
	path_link_clear(link);
	snprintf(link->tx_device, sizeof(link->tx_device), "veth-tx");
	snprintf(link->rx_device, sizeof(link->rx_device), "veth-rx");
	int err = veth_join(cell, link, xdp, why);
	if (err)
		path_close(link);
	return err;
}

static int veth_open(const struct cell *cell, const struct path_ends *ends, struct path_link *link,
		     struct reason *why)
{
	(void)ends;
	return pair_open(cell, link, false, why);
}

static int veth_xdp_open(const struct cell *cell, const struct path_ends *ends,
			 struct path_link *link, struct reason *why)
{
	(void)ends;
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
