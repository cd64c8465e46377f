/* SPDX-License-Identifier: MIT */
/* udp-sendmmsg: many datagrams a call, of one message or of several. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"
#include "udp_gso.h"

#define VECTOR_MAX 64

/* Datagrams of a flow that are ready to be sent: those from `first` to `count` still are. */
struct vector {
	struct mmsghdr messages[VECTOR_MAX];
	struct iovec parts[VECTOR_MAX];
	struct udp_run runs[VECTOR_MAX];
	struct buffer *buffers[VECTOR_MAX];
	unsigned int first, count;
	struct udp_run ahead; /* the sum of the runs that are ready */
	size_t done;          /* bytes of the newest message that are in the vector or were sent */
};

struct udp_sendmmsg {
	struct socket_set set;  /* first: socket_step's */
	struct vector *vectors; /* by flow->index */
};

static void add(struct vector *vector, struct buffer *buffer, struct udp_run run)
{
	unsigned int i = vector->count++;
	vector->runs[i] = run;
	vector->buffers[i] = buffer;
	vector->parts[i] = (struct iovec){ .iov_base = run.data, .iov_len = run.length };
	vector->messages[i].msg_hdr =
		(struct msghdr){ .msg_iov = &vector->parts[i], .msg_iovlen = 1 };
	vector->ahead.datagrams += run.datagrams;
	vector->ahead.payload += run.payload;
	vector->done += run.payload;
}

/* The pieces of the newest message, and of new ones while there are buffers. */
static void fill(struct worker *worker, struct flow *flow, struct vector *vector)
{
	struct buffer *buffer = flow->buffer;
	unsigned int begun = buffer != NULL;
	vector->first = vector->count = 0;
	vector->ahead = (struct udp_run){ 0 };
	while (vector->count < VECTOR_MAX) {
		struct slice slice;
		if (!buffer || vector->done == worker->cell->size) {
			/* Not one more than there are: to ask for it would count as a wait. */
			if (begun++ == worker->pool.count || !tx_begin(worker, flow, &slice))
				return;
			buffer = slice.buffer;
			vector->done = 0;
		}
		add(vector, buffer,
		    udp_run_make(worker, flow, buffer, vector->done, 1, &vector->ahead));
	}
}

static void took(struct worker *worker, struct flow *flow, struct vector *vector, unsigned int n)
{
	for (; n; n--, vector->first++) {
		const struct udp_run *run = &vector->runs[vector->first];
		datagram_sent(flow, run->datagrams);
		tx_took(worker, flow, vector->buffers[vector->first], run->payload);
	}
}

static int sendmmsg_one(struct worker *worker, struct flow *flow)
{
	struct udp_sendmmsg *state = worker->state;
	struct vector *vector = &state->vectors[flow->index];
	if (vector->first == vector->count)
		fill(worker, flow, vector);
	if (!vector->count)
		return 0;
	ssize_t n = socket_result(worker, sendmmsg(flow->fd, vector->messages + vector->first,
						   vector->count - vector->first, MSG_NOSIGNAL));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return udp_send_failed(worker, "sendmmsg", (int)-n);
	took(worker, flow, vector, (unsigned int)n);
	return 1;
}

static int step(struct worker *worker)
{
	return socket_step(worker, sendmmsg_one);
}

static int open_mode(struct worker *worker)
{
	struct udp_sendmmsg *state = worker->state;
	int err = socket_open(worker);
	state->vectors = calloc(worker->flow_count, sizeof(*state->vectors));
	if (!err && !state->vectors)
		return reason_set(&worker->why, ENOMEM, "no memory for %u vectors of datagrams",
				  worker->flow_count);
	return err;
}

/* Buffers are held by the vector alone: what the kernel took is copied when the call returns. */
static int drain(struct worker *worker)
{
	(void)worker;
	return 0;
}

static void close_mode(struct worker *worker)
{
	struct udp_sendmmsg *state = worker->state;
	socket_close(worker);
	free(state->vectors);
}

const struct copy_mode tx_udp_sendmmsg = {
	.name = "udp-sendmmsg",
	.summary = "sendmmsg(2) of up to 64 datagrams, of one message or of up to `depth`",
	.direction = MODE_TX,
	.service = &service_udp,
	.flags = MODE_COPIES | MODE_ASYNC,
	.state_size = sizeof(struct udp_sendmmsg),
	.layout = udp_layout,
	.open = open_mode,
	.step = step,
	.drain = drain,
	.close = close_mode,
};
