/* SPDX-License-Identifier: MIT */
/*
 * udp_uring: zero-copy sends of datagrams by io_uring.
 *
 * Unlike a stream's, requests need no links: a datagram is taken whole or not at all, and one that
 * has to be sent again may come late. They wait in one queue in the order of their sending, and
 * count in that order, so that the oldest message of a flow is always the one that progresses.
 */
#ifndef ZCBENCH_MODES_UDP_URING_H
#define ZCBENCH_MODES_UDP_URING_H

#include "udp.h"
#include "uring.h"

#define UDP_URING_REQUESTS 512

struct udp_request {
	struct flow *flow;
	struct buffer *buffer;
	struct udp_run run;
	uint64_t sent_ns;
	bool pending; /* its completion is still to come */
	bool pinned;  /* its notification is */
	bool taken;   /* by the socket */
};

/* Of a flow: what of it is in the queue and does not count yet. */
struct udp_backlog {
	struct udp_run ahead;
	size_t done; /* of the newest message */
};

struct udp_uring {
	struct uring uring;
	uint64_t most;  /* datagrams of a request */
	uint32_t batch; /* requests of a step */
	struct udp_backlog *backlogs;

	/* A ring: released <= counted <= next, next - released <= UDP_URING_REQUESTS. */
	struct udp_request *requests;
	uint32_t released, counted, next;
	uint32_t pending, pinned;
	uint32_t turn; /* the flow that may send next */
	bool starved;  /* refused for want of memory */
	bool wanting;  /* credit, but no buffer or no request */
	uint32_t refusals;
};

/* Queues what was refused again. 0, or -errno and worker->why. */
int udp_uring_again(struct worker *worker);

/* Queues that, and what else may be sent now. 0, or -errno and worker->why. */
int udp_uring_fill(struct worker *worker);

/* One completion. 0, or -errno and worker->why. */
int udp_uring_complete(struct worker *worker, const struct io_uring_cqe *cqe);

/* After completions: counts what was taken and gives back what was let go of, both in order. */
void udp_uring_advance(struct worker *worker);

#endif
