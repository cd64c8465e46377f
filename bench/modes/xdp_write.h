/* SPDX-License-Identifier: MIT */
/*
 * xdp_write: messages cut into UDP datagrams, each written in frames of its own, which are then
 * the kernel's.
 */
#ifndef ZCBENCH_MODES_XDP_WRITE_H
#define ZCBENCH_MODES_XDP_WRITE_H

#include "xdp.h"

struct xdp_stream {
	struct packet_headers headers;
	struct xsk *xsk;
};

struct xdp_sent {
	uint32_t bytes; /* of the payload in this frame */
	uint64_t at_ns;
};

struct xdp_tx {
	struct xdp_set set; /* first */
	struct xdp_stream *streams;
	struct xdp_sent *sent; /* by frame */
	size_t room;           /* payload bytes of a packet */
	unsigned int frames;   /* of a packet that is full */
	uint64_t now_ns;       /* of this step; 0: clock not read yet */
	bool program;
};

/* After xdp_open. 0, or -errno and worker->why. */
int xdp_write_open(struct worker *worker, struct xdp_tx *tx);
void xdp_write_close(struct xdp_tx *tx);

/* Up to a batch of a flow's packets, which nobody has told the kernel of yet; how many. */
unsigned int xdp_write(struct worker *worker, struct xdp_tx *tx, struct flow *flow);

#endif
