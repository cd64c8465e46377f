/* SPDX-License-Identifier: MIT */
/*
 * packet-mmap, receiver: the kernel copies packets into a ring of blocks (TPACKET_V3, f6fb8f100b80,
 * 3.2); the program reads them there, and gives each block back as a whole.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../datagram.h"
#include "../mode.h"
#include "../packet.h"
#include "../worker.h"
#include "packet_ring.h"

struct packet_rx {
	unsigned char **rings; /* by flow->index */
	unsigned int *next;    /* the block that the kernel passes on next */
	struct pollfd *polls;
	struct datagram_idle idle;
};

static struct tpacket_block_desc *block_of(const struct packet_rx *state, unsigned int flow)
{
	return (void *)(state->rings[flow] + state->next[flow] * PACKET_RING_BLOCK);
}

static bool is_ready(const struct tpacket_block_desc *block)
{
	return __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

/* A packet that is not ours, or not whole, is a stranger's. */
static void take_packet(struct worker *worker, struct flow *flow, const struct tpacket3_hdr *head)
{
	struct packet_payload payload = { 0 };
	packet_parse((const unsigned char *)head + head->tp_mac, head->tp_snaplen, &payload);
	datagram_got(worker, flow, payload.data, payload.length);
}

static void take_block(struct worker *worker, struct flow *flow, struct tpacket_block_desc *block)
{
	const unsigned char *at = (unsigned char *)block + block->hdr.bh1.offset_to_first_pkt;
	for (uint32_t left = block->hdr.bh1.num_pkts; left; left--) {
		const struct tpacket3_hdr *head = (const void *)at;
		take_packet(worker, flow, head);
		at += head->tp_next_offset;
	}
	__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static int take_ready(struct worker *worker, struct packet_rx *state)
{
	int done = 0;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		for (unsigned int left = PACKET_RING_BLOCKS; left; left--, done++) {
			struct tpacket_block_desc *block = block_of(state, i);
			if (!is_ready(block))
				break;
			take_block(worker, &worker->flows[i], block);
			state->next[i] = (state->next[i] + 1) % PACKET_RING_BLOCKS;
		}
	return done;
}

/* ENETDOWN: poll does not sleep again until it has been read. Who takes the link up is awaited. */
static void take_errors(const struct worker *worker, const struct packet_rx *state)
{
	int err;
	socklen_t length = sizeof(err);
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (state->polls[i].revents & POLLERR)
			getsockopt(state->polls[i].fd, SOL_SOCKET, SO_ERROR, &err, &length);
}

static int step(struct worker *worker)
{
	struct packet_rx *state = worker->state;
	int done = take_ready(worker, state), n = 1;
	if (!done) {
		count_add(&worker->count.syscalls, 1);
		count_add(&worker->count.waits, 1);
		n = poll(state->polls, worker->flow_count, WORKER_PATIENCE_MS);
		if (n < 0 && errno != EINTR)
			return reason_set(&worker->why, errno, "poll: %s", strerror(errno));
		take_errors(worker, state);
	}
	datagram_rest(worker, &state->idle, n == 0);
	return done;
}

static int open_ring(struct worker *worker, struct packet_rx *state, unsigned int i)
{
	int fd = worker->flows[i].fd;
	state->polls[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return packet_ring_open(&state->rings[i], fd, PACKET_RX_RING, TPACKET_V3, 0, &worker->why);
}

static int open_mode(struct worker *worker)
{
	struct packet_rx *state = worker->state;
	state->rings = calloc(worker->flow_count, sizeof(*state->rings));
	state->next = calloc(worker->flow_count, sizeof(*state->next));
	state->polls = calloc(worker->flow_count, sizeof(*state->polls));
	if (!state->rings || !state->next || !state->polls)
		return reason_set(&worker->why, ENOMEM, "no memory for rings; lower --flows");
	int err = datagram_open(worker);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		err = open_ring(worker, state, i);
	return err;
}

static void close_mode(struct worker *worker)
{
	struct packet_rx *state = worker->state;
	for (unsigned int i = 0; state->rings && i < worker->flow_count; i++)
		packet_ring_close(state->rings[i]);
	free(state->rings);
	free(state->next);
	free(state->polls);
	datagram_close(worker);
}

const struct copy_mode rx_packet_mmap = {
	.name = "packet-mmap",
	.summary =
		"AF_PACKET: reads packets in a mapped ring (TPACKET_V3), to which they are copied",
	.direction = MODE_RX,
	.service = &service_packet,
	.flags = MODE_COPIES,
	.capabilities = MODE_MAY(CAP_NET_RAW),
	.state_size = sizeof(struct packet_rx),
	.probe = packet_ring_probe,
	.open = open_mode,
	.step = step,
	.close = close_mode,
};
