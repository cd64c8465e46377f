/* SPDX-License-Identifier: MIT */
/* udp-recvmmsg: the datagrams that are there in one call, each into its part of a buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"

#define VECTOR_MAX 64 /* more spare no time that could be measured */
#define SLOT_ALIGN 64 /* a cache line */

struct udp_recvmmsg {
	struct udp_rx rx; /* first: udp_rx_step's */
	struct mmsghdr *messages;
	struct iovec *slots;
	unsigned int count;
};

static int recvmmsg_one(struct worker *worker, struct flow *flow)
{
	struct udp_recvmmsg *state = worker->state;
	ssize_t n = socket_result(
		worker, recvmmsg(flow->fd, state->messages, state->count, MSG_WAITFORONE, NULL));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return reason_set(&worker->why, (int)-n, "recvmmsg of UDP datagrams: %s",
				  strerror((int)-n));
	for (ssize_t i = 0; i < n; i++)
		datagram_got(worker, flow, state->slots[i].iov_base, state->messages[i].msg_len);
	return 1;
}

static int step(struct worker *worker)
{
	return udp_rx_step(worker, recvmmsg_one);
}

/* As many as a receive call may ask for. */
static int open_slots(struct worker *worker, struct udp_recvmmsg *state)
{
	size_t slot =
		(udp_datagram_bytes(&worker->flows[0]) + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
	if (slot > worker->pool.size)
		slot = worker->pool.size; /* has room for one, as udp_rx_open has seen */
	size_t room = worker->pool.size / slot;
	unsigned char *data = pool_take(&worker->pool)->data;
	state->count = room < VECTOR_MAX ? (unsigned int)room : VECTOR_MAX;
	state->messages = calloc(state->count, sizeof(*state->messages));
	state->slots = calloc(state->count, sizeof(*state->slots));
	if (!state->messages || !state->slots)
		return reason_set(&worker->why, ENOMEM, "no memory for a list of buffers");
	for (unsigned int i = 0; i < state->count; i++) {
		state->slots[i] = (struct iovec){ .iov_base = data + i * slot, .iov_len = slot };
		state->messages[i].msg_hdr =
			(struct msghdr){ .msg_iov = &state->slots[i], .msg_iovlen = 1 };
	}
	return 0;
}

static int open_mode(struct worker *worker)
{
	int err = udp_rx_open(worker);
	return err ? err : open_slots(worker, worker->state);
}

static void close_mode(struct worker *worker)
{
	struct udp_recvmmsg *state = worker->state;
	udp_rx_close(worker);
	free(state->messages);
	free(state->slots);
}

const struct copy_mode rx_udp_recvmmsg = {
	.name = "udp-recvmmsg",
	.summary = "recvmmsg(2) of the datagrams that are there, as many as `rx_size` has room for",
	.direction = MODE_RX,
	.service = &service_udp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct udp_recvmmsg),
	.open = open_mode,
	.step = step,
	.close = close_mode,
};
