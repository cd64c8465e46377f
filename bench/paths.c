/* SPDX-License-Identifier: MIT */
/* The registry of paths, and what they share. A new path is one file in paths/ and one line here.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mode.h"
#include "netns.h"
#include "path.h"

extern const struct path path_lo, path_veth, path_veth_xdp, path_nics, path_hosts;

const struct path *const paths[] = {
	&path_lo, &path_veth, &path_veth_xdp, &path_nics, &path_hosts, NULL,
};

/*
 * 15 pages of payload, the TCP header and its timestamps (RFC 7323: 10 bytes, padded to 12),
 * and the IP header without options.
 */
#define PAGE_PAYLOAD (15 * 4096 + 20 + 12)
#define IPV4_HEADER  20
#define IPV6_HEADER  40

unsigned int path_mtu(const struct cell *cell)
{
	switch (cell->mtu) {
	case FIELD_AUTO:
	case FIELD_UNKNOWN:
		return 0;
	case FIELD_PAGE:
		return PAGE_PAYLOAD + (cell->family == FAMILY_IPV6 ? IPV6_HEADER : IPV4_HEADER);
	default:
		return (unsigned int)cell->mtu;
	}
}

unsigned int path_queues(const struct cell *cell)
{
	const uint64_t most = 16;
	unsigned int flags = cell_tx(cell)->flags | cell_rx(cell)->flags;
	if (!(flags & MODE_FRAMES))
		return 0;
	if (cell->queues != FIELD_AUTO)
		return (unsigned int)cell->queues;
	return (unsigned int)(cell->flows < most ? cell->flows : most);
}

void path_transport(char transport[PATH_TRANSPORT], int netns)
{
	if (netns == NETNS_HERE)
		snprintf(transport, PATH_TRANSPORT, "local");
	else
		snprintf(transport, PATH_TRANSPORT, "netns:/proc/%ld/fd/%d", (long)getpid(), netns);
}

void path_link_clear(struct path_link *link)
{
	memset(link, 0, sizeof(*link));
	link->tx_netns = link->rx_netns = link->home_netns = NETNS_HERE;
	link->xdp_link = -1;
}

void path_close(struct path_link *link)
{
	if (link->xdp_link >= 0)
		close(link->xdp_link);
	if (link->give_back)
		link->give_back(link);
	netns_close(&link->home_netns);
	/* Both ends of a private lo are in one namespace. */
	if (link->rx_netns == link->tx_netns)
		link->rx_netns = NETNS_HERE;
	netns_close(&link->tx_netns);
	netns_close(&link->rx_netns);
	path_link_clear(link);
}
