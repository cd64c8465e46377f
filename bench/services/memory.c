/* SPDX-License-Identifier: MIT */
/* memory: one ring of shared memory a flow, which the sender makes and passes to the receiver. */
#include <errno.h>
#include <stdlib.h>

#include "../control.h"
#include "../local.h"
#include "../ring.h"

extern const struct copy_mode tx_shm_copy, rx_shm_copy;

/* As the receiver (fd: what was passed) or the sender (-1) maps it. */
static int hold_ring(const struct order *order, struct flow *flow, struct reason *why)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	flow->held = ring;
	if (!ring)
		return reason_set(why, ENOMEM, "no memory for a ring; lower --flows");
	if (order->receiver)
		return ring_take(ring, &order->cell, flow->fd, why);
	flow->fd = ring_make(ring, &order->cell, why);
	return flow->fd < 0 ? flow->fd : 0;
}

static int memory_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
			 uint64_t *strangers, struct reason *why)
{
	int err = local_accept(order, listener, hangup_fd, flows, strangers, why);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = hold_ring(order, &flows[i], why);
	return err;
}

static int join(const struct order *order, struct flow *flow, struct reason *why)
{
	int err = hold_ring(order, flow, why);
	return err ? err : local_pass(flow, flow->fd, why);
}

static int memory_dial(const struct order *order, const char *where, struct flow *flows,
		       struct reason *why)
{
	return local_dial(order, where, flows, join, why);
}

static void memory_half_close(struct flow *flow)
{
	ring_end(flow->held);
}

static uint64_t memory_finish(struct flow *flow)
{
	control_wait_closed(flow->control);
	return ring_unread_bytes(flow->held);
}

static void memory_close(struct flow *flow)
{
	if (flow->held)
		ring_close(flow->held);
	free(flow->held);
	flow->held = NULL;
	local_close(flow);
}

const struct service service_memory = {
	.name = "memory",
	.summary = "one ring of memory a flow that both programs map",
	.flags = SERVICE_RELIABLE | SERVICE_ORDERED | SERVICE_LOCAL,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_shm_copy,
	.rx = &rx_shm_copy,
	.listen = local_listen,
	.accept = memory_accept,
	.dial = memory_dial,
	.half_close = memory_half_close,
	.finish = memory_finish,
	.close = memory_close,
};
