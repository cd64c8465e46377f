/* SPDX-License-Identifier: MIT */
#include "udp.h"

#include <errno.h>
#include <string.h>

int udp_layout(struct worker *worker)
{
	uint64_t size = worker->cell->size, room = worker->flows[0].room;
	if (!room)
		return reason_set(&worker->why, EMSGSIZE,
				  "a datagram of this MTU has no room for payload; raise --mtu");
	/* As even as can be: no message ends with a crumb in a datagram of its own. */
	uint64_t pieces = (size + room - 1) / room;
	worker->piece = (size + pieces - 1) / pieces;
	worker->gap = sizeof(struct datagram);
	return 0;
}

struct udp_run udp_run_make(const struct worker *worker, const struct flow *flow,
			    const struct buffer *buffer, size_t done, uint64_t most,
			    const struct udp_run *before)
{
	struct udp_run run = { .data = buffer->data + worker_lies_at(worker, done) - worker->gap };
	uint64_t ahead = before ? before->datagrams : 0, ahead_bytes = before ? before->payload : 0;
	for (size_t left = worker->cell->size - done; left && run.datagrams < most;
	     run.datagrams++) {
		size_t n = left < worker->piece ? left : worker->piece;
		struct datagram head =
			datagram_make(flow, ahead + run.datagrams, ahead_bytes + run.payload, n);
		memcpy(run.data + run.length, &head, sizeof(head));
		run.length += sizeof(head) + n;
		run.payload += n;
		left -= n;
	}
	return run;
}

struct udp_run udp_run_next(const struct worker *worker, const struct flow *flow, uint64_t most)
{
	return udp_run_make(worker, flow, flow->buffer, worker->cell->size - flow->rest, most,
			    NULL);
}

int udp_rx_open(struct worker *worker)
{
	size_t longest = udp_datagram_bytes(&worker->flows[0]);
	if (worker->pool.size < longest)
		return reason_set(&worker->why, EINVAL,
				  "a datagram of this path has up to %zu bytes; raise --rx-size",
				  longest);
	int err = socket_open(worker);
	return err ? err : datagram_open(worker);
}

void udp_rx_close(struct worker *worker)
{
	socket_close(worker);
	datagram_close(worker);
}

int udp_rx_step(struct worker *worker, socket_op *op)
{
	struct udp_rx *rx = worker->state;
	int done = socket_step(worker, op);
	/* A worker with one flow sleeps in the call itself; with several it is not told. */
	datagram_rest(worker, &rx->idle, worker->flow_count == 1 && !done);
	return done;
}
