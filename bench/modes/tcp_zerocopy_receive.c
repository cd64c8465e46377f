/* SPDX-License-Identifier: MIT */
/*
 * tcp-zerocopy-receive: getsockopt(TCP_ZEROCOPY_RECEIVE) (05255b823a61, 4.18) maps the pages of
 * received segments into a window of ours. What cannot be mapped (less than a page, a linear part,
 * a page-cache page) is copied: the beginning of it into copybuf by the same call (18fb76ed5386,
 * 5.11), the rest by recv. Both shares are counted.
 *
 * The kernel asks that the window be a mapping of a TCP socket, of whichever one, so a worker has
 * one window for all its flows: what a call mapped is read before the next call replaces it.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "socket.h"

#define PAGE         4096UL
#define WINDOW_ALIGN (2UL << 20) /* all of a window's entries in one page table */

struct receive_state {
	struct socket_set set; /* first: socket_step's */
	int mapper;            /* the socket that the window belongs to; never connected */
	unsigned char *base;   /* of the mapping, of which the window is the aligned part */
	size_t mapped_bytes;
	unsigned char *window;
	uint32_t window_bytes;
	bool dirty; /* pages may be mapped in the window */
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static void release_window(struct receive_state *state)
{
	if (state->base)
		munmap(state->base, state->mapped_bytes);
	if (state->mapper > 0)
		close(state->mapper);
}

static int make_window(struct receive_state *state, size_t bytes, struct reason *why)
{
	struct utsname host;
	state->mapper = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (state->mapper < 0)
		return reason_set(why, errno, "making a socket: %s; see ulimit -n",
				  strerror(errno));
	state->window_bytes = (uint32_t)round_up(bytes, PAGE);
	state->mapped_bytes = state->window_bytes + WINDOW_ALIGN;
	void *base = mmap(NULL, state->mapped_bytes, PROT_READ, MAP_SHARED, state->mapper, 0);
	if (base == MAP_FAILED) {
		int err = errno;
		uname(&host);
		return reason_set(why, err,
				  "mapping a TCP socket: %s; Linux %s; needs 4.18 and CONFIG_MMU",
				  strerror(err), host.release);
	}
	state->base = base;
	state->window = (unsigned char *)round_up((uintptr_t)base, WINDOW_ALIGN);
	return 0;
}

/* What the kernel mapped, then what it copied, in the order of the stream. */
static void take(struct worker *worker, struct flow *flow, const struct tcp_zerocopy_receive *got,
		 const void *copied)
{
	struct receive_state *state = worker->state;
	if (got->length) {
		state->dirty = true;
		count_add(&worker->count.zerocopy_bytes, got->length);
		rx_got(worker, flow, state->window, got->length);
	}
	if (got->copybuf_len > 0) {
		count_add(&worker->count.copied_bytes, (uint64_t)got->copybuf_len);
		rx_got(worker, flow, copied, (size_t)got->copybuf_len);
	}
}

/* The bytes that the kernel could not map: they are in the queue, and recv does not wait. */
static int copy_rest(struct worker *worker, struct flow *flow, size_t rest)
{
	struct buffer *buffer = pool_take(&worker->pool);
	while (rest) {
		size_t length = rest < worker->pool.size ? rest : worker->pool.size;
		ssize_t n =
			socket_result(worker, recv(flow->fd, buffer->data, length, MSG_DONTWAIT));
		if (n == -EAGAIN)
			break;
		if (n < 0)
			return reason_set(&worker->why, (int)-n, "recv: %s", strerror((int)-n));
		if (n == 0) {
			rx_end(worker, flow);
			return 0;
		}
		count_add(&worker->count.copied_bytes, (uint64_t)n);
		rx_got(worker, flow, buffer->data, (size_t)n);
		rest -= (size_t)n;
	}
	return 1;
}

/* getsockopt does not wait for data. With many flows, epoll does. */
static int wait_data(struct worker *worker, struct flow *flow)
{
	count_add(&worker->count.eagain, 1);
	if (worker->flow_count > 1)
		return -EAGAIN;
	struct pollfd wait = { .fd = flow->fd, .events = POLLIN };
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	if (poll(&wait, 1, WORKER_PATIENCE_MS) < 0 && errno != EINTR)
		return reason_set(&worker->why, errno, "poll: %s", strerror(errno));
	return -EAGAIN;
}

static int receive_one(struct worker *worker, struct flow *flow)
{
	struct receive_state *state = worker->state;
	struct buffer *buffer = pool_take(&worker->pool);
	/*
	 * A queue no longer than copybuf is copied as a whole, so it is just under a page: whole
	 * pages are for mapping. A window without pages need not be cleared before the call.
	 */
	size_t room = worker->pool.size < PAGE ? worker->pool.size : PAGE - 1;
	struct tcp_zerocopy_receive got = {
		.address = (uintptr_t)state->window,
		.length = state->window_bytes,
		.copybuf_address = (uintptr_t)buffer->data,
		.copybuf_len = (int32_t)room,
		.flags = state->dirty ? 0 : TCP_RECEIVE_ZEROCOPY_FLAG_TLB_CLEAN_HINT,
	};
	socklen_t length = sizeof(got);
	count_add(&worker->count.syscalls, 1);
	if (getsockopt(flow->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &got, &length)) {
		if (errno != EIO)
			return reason_set(&worker->why, errno, "TCP_ZEROCOPY_RECEIVE: %s",
					  strerror(errno));
		rx_end(worker, flow); /* its way to say end of stream */
		return 0;
	}
	int err = got.err < 0 ? -got.err : got.copybuf_len < 0 ? -got.copybuf_len : 0;
	if (err)
		return reason_set(&worker->why, err, "TCP_ZEROCOPY_RECEIVE: %s", strerror(err));
	take(worker, flow, &got, buffer->data);
	if (got.recv_skip_hint)
		return copy_rest(worker, flow, got.recv_skip_hint);
	return got.length || got.copybuf_len ? 1 : wait_data(worker, flow);
}

static int step(struct worker *worker)
{
	return socket_step(worker, receive_one);
}

static int open_mode(struct worker *worker)
{
	int err = make_window(worker->state, worker->pool.size, &worker->why);
	return err ? err : socket_open(worker);
}

static void close_mode(struct worker *worker)
{
	release_window(worker->state);
	socket_close(worker);
}

static int probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	struct receive_state state = { .mapper = -1 };
	struct tcp_zerocopy_receive got = { .copybuf_len = 0 };
	socklen_t length = sizeof(got);
	int err = make_window(&state, PAGE, why);
	got.address = (uintptr_t)state.window;
	got.length = state.window_bytes;
	if (!err && getsockopt(state.mapper, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &got, &length))
		err = reason_set(why, errno, "TCP_ZEROCOPY_RECEIVE: %s; it came with Linux 4.18",
				 strerror(errno));
	/* The kernel shortens the struct to what it knows. */
	if (!err && length < offsetof(struct tcp_zerocopy_receive, flags) + sizeof(got.flags))
		err = reason_set(
			why, ENOTSUP,
			"TCP_ZEROCOPY_RECEIVE has no copybuf here; it came with Linux 5.11");
	release_window(&state);
	return err;
}

const struct copy_mode rx_tcp_zerocopy_receive = {
	.name = "tcp-zerocopy-receive",
	.summary = "getsockopt(TCP_ZEROCOPY_RECEIVE) (4.18, copybuf 5.11): maps whole pages",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_REPORTS,
	.state_size = sizeof(struct receive_state),
	.probe = probe,
	.open = open_mode,
	.step = step,
	.close = close_mode,
};
