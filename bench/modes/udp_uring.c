/* SPDX-License-Identifier: MIT */
/* The life of one request: queued, refused and queued again, taken, notified. */
#include "udp_uring.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "../mode.h"
#include "udp_gso.h"

#define REFUSALS_MAX    100
#define REFUSAL_WAIT_NS 1000000

static struct udp_request *at(const struct udp_uring *state, uint32_t number)
{
	return &state->requests[number % UDP_URING_REQUESTS];
}

static void submit(struct worker *worker, struct udp_uring *state, struct udp_request *request)
{
	struct io_uring_sqe *sqe = uring_request(worker, &state->uring);
	io_uring_prep_send_zc(sqe, request->flow->fd, request->run.data, request->run.length,
			      MSG_NOSIGNAL, IORING_SEND_ZC_REPORT_USAGE);
	sqe->user_data = (uint64_t)(request - state->requests);
	request->sent_ns = worker_now_ns();
	request->pending = true;
	state->pending++;
}

/* The flow's next run, of its newest message or of a new one. False: there is none now. */
static bool queue_next(struct worker *worker, struct udp_uring *state, struct flow *flow)
{
	struct udp_backlog *backlog = flow->state;
	struct buffer *buffer = flow->buffer;
	struct slice slice;
	if (!buffer || backlog->done == worker->cell->size) {
		if (!tx_may_begin(worker, flow))
			return false;
		state->wanting = !tx_begin(worker, flow, &slice);
		if (state->wanting)
			return false;
		buffer = slice.buffer;
		backlog->done = 0;
	}
	struct udp_request *request = at(state, state->next++);
	*request = (struct udp_request){ .flow = flow, .buffer = buffer };
	request->run =
		udp_run_make(worker, flow, buffer, backlog->done, state->most, &backlog->ahead);
	backlog->done += request->run.payload;
	backlog->ahead.payload += request->run.payload;
	backlog->ahead.datagrams += request->run.datagrams;
	tx_hold(worker, buffer, request->run.payload);
	submit(worker, state, request);
	return true;
}

/* Refused for want of memory, with nothing of ours in the kernel that would give some back. */
static int starve(struct worker *worker, struct udp_uring *state)
{
	struct timespec wait = { .tv_nsec = REFUSAL_WAIT_NS };
	if (state->pending || state->pinned)
		return 0;
	state->starved = false;
	if (++state->refusals > REFUSALS_MAX)
		return reason_set(&worker->why, ENOBUFS,
				  "%s: the kernel refuses to pin even one datagram; raise "
				  "RLIMIT_MEMLOCK (ulimit -l) or net.core.optmem_max",
				  worker->mode->name);
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	nanosleep(&wait, NULL);
	return 0;
}

/* Those that were refused go again, without overtaking their own notifications. */
static void queue_again(struct worker *worker, struct udp_uring *state)
{
	for (uint32_t i = state->counted; i != state->next; i++) {
		struct udp_request *request = at(state, i);
		if (!request->pending && !request->pinned && !request->taken)
			submit(worker, state, request);
	}
}

int udp_uring_again(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	int err = state->starved ? starve(worker, state) : 0;
	state->wanting = state->starved;
	if (!err && !state->starved)
		queue_again(worker, state);
	return err;
}

int udp_uring_fill(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	uint32_t idle = 0;
	int err = udp_uring_again(worker);
	if (err || state->starved)
		return err;
	while (idle < worker->flow_count && state->pending < state->batch) {
		if (state->next - state->released == UDP_URING_REQUESTS) {
			state->wanting = true;
			break;
		}
		struct flow *flow = &worker->flows[state->turn];
		state->turn = state->turn + 1 < worker->flow_count ? state->turn + 1 : 0;
		idle = queue_next(worker, state, flow) ? 0 : idle + 1;
		if (state->wanting)
			break;
	}
	return 0;
}

void udp_uring_advance(struct worker *worker)
{
	struct udp_uring *state = worker->state;
	for (; state->counted != state->next && at(state, state->counted)->taken;
	     state->counted++) {
		struct udp_request *request = at(state, state->counted);
		struct udp_backlog *backlog = request->flow->state;
		backlog->ahead.payload -= request->run.payload;
		backlog->ahead.datagrams -= request->run.datagrams;
		datagram_sent(request->flow, request->run.datagrams);
		tx_took(worker, request->flow, request->buffer, request->run.payload);
	}
	for (; state->released != state->counted && !at(state, state->released)->pinned;
	     state->released++)
		tx_release(worker, at(state, state->released)->buffer,
			   at(state, state->released)->run.payload);
}

static int judge(struct worker *worker, struct udp_uring *state, int32_t result)
{
	switch (-result) {
	case EINTR:
	case EAGAIN:
		count_add(&worker->count.eagain, 1);
		return 0;
	case ENOBUFS:
	case ENOMEM:
		count_add(&worker->count.enobufs, 1);
		state->starved = true;
		return 0;
	default:
		return result < 0 ? udp_send_failed(worker, "io_uring SEND_ZC", -result) : 0;
	}
}

static void notified(struct worker *worker, struct udp_uring *state, struct udp_request *request,
		     int32_t result)
{
	bool copied = (uint32_t)result & IORING_NOTIF_USAGE_ZC_COPIED;
	if (!request->pinned)
		return; /* of a request that was refused: the kernel never had the buffer */
	request->pinned = false;
	state->pinned--;
	if (!request->taken)
		return;
	state->starved = false;
	count_add(&worker->count.notifications, 1);
	count_add(&worker->count.notifications_copied, copied);
	tx_notified(worker, request->run.payload, copied, request->sent_ns, worker_now_ns());
}

int udp_uring_complete(struct worker *worker, const struct io_uring_cqe *cqe)
{
	struct udp_uring *state = worker->state;
	struct udp_request *request = &state->requests[cqe->user_data];
	if (cqe->flags & IORING_CQE_F_NOTIF) {
		notified(worker, state, request, cqe->res);
		return 0;
	}
	request->pending = false;
	state->pending--;
	request->taken = cqe->res >= 0;
	if (request->taken)
		state->refusals = 0;
	if (cqe->flags & IORING_CQE_F_MORE) {
		request->pinned = true;
		state->pinned++;
	}
	return judge(worker, state, cqe->res);
}
