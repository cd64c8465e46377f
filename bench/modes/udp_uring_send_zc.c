/* SPDX-License-Identifier: MIT */
/*
 * udp-uring-send-zc, udp-uring-gso-zc: io_uring SEND_ZC (6.0) of datagrams, one a request or as
 * many as UDP_SEGMENT takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "udp_gso.h"
#include "udp_uring.h"

#define DRAIN_PATIENCE_NS 10000000000ULL

/* Takes the completions that are there. Their number, or -errno. */
static int reap(struct worker *worker, struct udp_uring *state)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int err = 0;
	io_uring_for_each_cqe(&state->uring.ring, head, cqe)
	{
		seen++;
		err = udp_uring_complete(worker, cqe);
		if (err)
			break;
	}
	io_uring_cq_advance(&state->uring.ring, seen);
	udp_uring_advance(worker);
	return err ? err : (int)seen;
}

static int step(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	int seen = reap(worker, state);
	int err = seen < 0 ? seen : udp_uring_fill(worker);
	if (err)
		return err;
	if (!state->pending && !(state->wanting && state->pinned))
		return seen;
	err = uring_enter(worker, &state->uring, state->pending ? state->pending : 1);
	int more = err ? err : reap(worker, state);
	return more < 0 ? more : seen + more;
}

/* What was refused goes too: others behind it have been taken, and count only after it. */
static int drain(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	uint64_t end_ns = worker_now_ns() + DRAIN_PATIENCE_NS;
	int seen = reap(worker, state);
	while (seen >= 0 && (state->pending + state->pinned || state->counted != state->next)) {
		if (worker_now_ns() > end_ns)
			return reason_set(&worker->why, ETIMEDOUT,
					  "%u sends and %u notifications did not come back in 10 s",
					  state->pending, state->pinned);
		int err = udp_uring_again(worker);
		if (!err && state->pending + state->pinned)
			err = uring_enter(worker, &state->uring, 1);
		seen = err ? err : reap(worker, state);
	}
	return seen < 0 ? seen : 0;
}

static int open_with(struct worker *worker, uint64_t most)
{
	struct udp_uring *state = worker->state;
	uint64_t runs = (worker->cell->size + most * worker->piece - 1) / (most * worker->piece);
	runs *= worker->batch;
	state->most = most;
	state->batch = runs < UDP_URING_REQUESTS ? (uint32_t)runs : UDP_URING_REQUESTS;
	state->requests = calloc(UDP_URING_REQUESTS, sizeof(*state->requests));
	state->backlogs = calloc(worker->flow_count, sizeof(*state->backlogs));
	if (!state->requests || !state->backlogs)
		return reason_set(&worker->why, ENOMEM, "no memory for requests; lower --flows");
	for (unsigned int i = 0; i < worker->flow_count; i++)
		worker->flows[i].state = &state->backlogs[i];
	return uring_open(&state->uring, UDP_URING_REQUESTS, 2 * UDP_URING_REQUESTS, &worker->why);
}

static int open_one(struct worker *worker)
{
	return open_with(worker, 1);
}

static int open_gso(struct worker *worker)
{
	uint64_t most = 1;
	int err = udp_gso_enable(worker, &most);
	return err ? err : open_with(worker, most);
}

static void close_mode(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	uring_close(&state->uring);
	free(state->requests);
	free(state->backlogs);
}

/* EINVAL is the kernel's word for a flag that it does not know. */
static int probe(const struct cell *cell, struct reason *why)
{
	struct uring uring = { .ready = false };
	int result = 0, err = uring_probe(IORING_OP_SEND_ZC, "6.0", why);
	(void)cell;
	if (!err)
		err = uring_open(&uring, 1, 2, why);
	if (!err) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&uring.ring);
		io_uring_prep_send_zc(sqe, -1, "z", 1, MSG_NOSIGNAL, IORING_SEND_ZC_REPORT_USAGE);
		err = uring_try(&uring, sqe, &result, why);
	}
	uring_close(&uring);
	return err || result != -EINVAL
		       ? err
		       : reason_set(why, EOPNOTSUPP,
				    "this kernel's SEND_ZC does not report whether it copied; "
				    "needs kernel 6.2, or a late 6.1");
}

static int gso_probe(const struct cell *cell, struct reason *why)
{
	int err = probe(cell, why);
	return err ? err : udp_gso_probe(cell, why);
}

#define UDP_URING_MODE(_symbol, _name, _summary, _probe, _open)   \
	const struct copy_mode _symbol = {                        \
		.name = _name,                                    \
		.summary = _summary,                              \
		.direction = MODE_TX,                             \
		.service = &service_udp,                          \
		.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC, \
		.state_size = sizeof(struct udp_uring),           \
		.probe = _probe,                                  \
		.layout = udp_layout,                             \
		.open = _open,                                    \
		.step = step,                                     \
		.drain = drain,                                   \
		.close = close_mode,                              \
	}

UDP_URING_MODE(tx_udp_uring_send_zc, "udp-uring-send-zc", "io_uring SEND_ZC of each datagram (6.0)",
	       probe, open_one);
UDP_URING_MODE(tx_udp_uring_gso_zc, "udp-uring-gso-zc",
	       "io_uring SEND_ZC of many datagrams, cut by UDP_SEGMENT (6.0)", gso_probe, open_gso);
