/* SPDX-License-Identifier: MIT */
/*
 * xdp_redirect: the XDP program that gives the packets of one UDP port to AF_XDP sockets, and
 * passes everything else on to the kernel.
 */
#ifndef ZCBENCH_XDP_REDIRECT_H
#define ZCBENCH_XDP_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

struct xdp_redirect {
	int link;    /* a BPF link: the kernel detaches the program when nobody has it open */
	int sockets; /* the map from queue to socket */
	int counts;  /* the map with struct xdp_redirect_counts */
};

/* Packets that no socket of ours got. */
struct xdp_redirect_counts {
	uint64_t others;   /* not of our port */
	uint64_t unserved; /* of our port, on a queue without a socket */
};

/*
 * Attaches it to a device of the caller's namespace, with room for so many queues. Only plain
 * packets are ours: no VLAN tag, no IP options, no fragments. -errno and a sentence on failure.
 */
int xdp_redirect_open(struct xdp_redirect *redirect, const char *device, bool six, uint16_t port,
		      uint32_t queues, struct reason *why);

/* From now on packets of the queue go to this AF_XDP socket, which is bound to it. */
int xdp_redirect_serve(struct xdp_redirect *redirect, uint32_t queue, int fd, struct reason *why);

/* 0 or -errno. */
int xdp_redirect_count(const struct xdp_redirect *redirect, struct xdp_redirect_counts *counts);

void xdp_redirect_close(struct xdp_redirect *redirect);

#endif
