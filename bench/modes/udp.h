/* SPDX-License-Identifier: MIT */
/*
 * udp: what the modes over UDP sockets share. A sender's messages lie in their buffers as they
 * travel: pieces, each behind its header, one after another, so that any run of them is one
 * contiguous send, be it one datagram or several that the kernel cuts (UDP_SEGMENT).
 */
#ifndef ZCBENCH_MODES_UDP_H
#define ZCBENCH_MODES_UDP_H

#include "../datagram.h"
#include "socket.h"

/* ---- senders ---- */

/* For struct copy_mode: how messages lie in buffers. */
int udp_layout(struct worker *worker);

/* A run of datagrams of one message. */
struct udp_run {
	unsigned char *data;
	size_t length;  /* with headers */
	size_t payload; /* without */
	uint64_t datagrams;
};

/*
 * Up to `most` datagrams of the message in the buffer, of which `done` bytes were sent before; with
 * their headers written, as those that follow `before` ones that are still to be sent.
 */
struct udp_run udp_run_make(const struct worker *worker, const struct flow *flow,
			    const struct buffer *buffer, size_t done, uint64_t most,
			    const struct udp_run *before);

/* Of the flow's current message, what is still to be sent (after tx_next). */
struct udp_run udp_run_next(const struct worker *worker, const struct flow *flow, uint64_t most);

/* ---- receivers ---- */

/* First member of the state of every receiver. */
struct udp_rx {
	struct socket_set set; /* first: socket_step's */
	struct datagram_idle idle;
};

int udp_rx_open(struct worker *worker);
int udp_rx_step(struct worker *worker, socket_op *op);
void udp_rx_close(struct worker *worker);

/* The longest datagram of the flow, with its header. */
static inline size_t udp_datagram_bytes(const struct flow *flow)
{
	return flow->room + sizeof(struct datagram);
}

#endif
