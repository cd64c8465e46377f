/* SPDX-License-Identifier: MIT */
/*
 * xdp: what the AF_XDP modes share: xdp-copy and xdp-zerocopy, both ways
 * (4.18). By XDP_COPY the kernel copies between the frames and packets of its
 * own; by XDP_ZEROCOPY the driver has the device read and write the frames. How
 * a socket is bound is read back from XDP_OPTIONS, and told as the kernel's
 * word on each byte.
 *
 * A flow is a stream of UDP datagrams whose headers the program
 * writes itself; addresses and ports are those of the flow's control
 * connection. Queue q of the device belongs to worker q modulo the workers, as
 * flow f does, so that no two threads share a ring. A worker's sockets have one
 * memory, the worker's pool, in frames of a page.
 */
#ifndef ZCBENCH_MODES_XDP_H
#define ZCBENCH_MODES_XDP_H

#include <linux/capability.h>
#include <net/if.h>

#include "../datagram.h"
#include "../mode.h"
#include "../netlink.h"
#include "../packet.h"
#include "../worker.h"
#include "../xdp_redirect.h"
#include "../xsk.h"

/* Sockets, programs and their place on a device. */
#define XDP_CAPABILITIES (MODE_MAY(CAP_NET_RAW) | MODE_MAY(CAP_NET_ADMIN) | MODE_MAY(CAP_BPF))

#define XDP_BATCH        64 /* packets between two calls */

/* First member of the state of every mode of AF_XDP. */
struct xdp_set {
	struct xsk *sockets;
	unsigned int count;
	char device[IF_NAMESIZE];
	struct netlink_link link;
	struct netlink_route route; /* to the other end of the first flow */
	struct netlink_mac peer;    /* tx: of the route's next hop */
	bool six;
	bool polls; /* --busy-poll: calls drive the driver, whether or not it asks for
		       them */
};

/*
 * Finds the device that leads to the other end and opens this worker's queues
 * of it, but no more than `most`. Whatever stops it before the first byte is a
 * lack of the host's: -EOPNOTSUPP.
 */
int xdp_open(struct worker *worker, unsigned int most);
void xdp_close(struct worker *worker);

/* The two ends of a flow's control connection. 0, or -errno and worker->why. */
int xdp_addresses(struct worker *worker, const struct flow *flow, struct sockaddr_storage *own,
		  struct sockaddr_storage *peer);

/* The frame that an address of a ring lies in. */
static inline uint32_t xdp_frame(uint64_t address)
{
	return (uint32_t)(address / XSK_FRAME_BYTES);
}

int xdp_probe(const struct cell *cell, struct reason *why);

#endif
