/* SPDX-License-Identifier: MIT */
/*
 * devmem-send: device memory TCP (Documentation/networking/devmem.rst, 6.16). The buffers are in a
 * dma-buf that is bound to the device; sendmsg names the dma-buf and an offset in it, and the
 * device reads the payload there. Notices are those of MSG_ZEROCOPY.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "../compat.h"
#include "../dmabuf.h"
#include "../queue.h"
#include "msg_zerocopy.h"

struct state {
	struct zerocopy zerocopy; /* first: msg_zerocopy_step's */
	struct dmabuf memory;
	struct queue_binding binding;
};

static ssize_t send_slice(struct worker *worker, struct flow *flow, const struct slice *slice)
{
	const struct state *state = worker->state;
	union {
		char room[CMSG_SPACE(sizeof(state->binding.id))];
		struct cmsghdr head;
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = COMPAT_SCM_DEVMEM_DMABUF,
				.cmsg_len = CMSG_LEN(sizeof(state->binding.id)) } };
	memcpy(CMSG_DATA(&control.head), &state->binding.id, sizeof(state->binding.id));
	/* Of the address only the offset in the dma-buf is left. */
	struct iovec where = { (void *)(uintptr_t)(slice->data - state->memory.bytes),
			       slice->length };
	struct msghdr message = { .msg_iov = &where,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	return sendmsg(flow->fd, &message, MSG_ZEROCOPY | MSG_NOSIGNAL);
}

/*
 * The pool's buffers lie in the dma-buf from now on, at the distances that they had. A stride has
 * room for the lead too, so the whole pages of the pool are enough.
 */
static int move_pool(struct state *state, struct pool *pool, struct reason *why)
{
	unsigned char *first = pool->buffers[0].data;
	size_t lead = (uintptr_t)first % 4096;
	int err = dmabuf_open(&state->memory, pool->stride * pool->count, why);
	for (unsigned int i = 0; !err && i < pool->count; i++)
		pool->buffers[i].data =
			state->memory.bytes + lead + (pool->buffers[i].data - first);
	return err;
}

static int open_mode(struct worker *worker)
{
	struct state *state = worker->state;
	struct queue_device device;
	state->memory.fd = -1;
	int err = queue_device(worker->flows[0].fd, &device, &worker->why);
	if (!err)
		err = move_pool(state, &worker->pool, &worker->why);
	if (!err)
		err = queue_bind_tx(&state->binding, &device, state->memory.fd, &worker->why);
	return err ? err : msg_zerocopy_open(worker, send_slice);
}

static void close_mode(struct worker *worker)
{
	struct state *state = worker->state;
	msg_zerocopy_close(worker);
	queue_unbind(&state->binding);
	if (state->memory.bytes)
		dmabuf_close(&state->memory);
}

const struct copy_mode tx_devmem_send = {
	.name = "devmem-send",
	.summary = "sendmsg with SCM_DEVMEM_DMABUF (6.16): a device reads a dma-buf",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC,
	.capabilities = MODE_MAY(CAP_NET_ADMIN),
	.state_size = sizeof(struct state),
	.open = open_mode,
	.step = msg_zerocopy_step,
	.drain = msg_zerocopy_drain,
	.close = close_mode,
};
