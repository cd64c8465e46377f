/* SPDX-License-Identifier: MIT */
/*
 * socket: how modes made of plain system calls serve their flows. A worker with one flow blocks
 * in the transfer itself, one call a message; a worker with more uses edge-triggered epoll.
 */
#ifndef ZCBENCH_MODES_SOCKET_H
#define ZCBENCH_MODES_SOCKET_H

#include <sys/types.h>

#include "../mode.h"
#include "../worker.h"

/*
 * One transfer on one flow: 1 when bytes moved, 0 when there is nothing to do now (no credit,
 * no buffer, end of stream), -EAGAIN when the socket is full or empty, another -errno on failure.
 */
typedef int socket_op(struct worker *worker, struct flow *flow);

/* First member of the state of every mode that uses socket_step. Unused with one flow. */
struct socket_set {
	int epoll;
	struct flow **ready; /* not known to be full or empty */
	bool *is_ready;      /* by flow->index */
	unsigned int ready_count;
	unsigned int turn; /* where the next pass over ready starts */
	unsigned int pass;
	bool starved; /* set by an op: flows between messages must wait for a notice */
	bool idle;    /* the last pass moved nothing */
	bool patient; /* gave way since something came last: may sleep now */

	/* Set by a mode after socket_open: reads the error queue of a flow that has notices. */
	socket_op *notices;
};

/* Makes the sockets ready for it; worker->state starts with a struct socket_set. */
int socket_open(struct worker *worker);
int socket_step(struct worker *worker, socket_op *op);
void socket_close(struct worker *worker);

/* Result of a call that returns bytes or -1: the bytes, or -errno with the counters kept. */
ssize_t socket_result(struct worker *worker, ssize_t result);

/*
 * What a transfer of a stream came to, as a socket_op returns it: the bytes are told to the
 * worker, a failure names the call. data: where they arrived; NULL: out of sight.
 */
int socket_sent(struct worker *worker, struct flow *flow, const char *call, ssize_t result);
int socket_got(struct worker *worker, struct flow *flow, const char *call, ssize_t result,
	       const void *data);

#endif
