/* SPDX-License-Identifier: MIT */
/*
 * devmem: device memory TCP (Documentation/networking/devmem.rst, 6.12). A dma-buf is bound to a
 * receive queue; recvmsg with MSG_SOCK_DEVMEM copies no payload but tells in control messages where
 * in the dma-buf it is, and SO_DEVMEM_DONTNEED gives it back. What lay in a packet's linear part
 * comes in the buffer, and so do packets of other queues: those bytes were copied.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "../compat.h"
#include "../dmabuf.h"
#include "arrival.h"
#include "socket.h"

#define PARTS_MAX 512 /* control messages of one call, at most MAX_DONTNEED_FRAGS (1024) tokens */

struct state {
	struct socket_set set; /* first: socket_step's */
	struct dmabuf memory;
	struct queue_binding binding;
	struct compat_devmem_token done[PARTS_MAX];
	unsigned int done_count;
	union {
		char room[PARTS_MAX * CMSG_SPACE(sizeof(struct compat_devmem_part))];
		struct cmsghdr align;
	} control;
};

static void give_back_later(struct state *state, uint32_t token)
{
	struct compat_devmem_token *last = state->done + state->done_count;
	if (state->done_count && last[-1].start + last[-1].count == token) {
		last[-1].count++;
		return;
	}
	*last = (struct compat_devmem_token){ token, 1 };
	state->done_count++;
}

/* In calls of 128, which is what the kernel takes at once. */
static int give_back(struct worker *worker, struct flow *flow)
{
	struct state *state = worker->state;
	for (unsigned int at = 0; at < state->done_count;) {
		unsigned int n = state->done_count - at < 128 ? state->done_count - at : 128;
		count_add(&worker->count.syscalls, 1);
		if (setsockopt(flow->fd, SOL_SOCKET, COMPAT_SO_DEVMEM_DONTNEED, state->done + at,
			       n * sizeof(state->done[0])) < 0)
			return reason_set(&worker->why, errno, "SO_DEVMEM_DONTNEED: %s",
					  strerror(errno));
		at += n;
	}
	state->done_count = 0;
	return 0;
}

/* The parts of n bytes, in the order of the stream; `copied` has those of linear parts. */
static int take_parts(struct worker *worker, struct flow *flow, struct msghdr *message,
		      const unsigned char *copied, size_t n)
{
	struct state *state = worker->state;
	struct compat_devmem_part part;
	size_t seen = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || (c->cmsg_type != COMPAT_SCM_DEVMEM_LINEAR &&
						    c->cmsg_type != COMPAT_SCM_DEVMEM_DMABUF))
			continue;
		memcpy(&part, CMSG_DATA(c), sizeof(part));
		seen += part.size;
		if (c->cmsg_type == COMPAT_SCM_DEVMEM_LINEAR) {
			count_add(&worker->count.copied_bytes, part.size);
			rx_got(worker, flow, copied, part.size);
			copied += part.size;
			continue;
		}
		if (part.offset + part.size > state->memory.size)
			return reason_set(&worker->why, EPROTO,
					  "a part of the stream lies outside of the dma-buf");
		count_add(&worker->count.zerocopy_bytes, part.size);
		rx_got(worker, flow, state->memory.bytes + part.offset, part.size);
		give_back_later(state, part.token);
	}
	if (!seen) { /* it came through another queue, and recvmsg was a plain one */
		count_add(&worker->count.copied_bytes, n);
		rx_got(worker, flow, copied, n);
	} else if (seen != n) {
		return reason_set(&worker->why, EPROTO, "of %zu bytes %zu are told of", n, seen);
	}
	return give_back(worker, flow);
}

static int receive_one(struct worker *worker, struct flow *flow)
{
	struct state *state = worker->state;
	struct buffer *buffer = pool_take(&worker->pool);
	struct iovec whole = { buffer->data, worker->pool.size };
	struct msghdr message = { .msg_iov = &whole,
				  .msg_iovlen = 1,
				  .msg_control = &state->control,
				  .msg_controllen = sizeof(state->control) };
	ssize_t n = socket_result(worker, recvmsg(flow->fd, &message, COMPAT_MSG_SOCK_DEVMEM));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return reason_set(&worker->why, (int)-n, "recvmsg with MSG_SOCK_DEVMEM: %s",
				  strerror((int)-n));
	if (n == 0) {
		rx_end(worker, flow);
		return 0;
	}
	int err = take_parts(worker, flow, &message, buffer->data, (size_t)n);
	return err ? err : 1;
}

static int step(struct worker *worker)
{
	return socket_step(worker, receive_one);
}

static void note_strays(struct worker *worker, const struct queue_device *device,
			unsigned int queue)
{
	struct arrival arrival;
	arrival_open(&arrival, device, queue, 1);
	for (unsigned int i = 0; i < worker->flow_count; i++)
		arrival_of(&arrival, worker->flows[i].fd);
	arrival_note(&arrival, worker);
}

static int open_mode(struct worker *worker)
{
	struct state *state = worker->state;
	const struct pool *pool = &worker->pool;
	struct queue_device device;
	state->memory.fd = -1;
	int err = queue_device(worker->flows[0].fd, &device, &worker->why);
	if (!err)
		err = dmabuf_open(&state->memory, pool->stride * pool->count, &worker->why);
	unsigned int queue = err ? 0 : queue_first(worker->cell, device.queues);
	if (!err)
		err = queue_bind(&state->binding, &device, queue, state->memory.fd, &worker->why);
	if (err)
		return err;
	note_strays(worker, &device, queue);
	return socket_open(worker);
}

static void close_mode(struct worker *worker)
{
	struct state *state = worker->state;
	socket_close(worker);
	queue_unbind(&state->binding);
	if (state->memory.bytes)
		dmabuf_close(&state->memory);
}

const struct copy_mode rx_devmem = {
	.name = "devmem",
	.summary = "recvmsg with MSG_SOCK_DEVMEM (6.12): a device's queue fills a dma-buf",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_REPORTS | MODE_AREA | MODE_QUEUE,
	.capabilities = MODE_MAY(CAP_NET_ADMIN),
	.state_size = sizeof(struct state),
	.open = open_mode,
	.step = step,
	.close = close_mode,
};
