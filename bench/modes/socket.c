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
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return reason_set(&worker->why, errno, "setting a socket timeout: %s",
				  strerror(errno));
	return 0;
}

static int open_many(struct worker *worker, struct socket_set *set)
{
	set->ready = calloc(worker->flow_count, sizeof(*set->ready));
	set->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!set->ready || set->epoll < 0)
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
		set->ready[set->ready_count++] = flow; /* try it first, ask epoll after */
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
	set->ready = NULL;
}

static bool is_ready(const struct socket_set *set, const struct flow *flow)
{
	for (unsigned int i = 0; i < set->ready_count; i++)
		if (set->ready[i] == flow)
			return true;
	return false;
}

static int poll_flows(struct worker *worker, struct socket_set *set)
{
	struct epoll_event events[64];
	int timeout = set->ready_count ? 0 : WORKER_PATIENCE_MS;
	count_add(&worker->count.syscalls, 1);
	if (timeout)
		count_add(&worker->count.waits, 1);
	int n = epoll_wait(set->epoll, events, 64, timeout);
	if (n < 0 && errno != EINTR)
		return reason_set(&worker->why, errno, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		struct flow *flow = events[i].data.ptr;
		if (!flow->ended && !is_ready(set, flow))
			set->ready[set->ready_count++] = flow;
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

static int step_many(struct worker *worker, struct socket_set *set, socket_op *op)
{
	int done = 0;
	if (!set->ready_count || ++set->pass % PASSES_PER_POLL == 0) {
		int err = poll_flows(worker, set);
		if (err)
			return err;
	}
	for (unsigned int i = 0; i < set->ready_count;) {
		int last;
		done += run_batch(worker, set->ready[i], op, &last);
		if (last < 0 && last != -EAGAIN)
			return last;
		if (last == -EAGAIN || set->ready[i]->ended)
			set->ready[i] = set->ready[--set->ready_count];
		else
			i++;
	}
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
