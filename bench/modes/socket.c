/* SPDX-License-Identifier: MIT */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* While some flows are busy, the idle ones are looked at once in so many passes. */
#define PASSES_PER_POLL 16

static int open_single(struct worker *worker)
{
	/* A blocked call must come back now and then, to look at the phase. */
	struct timeval patience = { .tv_usec = WORKER_PATIENCE_MS * 1000 };
	int fd = worker->flows[0].fd;
	bool set = !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
		   !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* A pipe has no such option: its other end reads to the end, or dies, which also wakes. */
	if (!set && errno != ENOTSOCK)
		return reason_set(&worker->why, errno, "setting a socket timeout: %s",
				  strerror(errno));
	return 0;
}

/* A flow is ready until its socket turns out to be full or empty. */
static void make_ready(struct socket_set *set, struct flow *flow)
{
	if (flow->ended || set->is_ready[flow->index])
		return;
	set->is_ready[flow->index] = true;
	set->ready[set->ready_count++] = flow;
}

static int open_many(struct worker *worker, struct socket_set *set)
{
	set->ready = calloc(worker->flow_count, sizeof(*set->ready));
	set->is_ready = calloc(worker->flow_count, sizeof(*set->is_ready));
	set->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!set->ready || !set->is_ready || set->epoll < 0)
		return reason_set(&worker->why, errno ? errno : ENOMEM, "making an epoll set: %s",
				  strerror(errno));
	uint32_t side = worker->mode->direction == MODE_TX ? EPOLLOUT : EPOLLIN | EPOLLRDHUP;
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		struct flow *flow = &worker->flows[i];
		struct epoll_event event = { .events = side | EPOLLET, .data.ptr = flow };
		if (fcntl(flow->fd, F_SETFL, O_NONBLOCK) ||
		    epoll_ctl(set->epoll, EPOLL_CTL_ADD, flow->fd, &event))
			return reason_set(&worker->why, errno, "adding a flow to epoll: %s",
					  strerror(errno));
		make_ready(set, flow);
	}
	return 0;
}

int socket_open(struct worker *worker)
{
	struct socket_set *set = worker->state;
	set->epoll = -1;
	return worker->flow_count == 1 ? open_single(worker) : open_many(worker, set);
}

void socket_close(struct worker *worker)
{
	struct socket_set *set = worker->state;
	if (set->epoll > 0)
		close(set->epoll);
	free(set->ready);
	free(set->is_ready);
	set->ready = NULL;
	set->is_ready = NULL;
}

/* epoll reports EPOLLERR unasked, and once for each notice that the kernel queues. */
static int take_event(struct worker *worker, struct socket_set *set,
		      const struct epoll_event *event)
{
	struct flow *flow = event->data.ptr;
	if (set->notices && (event->events & EPOLLERR)) {
		int err = set->notices(worker, flow);
		if (err < 0 && err != -EAGAIN)
			return err;
	}
	if (!set->notices || (event->events & ~(uint32_t)EPOLLERR))
		make_ready(set, flow);
	return 0;
}

/*
 * A receiver that has read all lets others run first: of several flows, one that slept at once
 * would be woken for each packet by the senders and softirqs that share its CPU.
 */
static bool may_sleep(struct worker *worker, struct socket_set *set)
{
	if (set->ready_count && !(set->starved && set->idle))
		return false;
	if (worker->mode->direction == MODE_TX || set->patient)
		return true;
	worker_give_way(worker);
	set->patient = true;
	return false;
}

static int poll_flows(struct worker *worker, struct socket_set *set)
{
	struct epoll_event events[64];
	bool sleeps = may_sleep(worker, set);
	set->starved = false;
	count_add(&worker->count.syscalls, 1);
	if (sleeps)
		count_add(&worker->count.waits, 1);
	int n = epoll_wait(set->epoll, events, 64, sleeps ? WORKER_PATIENCE_MS : 0);
	if (n < 0 && errno != EINTR)
		return reason_set(&worker->why, errno, "epoll_wait: %s", strerror(errno));
	if (n > 0)
		set->patient = false;
	for (int i = 0; i < n; i++) {
		int err = take_event(worker, set, &events[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Up to a batch of transfers; *last is what the final one returned. */
static int run_batch(struct worker *worker, struct flow *flow, socket_op *op, int *last)
{
	unsigned int done = 0;
	*last = 1;
	while (done < worker->batch && (*last = op(worker, flow)) > 0)
		done++;
	return (int)done;
}

/* Nothing is left to do for the flow: epoll need not be asked about it again. */
static bool is_through(const struct worker *worker, const struct flow *flow)
{
	return flow->ended ||
	       (worker->mode->direction == MODE_TX && !flow->buffer && !tx_may_begin(worker, flow));
}

/* A turn of the flow at ready[at]: operations done, or -errno. *stays: it is still ready. */
static int run_turn(struct worker *worker, struct socket_set *set, unsigned int at, socket_op *op,
		    bool *stays)
{
	struct flow *flow = set->ready[at];
	int last;
	*stays = true;
	if (set->starved && !flow->buffer)
		return 0;
	int done = run_batch(worker, flow, op, &last);
	if (last < 0 && last != -EAGAIN)
		return last;
	if (last == -EAGAIN || is_through(worker, flow)) {
		*stays = false;
		set->is_ready[flow->index] = false;
		set->ready[at] = set->ready[--set->ready_count];
	}
	return done;
}

static int step_many(struct worker *worker, struct socket_set *set, socket_op *op)
{
	int done = 0;
	if (!set->ready_count || set->starved || ++set->pass % PASSES_PER_POLL == 0) {
		int err = poll_flows(worker, set);
		if (err)
			return err;
	}
	/* Where buffers are scarce, those who went without are the first of the next pass. */
	unsigned int turns = set->ready_count, at = set->turn;
	for (bool stays, fed = true; turns; turns--) {
		at = at < set->ready_count ? at : 0;
		int n = run_turn(worker, set, at, op, &stays);
		if (n < 0)
			return n;
		done += n;
		if (fed && set->starved)
			set->turn = at;
		fed = !set->starved;
		at += stays;
	}
	set->idle = !done;
	return done;
}

int socket_step(struct worker *worker, socket_op *op)
{
	if (worker->flow_count > 1)
		return step_many(worker, worker->state, op);
	int last, done = run_batch(worker, &worker->flows[0], op, &last);
	return last < 0 && last != -EAGAIN ? last : done;
}

ssize_t socket_result(struct worker *worker, ssize_t result)
{
	count_add(&worker->count.syscalls, 1);
	if (result >= 0)
		return result;
	if (errno == EAGAIN || errno == EINTR) {
		count_add(&worker->count.eagain, 1);
		return -EAGAIN;
	}
	return -errno;
}

static int failed(struct worker *worker, const char *call, ssize_t n)
{
	return n == -EAGAIN ? -EAGAIN
			    : reason_set(&worker->why, (int)-n, "%s: %s", call, strerror((int)-n));
}

int socket_sent(struct worker *worker, struct flow *flow, const char *call, ssize_t result)
{
	ssize_t n = socket_result(worker, result);
	if (n < 0)
		return failed(worker, call, n);
	tx_sent(worker, flow, (size_t)n);
	return 1;
}

int socket_got(struct worker *worker, struct flow *flow, const char *call, ssize_t result,
	       const void *data)
{
	ssize_t n = socket_result(worker, result);
	if (n < 0)
		return failed(worker, call, n);
	if (n == 0) {
		rx_end(worker, flow);
		return 0;
	}
	rx_got(worker, flow, data, (size_t)n);
	return 1;
}
