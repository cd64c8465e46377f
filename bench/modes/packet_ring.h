/* SPDX-License-Identifier: MIT */
/* packet_ring: a ring that a packet socket shares with its program (PACKET_MMAP). */
#ifndef ZCBENCH_MODES_PACKET_RING_H
#define ZCBENCH_MODES_PACKET_RING_H

#include <linux/if_packet.h>
#include <stddef.h>

#include "../cell.h"
#include "../reason.h"

/* Large enough for the longest packet of lo, and for a receiver that sleeps a few milliseconds. */
#define PACKET_RING_BLOCK  (1UL << 18)
#define PACKET_RING_BLOCKS 16
#define PACKET_RING_BYTES  (PACKET_RING_BLOCK * PACKET_RING_BLOCKS)

/*
 * Gives the socket a ring: option PACKET_RX_RING or PACKET_TX_RING, version TPACKET_V2 or V3. The
 * blocks are those above; frame: bytes of a frame, 0: of a V3 receiver, where they vary. 0, or
 * -errno and a sentence.
 */
int packet_ring_open(unsigned char **ring, int fd, int option, int version, size_t frame,
		     struct reason *why);
void packet_ring_close(unsigned char *ring);

/* Can this process have packet sockets, and so many rings? For struct copy_mode. */
int packet_ring_probe(const struct cell *cell, struct reason *why);

#endif
