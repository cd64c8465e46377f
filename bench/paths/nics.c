/* SPDX-License-Identifier: MIT */
/*
 * nics: two devices of this host that a wire joins, each moved into a fresh namespace, so that
 * the traffic goes over the wire and not through the host's own tables.
 *
 * Only devices that are down are taken: nobody uses those. They are moved back down, with the
 * MTU and the offloads that they had, also if the coordinator is killed: the keeper does so. If
 * that is killed, the kernel moves them to the initial namespace when the last process of theirs
 * ends (default_device_exit_net), and what the cell had set (mtu, sg, gso, tso, gro, and what steer
 * needs) stays set.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mode.h"
#include "../netdev.h"
#include "../netlink.h"
#include "../netns.h"
#include "../steering.h"
#include "pair.h"

/* Copper needs some seconds to agree on a speed. */
#define CARRIER_WAIT_MS 10000

static int names_read(const char *text, struct path_link *link, struct reason *why)
{
	const char *plus = strchr(text, '+');
	if (!strcmp(text, "none") || !*text)
		return reason_set(why, ENODEV,
				  "the path nics takes devices only when they are named: give the "
				  "sender's and the receiver's, which are down and which a wire "
				  "joins, as --nics eth1+eth2");
	if (!plus || plus == text || !plus[1] || strchr(plus + 1, '+') ||
	    (size_t)(plus - text) >= sizeof(link->tx_device) ||
	    strlen(plus + 1) >= sizeof(link->rx_device))
		return reason_set(why, EINVAL,
				  "--nics %s: name two devices, the sender's first, as eth1+eth2",
				  text);
	snprintf(link->tx_device, sizeof(link->tx_device), "%.*s", (int)(plus - text), text);
	snprintf(link->rx_device, sizeof(link->rx_device), "%s", plus + 1);
	if (!strcmp(link->tx_device, link->rx_device))
		return reason_set(why, EINVAL, "--nics %s: a device is not its own peer; name two",
				  text);
	return 0;
}

static int device_check(struct netlink *here, const char *device, struct path_device *before,
			struct reason *why)
{
	struct netlink_link link;
	int err = netlink_link_read(here, device, &link, why);
	if (err)
		return err;
	if (link.up)
		return reason_set(why, EBUSY,
				  "%s is up, so somebody may use it; nics takes only devices that "
				  "are down: ip link set %s down",
				  device, device);
	if (link.master)
		return reason_set(
			why, EBUSY,
			"%s belongs to a bridge or a bond; take it out with ip link set %s "
			"nomaster",
			device, device);
	before->mtu = link.mtu;
	return 0;
}

static int offload_keep(const char *device, const char *offload, uint64_t *kept, struct reason *why)
{
	int on = netdev_offload_read(NETNS_HERE, device, offload, why);
	*kept = on > 0 ? OFFLOAD_ON : OFFLOAD_OFF;
	return on < 0 ? on : 0;
}

static int device_keep(struct netlink *here, const char *device, struct path_device *before,
		       struct reason *why)
{
	int err = device_check(here, device, before, why);
	if (!err)
		err = offload_keep(device, "sg", &before->sg, why);
	if (!err)
		err = offload_keep(device, "gso", &before->gso, why);
	if (!err)
		err = offload_keep(device, "tso", &before->tso, why);
	if (!err)
		err = offload_keep(device, "gro", &before->gro, why);
	return err;
}

static void complain(const char *device, int err, const struct reason *why)
{
	if (err)
		fprintf(stderr, "zcbench: giving %s back: %s\n", device, why->text);
}

/*
 * What cannot be put back keeps nothing else from it. A device that never got there is not there:
 * the other one is given back all the same.
 */
static void device_return(int netns, const char *device, const struct path_device *before, int home)
{
	struct cell offloads = {
		.sg = before->sg, .gso = before->gso, .tso = before->tso, .gro = before->gro
	};
	struct netlink netlink;
	struct netlink_link link;
	struct reason why;
	int err = netlink_open(&netlink, netns, &why);
	complain(device, err, &why);
	if (!err && netlink_link_read(&netlink, device, &link, &why) == 0) {
		complain(device, netlink_link_down(&netlink, device, &why), &why);
		complain(device, netdev_offloads_set(netns, device, &offloads, &why), &why);
		if (link.mtu != before->mtu)
			complain(device, netlink_link_mtu(&netlink, device, before->mtu, &why),
				 &why);
		complain(device, netlink_link_move(&netlink, device, home, &why), &why);
	}
	netlink_close(&netlink);
}

/* Only while the device is up do all drivers take rules, and rings and rules come before its end.
 */
static void unsteer(struct path_link *link)
{
	struct reason why;
	if (link->steering)
		complain(link->rx_device,
			 steering_undo(link->rx_netns, link->rx_device, link->steering, &why),
			 &why);
	free(link->steering);
	link->steering = NULL;
}

static void nics_give_back(struct path_link *link)
{
	unsteer(link);
	device_return(link->tx_netns, link->tx_device, &link->tx_before, link->home_netns);
	device_return(link->rx_netns, link->rx_device, &link->rx_before, link->home_netns);
}

static int device_take(struct netlink *here, const char *device, int netns, const struct cell *cell,
		       struct reason *why)
{
	struct netlink there;
	int err = netlink_link_move(here, device, netns, why);
	if (err || !path_mtu(cell))
		return err;
	err = netlink_open(&there, netns, why);
	if (!err)
		err = netlink_link_mtu(&there, device, path_mtu(cell), why);
	netlink_close(&there);
	return err;
}

static int devices_take(const struct cell *cell, struct netlink *here, struct path_link *link,
			struct reason *why)
{
	int err = device_keep(here, link->tx_device, &link->tx_before, why);
	if (!err)
		err = device_keep(here, link->rx_device, &link->rx_before, why);
	if (!err)
		err = netns_here(&link->home_netns, why);
	if (!err)
		err = pair_namespaces(link, "nics", why);
	if (err)
		return err;
	link->give_back = nics_give_back;
	err = device_take(here, link->tx_device, link->tx_netns, cell, why);
	return err ? err : device_take(here, link->rx_device, link->rx_netns, cell, why);
}

/* A receiver that lends its memory to a queue needs the device set up for that. */
static int steer(const struct cell *cell, struct path_link *link, struct reason *why)
{
	struct netlink there;
	if (!(cell_rx(cell)->flags & MODE_QUEUE))
		return 0;
	link->steering = calloc(1, sizeof(*link->steering));
	if (!link->steering)
		return reason_set(why, ENOMEM, "no memory for a device's settings");
	int err = steering_set(link->rx_netns, link->rx_device, cell, link->rx_address,
			       link->steering, why);
	if (!err)
		err = netlink_open(&there, link->rx_netns, why);
	if (err)
		return err;
	/* Some drivers reset the device for that. */
	err = netlink_link_wait(&there, link->rx_device, CARRIER_WAIT_MS, why);
	netlink_close(&there);
	return err;
}

static int nics_open(const struct cell *cell, const struct path_ends *ends, struct path_link *link,
		     struct reason *why)
{
	(void)ends;
	struct netlink here;
	path_link_clear(link);
	int err = names_read(cell->nics, link, why);
	if (err)
		return err;
	err = netlink_open(&here, NETNS_HERE, why);
	if (!err)
		err = devices_take(cell, &here, link, why);
	netlink_close(&here);
	if (!err)
		err = pair_raise(cell, link, CARRIER_WAIT_MS, why);
	if (!err)
		err = steer(cell, link, why);
	if (err)
		path_close(link);
	return err;
}

const struct path path_nics = {
	.name = "nics",
	.summary = "Two devices of this host that a wire joins (--nics eth1+eth2, both down), each "
		   "moved into a fresh namespace, and back afterwards; needs root.",
	.wire = true,
	.open = nics_open,
};
