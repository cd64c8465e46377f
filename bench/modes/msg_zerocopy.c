/* SPDX-License-Identifier: MIT */
/*
 * msg-zerocopy: send(2) with MSG_ZEROCOPY (f214f915e7db, 4.14). The call pins the pages of the
 * buffer; a notice on the socket's error queue says when the kernel has let go of them, and
 * whether it copied them after all.
 *
 * One notice may tell of many calls: the kernel extends the one at the tail of the queue when the
 * next range joins on. It then keeps the code of the first (skb_zerocopy_notify_extend looks at
 * the numbers only), so a late reader may be told "copied" of a call that was not, or the reverse.
 */
#include <time.h> /* before linux/errqueue.h, which uses its struct timespec */

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../datagram.h"
#include "msg_zerocopy.h"
#include "zerocopy_probe.h"

#define DRAIN_PATIENCE_NS (10ULL * 1000000000)
#define NO_MEMORY_TRIES   10   /* x WORKER_PATIENCE_MS: another worker may give memory back */
#define RECORDS_MIN       1024 /* a small socket buffer cuts a message into many calls */
#define RECORDS_PER_DEPTH 64
#define UNREAD_BYTES      (256 * 1024) /* sent between two looks at the error queue */

/* What one notice says, while its records are visited. */
struct notice {
	struct worker *worker;
	uint64_t now_ns;
	bool copied;
};

static void visit(void *context, const struct notice_record *record)
{
	struct notice *notice = context;
	tx_release(notice->worker, record->buffer, record->bytes);
	tx_notified(notice->worker, record->bytes, notice->copied, record->sent_ns, notice->now_ns);
}

static const struct sock_extended_err *notice_of(struct msghdr *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);
	bool v4 = part && part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR;
	bool v6 = part && part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR;
	const struct sock_extended_err *error = v4 || v6 ? (void *)CMSG_DATA(part) : NULL;
	return error && error->ee_origin == SO_EE_ORIGIN_ZEROCOPY ? error : NULL;
}

static int take_notice(struct worker *worker, struct flow *flow, struct msghdr *message)
{
	struct zerocopy *state = worker->state;
	const struct sock_extended_err *error = notice_of(message);
	if (!error || error->ee_errno)
		return reason_set(&worker->why, EPROTO,
				  "the error queue of a socket holds no zero-copy notice: %s",
				  error ? strerror((int)error->ee_errno) : "of another origin");
	struct notice notice = { .worker = worker,
				 .now_ns = worker_now_ns(),
				 .copied = error->ee_code & SO_EE_CODE_ZEROCOPY_COPIED };
	count_add(&worker->count.notifications, 1);
	if (notice.copied)
		count_add(&worker->count.notifications_copied, 1);
	if (notice_range(&state->table, &state->lists[flow->index], error->ee_info, error->ee_data,
			 visit, &notice) < 0)
		return reason_set(&worker->why, EPROTO,
				  "a notice names calls %u to %u, which are not all outstanding",
				  error->ee_info, error->ee_data);
	return 1;
}

/* Reads one notice: 1, 0 if there is none, -errno. Never sleeps (MSG_ERRQUEUE does not). */
static int read_notice(struct worker *worker, struct flow *flow)
{
	union {
		char room[CMSG_SPACE(sizeof(struct sock_extended_err) +
				     sizeof(struct sockaddr_in6))];
		struct cmsghdr align;
	} control;
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	count_add(&worker->count.syscalls, 1);
	if (recvmsg(flow->fd, &message, MSG_ERRQUEUE) >= 0)
		return take_notice(worker, flow, &message);
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return reason_set(&worker->why, errno, "reading the error queue: %s", strerror(errno));
}

/* epoll is edge-triggered, so the queue is emptied. */
static int read_notices(struct worker *worker, struct flow *flow)
{
	int err;
	do
		err = read_notice(worker, flow);
	while (err > 0);
	return err;
}

/* POLLERR is reported unasked. 1, 0 if none came, -errno. */
static int wait_notice(struct worker *worker, struct flow *flow)
{
	struct pollfd wait = { .fd = flow->fd };
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	int n = poll(&wait, 1, WORKER_PATIENCE_MS);
	if (n < 0 && errno != EINTR)
		return reason_set(&worker->why, errno, "poll: %s", strerror(errno));
	if (n <= 0)
		return 0;
	if (wait.revents & POLLHUP)
		return reason_set(&worker->why, ECONNRESET, "the peer closed the connection");
	return read_notice(worker, flow);
}

/* Nothing can be sent before a notice comes: take what is there, else wait for one. */
static int starve(struct worker *worker, struct flow *flow)
{
	struct zerocopy *state = worker->state;
	if (worker->flow_count > 1) {
		state->set.starved = true; /* notices of all flows come through epoll */
		return 0;
	}
	int n = state->sent ? read_notice(worker, flow) : 0; /* just read, and it was not enough */
	state->sent = 0;
	if (!n)
		n = wait_notice(worker, flow);
	return n < 0 ? n : 0;
}

static int refuse_for_memory(struct worker *worker)
{
	return reason_set(&worker->why, ENOBUFS,
			  "MSG_ZEROCOPY: ENOBUFS with no send outstanding; raise "
			  "net.core.optmem_max, or RLIMIT_MEMLOCK (ulimit -l)");
}

/*
 * ENOBUFS: net.core.optmem_max bounds the notices of a socket, RLIMIT_MEMLOCK the pinned pages of
 * a user. With sends outstanding, notices will free some. With none, only other workers can.
 */
static int out_of_memory(struct worker *worker, struct flow *flow)
{
	struct zerocopy *state = worker->state;
	count_add(&worker->count.enobufs, 1);
	if (worker->held)
		return starve(worker, flow);
	if (state->no_memory_tries++ == NO_MEMORY_TRIES)
		return refuse_for_memory(worker);
	struct timespec patience = { .tv_nsec = WORKER_PATIENCE_MS * 1000000L };
	nanosleep(&patience, NULL);
	count_add(&worker->count.waits, 1);
	return 0;
}

/*
 * Late enough for notices to have grown to ranges, early enough not to run out of buffers, and for
 * those that came back to be in the caches still: a kernel that copies after all reads them again.
 * With many flows epoll says which has notices.
 */
static bool should_read(const struct worker *worker, const struct zerocopy *state)
{
	return worker->flow_count == 1 && state->sent >= state->read_after &&
	       worker->held >= state->read_after;
}

static int send_one(struct worker *worker, struct flow *flow)
{
	struct zerocopy *state = worker->state;
	struct slice slice;
	if (should_read(worker, state)) {
		state->sent = 0;
		int err = read_notice(worker, flow);
		if (err < 0)
			return err;
	}
	if (!notice_room(&state->table))
		return starve(worker, flow);
	if (!tx_next(worker, flow, &slice))
		return tx_may_begin(worker, flow) ? starve(worker, flow) : 0;

	uint64_t now = worker_now_ns();
	ssize_t n = socket_result(worker, state->call(worker, flow, &slice));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n == -ENOBUFS)
		return out_of_memory(worker, flow);
	if (n < 0 && datagram_down(worker, (int)-n))
		return 0;
	if (n < 0)
		return reason_set(&worker->why, (int)-n, "send with MSG_ZEROCOPY: %s",
				  strerror((int)-n));
	state->sent++;
	state->no_memory_tries = 0;
	tx_hold(worker, slice.buffer, (size_t)n);
	notice_sent(&state->table, &state->lists[flow->index], slice.buffer, (uint32_t)n, now);
	tx_sent(worker, flow, (size_t)n);
	return 1;
}

int msg_zerocopy_step(struct worker *worker)
{
	return socket_step(worker, send_one);
}

static int drain_flow(struct worker *worker, struct flow *flow, uint64_t deadline_ns)
{
	struct zerocopy *state = worker->state;
	int err = read_notices(worker, flow);
	while (err >= 0 && !notice_done(&state->lists[flow->index])) {
		if (worker_now_ns() > deadline_ns)
			return reason_set(&worker->why, ETIMEDOUT,
					  "%u buffers were not given back within %llu s; is the "
					  "receiver reading?",
					  worker->held, DRAIN_PATIENCE_NS / 1000000000);
		err = wait_notice(worker, flow);
	}
	return err < 0 ? err : 0;
}

int msg_zerocopy_drain(struct worker *worker)
{
	const struct zerocopy *state = worker->state;
	uint64_t deadline = worker_now_ns() + DRAIN_PATIENCE_NS;
	int err = 0;
	/* The window was shorter than our patience, and was nothing but that. */
	if (state->no_memory_tries && !count_read(&worker->count.bytes))
		return refuse_for_memory(worker);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		err = drain_flow(worker, &worker->flows[i], deadline);
	return err;
}

int msg_zerocopy_open(struct worker *worker, zerocopy_call *call)
{
	struct zerocopy *state = worker->state;
	int err = socket_open(worker);
	if (err)
		return err;
	state->set.notices = read_notices;
	state->call = call;
	uint64_t unread = UNREAD_BYTES / worker->cell->size;
	state->read_after = (unsigned int)(unread < worker->depth / 4 ? unread : worker->depth / 4);
	uint32_t records = worker->depth * RECORDS_PER_DEPTH;
	state->lists = calloc(worker->flow_count, sizeof(*state->lists));
	if (!state->lists ||
	    notice_open(&state->table, records < RECORDS_MIN ? RECORDS_MIN : records))
		return reason_set(&worker->why, ENOMEM, "no memory for records of sends");
	for (unsigned int i = 0; !err && i < worker->flow_count; i++) {
		notice_list_init(&state->lists[i]);
		err = zerocopy_enable(worker->flows[i].fd, &worker->why);
	}
	return err;
}

void msg_zerocopy_close(struct worker *worker)
{
	struct zerocopy *state = worker->state;
	socket_close(worker);
	notice_close(&state->table);
	free(state->lists);
}

static ssize_t send_slice(struct worker *worker, struct flow *flow, const struct slice *slice)
{
	(void)worker;
	return send(flow->fd, slice->data, slice->length, MSG_ZEROCOPY | MSG_NOSIGNAL);
}

static int open_mode(struct worker *worker)
{
	return msg_zerocopy_open(worker, send_slice);
}

const struct copy_mode tx_msg_zerocopy = {
	.name = "msg-zerocopy",
	.summary = "send(2) with MSG_ZEROCOPY (4.14): pins the pages, notices on the error queue",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC,
	.state_size = sizeof(struct zerocopy),
	.probe = zerocopy_probe,
	.open = open_mode,
	.step = msg_zerocopy_step,
	.drain = msg_zerocopy_drain,
	.close = msg_zerocopy_close,
};
