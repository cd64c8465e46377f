/* SPDX-License-Identifier: MIT */
/* packet: what the service of packet sockets leaves to its modes, behind flow->held. */
#ifndef ZCBENCH_SERVICES_PACKET_H
#define ZCBENCH_SERVICES_PACKET_H

#include "../packet.h"

/*
 * flow->fd is a packet socket that is bound to the device, without rings; a receiver's is given the
 * UDP packets of its port alone.
 */
struct packet_end {
	int fence;                     /* a UDP socket that has the port, and drops what comes */
	struct packet_headers headers; /* tx */
};

#endif
