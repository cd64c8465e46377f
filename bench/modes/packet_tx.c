/* SPDX-License-Identifier: MIT */
/*
 * packet-mmap, sender: the program writes packets into a ring of frames (TPACKET_V2, 69e3c75f4d54,
 * 2.6.31) and one call sends all that are ready. The kernel refers to the ring's pages; that it has
 * let go of a frame, its status says, and nothing says whether it copied.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../datagram.h"
#include "../mode.h"
#include "../services/packet.h"
#include "../worker.h"
#include "packet_ring.h"
#include "udp.h"

/* Where tpacket_parse_header of net/packet/af_packet.c looks for the packet in a frame. */
#define PACKET_AT  (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))

#define CALL_BYTES (256UL << 10) /* so much is written before it is sent */

struct packet_flow {
	unsigned char *ring;
	uint64_t sent, next;  /* frames: sent by the kernel <= written by us */
	struct udp_run ahead; /* the sum of those between */
};

struct packet_tx {
	struct packet_flow *flows; /* by flow->index */
	size_t frame;              /* bytes */
	uint64_t count;            /* of frames in a ring */
	uint64_t most;             /* frames of a call */
};

static struct tpacket2_hdr *frame_of(const struct packet_tx *state, const struct packet_flow *own,
				     uint64_t number)
{
	size_t at = number % state->count, per_block = PACKET_RING_BLOCK / state->frame;
	return (void *)(own->ring + at / per_block * PACKET_RING_BLOCK +
			at % per_block * state->frame);
}

static uint32_t status_of(const struct tpacket2_hdr *frame)
{
	return __atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE);
}

static void write_packet(const struct worker *worker, const struct flow *flow,
			 const struct packet_flow *own, struct tpacket2_hdr *frame, size_t n)
{
	const struct packet_headers *headers = &((const struct packet_end *)flow->held)->headers;
	unsigned char *packet = (unsigned char *)frame + PACKET_AT;
	unsigned char *payload = packet + headers->length;
	struct datagram head = datagram_make(flow, own->ahead.datagrams, own->ahead.payload, n);
	memcpy(payload, &head, sizeof(head));
	tx_write(worker, flow, payload + sizeof(head), n, own->ahead.payload);
	n += sizeof(head);
	packet_headers_write(headers, packet, n, headers->six ? packet_sum(payload, n, 0) : 0);
	frame->tp_len = (uint32_t)(headers->length + n);
	__atomic_store_n(&frame->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

/* The bytes of the datagram that follows those written; 0: no credit for another message. */
static size_t next_bytes(const struct worker *worker, const struct flow *flow,
			 const struct packet_flow *own)
{
	size_t size = worker->cell->size, done = (flow->offset + own->ahead.payload) % size;
	if (!done && flow->credit - own->ahead.payload < size)
		return 0;
	return size - done < worker->piece ? size - done : worker->piece;
}

/* Writes packets into free frames, as many as one call shall send. */
static void fill(const struct worker *worker, const struct flow *flow, struct packet_flow *own)
{
	const struct packet_tx *state = worker->state;
	while (own->next - own->sent < state->most) {
		struct tpacket2_hdr *frame = frame_of(state, own, own->next);
		size_t n = next_bytes(worker, flow, own);
		if (!n || status_of(frame) != TP_STATUS_AVAILABLE)
			break;
		write_packet(worker, flow, own, frame, n);
		own->next++;
		own->ahead.datagrams++;
		own->ahead.payload += n;
	}
}

/* Counts the frames that the kernel has taken; it takes them in order. 0, or -errno. */
static int count_taken(struct worker *worker, struct flow *flow, struct packet_flow *own)
{
	const struct packet_tx *state = worker->state;
	for (; own->sent != own->next; own->sent++) {
		const struct tpacket2_hdr *frame = frame_of(state, own, own->sent);
		uint32_t status = status_of(frame);
		if (status & TP_STATUS_WRONG_FORMAT)
			return reason_set(&worker->why, EMSGSIZE,
					  "the kernel refuses a packet of %u bytes; the path's MTU "
					  "became smaller, see ip link",
					  frame->tp_len);
		if (status & TP_STATUS_SEND_REQUEST)
			break;
		size_t n = frame->tp_len - sizeof(struct datagram) -
			   ((const struct packet_end *)flow->held)->headers.length;
		own->ahead.datagrams--;
		own->ahead.payload -= n;
		datagram_sent(flow, 1);
		tx_passed(worker, flow, n);
	}
	return 0;
}

/* Sends what is written. 1, 0 if the kernel takes no more now, -errno. */
static int send_ready(struct worker *worker, struct flow *flow, struct packet_flow *own)
{
	uint64_t before = own->sent;
	int failed = 0;
	count_add(&worker->count.syscalls, 1);
	if (send(flow->fd, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		failed = errno;
	int err = count_taken(worker, flow, own);
	if (err)
		return err;
	if (failed == EAGAIN || failed == EINTR)
		count_add(&worker->count.eagain, 1);
	else if (failed == ENOBUFS)
		count_add(&worker->count.enobufs, 1);
	else if (failed && !datagram_down(worker, failed))
		return reason_set(&worker->why, failed, "sending a packet socket's ring: %s",
				  strerror(failed));
	return own->sent != before;
}

/* All rings are full of packets that the device has not sent. */
static int wait_for_room(struct worker *worker)
{
	struct pollfd wait = { .fd = worker->flows[0].fd, .events = POLLOUT };
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	count_add(&worker->count.buffer_waits, 1);
	if (poll(&wait, 1, worker->flow_count > 1 ? 1 : WORKER_PATIENCE_MS) < 0 && errno != EINTR)
		return reason_set(&worker->why, errno, "poll: %s", strerror(errno));
	return 0;
}

static int step(struct worker *worker)
{
	struct packet_tx *state = worker->state;
	int done = 0;
	bool wanting = false;
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		struct flow *flow = &worker->flows[i];
		struct packet_flow *own = &state->flows[i];
		fill(worker, flow, own);
		int n = own->next != own->sent ? send_ready(worker, flow, own) : 0;
		if (n < 0)
			return n;
		done += n;
		wanting = wanting || next_bytes(worker, flow, own);
	}
	return done || !wanting ? done : wait_for_room(worker);
}

/* Until the device has sent what the ring holds: then no frame is anything but free. */
static int drain(struct worker *worker)
{
	const struct packet_tx *state = worker->state;
	const uint64_t patience_ns = 10000000000ULL, end_ns = worker_now_ns() + patience_ns;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		for (uint64_t f = 0; f < state->count; f++)
			while (status_of(frame_of(state, &state->flows[i], f)) &
			       TP_STATUS_SENDING) {
				if (worker_now_ns() > end_ns)
					return reason_set(&worker->why, ETIMEDOUT,
							  "a device did not send a packet within "
							  "10 s; see ip -s link");
				wait_for_room(worker);
			}
	return 0;
}

static int open_mode(struct worker *worker)
{
	struct packet_tx *state = worker->state;
	const struct packet_end *end = worker->flows[0].held;
	size_t bytes = PACKET_AT + end->headers.length + worker->gap + worker->piece;
	state->frame = (bytes + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
	state->count = PACKET_RING_BLOCK / state->frame * PACKET_RING_BLOCKS;
	state->most =
		CALL_BYTES / state->frame < state->count ? CALL_BYTES / state->frame : state->count;
	state->flows = calloc(worker->flow_count, sizeof(*state->flows));
	if (!state->flows)
		return reason_set(&worker->why, ENOMEM, "no memory for rings; lower --flows");
	int err = 0;
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		err = packet_ring_open(&state->flows[i].ring, worker->flows[i].fd, PACKET_TX_RING,
				       TPACKET_V2, state->frame, &worker->why);
	return err;
}

static void close_mode(struct worker *worker)
{
	struct packet_tx *state = worker->state;
	for (unsigned int i = 0; state->flows && i < worker->flow_count; i++)
		packet_ring_close(state->flows[i].ring);
	free(state->flows);
}

const struct copy_mode tx_packet_mmap = {
	.name = "packet-mmap",
	.summary = "AF_PACKET: writes packets in a mapped ring (TPACKET_V2), whose pages are sent",
	.direction = MODE_TX,
	.service = &service_packet,
	.flags = MODE_CLAIMS,
	.capabilities = MODE_MAY(CAP_NET_RAW),
	.state_size = sizeof(struct packet_tx),
	.probe = packet_ring_probe,
	.layout = udp_layout,
	.open = open_mode,
	.step = step,
	.drain = drain,
	.close = close_mode,
};
