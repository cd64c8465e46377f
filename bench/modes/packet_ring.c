/* SPDX-License-Identifier: MIT */
#include "packet_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_NOMINAL 2048 /* a V3 receiver's frames vary; the kernel wants a number anyway */
#define FLOWS_MAX     256  /* 1 GiB at each end */
#define RETIRE_MS     1    /* an unfull block is passed on after so long */

int packet_ring_open(unsigned char **ring, int fd, int option, int version, size_t frame,
		     struct reason *why)
{
	size_t each = frame ? frame : FRAME_NOMINAL;
	struct tpacket_req3 request = {
		.tp_block_size = PACKET_RING_BLOCK,
		.tp_block_nr = PACKET_RING_BLOCKS,
		.tp_frame_size = (unsigned int)each,
		.tp_frame_nr = (unsigned int)(PACKET_RING_BLOCK / each * PACKET_RING_BLOCKS),
		.tp_retire_blk_tov = frame ? 0 : RETIRE_MS,
	};
	socklen_t length = version == TPACKET_V3 ? sizeof(request) : sizeof(struct tpacket_req);
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, option, &request, length))
		return reason_set(why, errno,
				  "a packet socket's ring of %lu MiB: %s; lower --flows",
				  PACKET_RING_BYTES >> 20, strerror(errno));
	void *map = mmap(NULL, PACKET_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return reason_set(why, errno, "mapping a packet socket's ring: %s; lower --flows",
				  strerror(errno));
	*ring = map;
	return 0;
}

void packet_ring_close(unsigned char *ring)
{
	if (ring)
		munmap(ring, PACKET_RING_BYTES);
}

int packet_ring_probe(const struct cell *cell, struct reason *why)
{
	if (cell->flows > FLOWS_MAX)
		return reason_set(why, EINVAL,
				  "each flow has a ring of %lu MiB in the kernel's memory: of at "
				  "most %d flows; lower --flows",
				  PACKET_RING_BYTES >> 20, FLOWS_MAX);
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EPERM)
		return reason_set(why, EPERM,
				  "a packet socket needs CAP_NET_RAW; run zcbench as root, or "
				  "setcap cap_net_raw+ep on it");
	return reason_set(why, errno, "making a packet socket: %s", strerror(errno));
}
