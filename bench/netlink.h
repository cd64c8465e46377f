/* SPDX-License-Identifier: MIT */
/* netlink: links and addresses of one namespace, through rtnetlink (rtnetlink(7)). */
#ifndef ZCBENCH_NETLINK_H
#define ZCBENCH_NETLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "reason.h"

struct mnl_socket;

struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence;
};

/* An Ethernet address. */
struct netlink_mac {
	bool known;
	unsigned char bytes[6];
};

/* What the kernel says of a link. */
struct netlink_link {
	unsigned int index;
	unsigned int mtu;
	bool up;              /* somebody has raised it */
	unsigned int master;  /* index of the bridge or bond that it belongs to, 0: none */
	bool ready;           /* up, with carrier, and its queue is in place: it carries packets */
	bool native_xdp;      /* a program runs in the driver (XDP_ATTACHED_DRV), not generically */
	uint32_t xdp_program; /* id of that program, 0: none */
	struct netlink_mac mac;
};

/* Where packets to an address go. */
struct netlink_route {
	unsigned int index;               /* of the device */
	struct sockaddr_storage next_hop; /* a gateway, or the address itself */
};

/*
 * All return 0, or -errno and a sentence with the kernel's own words where it has any
 * (NETLINK_EXT_ACK, 4.12).
 */
int netlink_open(struct netlink *netlink, int netns, struct reason *why);
void netlink_close(struct netlink *netlink);
int netlink_fd(const struct netlink *netlink);

int netlink_link_read(struct netlink *netlink, const char *device, struct netlink_link *link,
		      struct reason *why);
int netlink_link_up(struct netlink *netlink, const char *device, struct reason *why);
int netlink_link_down(struct netlink *netlink, const char *device, struct reason *why);
int netlink_link_mtu(struct netlink *netlink, const char *device, unsigned int mtu,
		     struct reason *why);

/* Moves a device into another namespace, where it is down and has no addresses. */
int netlink_link_move(struct netlink *netlink, const char *device, int netns, struct reason *why);

/*
 * Puts an XDP program in place of another: fds of BPF programs, -1 for none. native: the driver
 * runs it. It fails where the device has another than expected (5.7).
 */
int netlink_link_xdp(struct netlink *netlink, const char *device, int program, int expected,
		     bool native, struct reason *why);

/* Waits, for wait_ms at most, until the link is ready. */
int netlink_link_wait(struct netlink *netlink, const char *device, int wait_ms, struct reason *why);

/* A veth pair: device here, peer in the namespace peer_netns. mtu, queues 0: as the kernel makes
 * it. */
int netlink_veth(struct netlink *netlink, const char *device, const char *peer, int peer_netns,
		 unsigned int mtu, unsigned int queues, struct reason *why);

/*
 * Adds a numeric address. An IPv6 one skips duplicate address detection, so that it can be
 * bound at once (IFA_F_NODAD): nobody else is on a link that we made. It returns once the
 * address also answers its neighbours, for which the device has to be up.
 */
int netlink_address(struct netlink *netlink, const char *device, const char *address,
		    unsigned int prefix, struct reason *why);

/* The route to a numeric address, and the hardware address of its next hop, as far as known. */
int netlink_route(struct netlink *netlink, const struct sockaddr_storage *to,
		  struct netlink_route *route, struct reason *why);
int netlink_neighbour(struct netlink *netlink, const struct netlink_route *route,
		      struct netlink_mac *mac, struct reason *why);

#endif
