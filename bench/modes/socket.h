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

/* First member of the state of every mode that uses socket_step. */
struct socket_set {
	int epoll; /* unused with one flow */
	struct flow **ready;
	unsigned int ready_count;
	unsigned int pass;
};

/*
 * One transfer on one flow: 1 when bytes moved, 0 when there is nothing to do now (no credit,
 * no buffer, end of stream), -EAGAIN when the socket is full or empty, another -errno on failure.
 */
typedef int socket_op(struct worker *worker, struct flow *flow);

/* Makes the sockets ready for it; worker->state starts with a struct socket_set. */
int socket_open(struct worker *worker);
int socket_step(struct worker *worker, socket_op *op);
void socket_close(struct worker *worker);

/* Result of a call that returns bytes or -1: the bytes, or -errno with the counters kept. */
ssize_t socket_result(struct worker *worker, ssize_t result);

#endif
