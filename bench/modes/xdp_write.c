/* SPDX-License-Identifier: MIT */
#include "xdp_write.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "../compat.h"
#include "../payload.h"

/* The payload that a packet has room for: of the MTU, and of the frames it may have. */
static int plan_packets(struct worker *worker, struct xdp_tx *tx)
{
	size_t overhead = packet_headers_bytes(tx->set.six) + sizeof(struct datagram);
	size_t packet = tx->set.link.mtu + sizeof(struct ethhdr);
	/* A receiver whose packets have one frame each drops what does not fit into it. */
	size_t most = tx->set.sockets[0].multi ? (size_t)XSK_SEND_FRAMES * XSK_FRAME_BYTES
					       : XSK_RECEIVE_BYTES;
	if (packet > most)
		packet = most;
	if (packet <= overhead)
		return reason_set(&worker->why, EOPNOTSUPP, "the mtu %u of %s is too small",
				  tx->set.link.mtu, tx->set.device);
	tx->room = packet - overhead;
	tx->frames = (unsigned int)((packet - 1) / XSK_FRAME_BYTES + 1);
	if (tx->frames > worker->pool.count)
		return reason_set(&worker->why, EOPNOTSUPP,
				  "a packet of mtu %u takes %u frames; raise --buffers",
				  tx->set.link.mtu, tx->frames);
	return 0;
}

static int open_stream(struct worker *worker, struct xdp_tx *tx, struct flow *flow)
{
	struct xdp_stream *stream = &tx->streams[flow->index];
	struct packet_route route;
	int err = xdp_addresses(worker, flow, &route.source, &route.destination);
	if (err)
		return err;
	memcpy(route.source_mac, tx->set.link.mac.bytes, sizeof(route.source_mac));
	memcpy(route.destination_mac, tx->set.peer.bytes, sizeof(route.destination_mac));
	packet_headers_make(&stream->headers, &route);
	stream->xsk = &tx->set.sockets[flow->index % tx->set.count];
	return 0;
}

int xdp_write_open(struct worker *worker, struct xdp_tx *tx)
{
	int err = plan_packets(worker, tx);
	if (err)
		return err;
	tx->streams = calloc(worker->flow_count, sizeof(*tx->streams));
	tx->sent = calloc(worker->pool.count, sizeof(*tx->sent));
	if (!tx->streams || !tx->sent)
		return reason_set(&worker->why, ENOMEM, "no memory for the flows; lower --flows");
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		err = open_stream(worker, tx, &worker->flows[i]);
	return err;
}

void xdp_write_close(struct xdp_tx *tx)
{
	free(tx->streams);
	free(tx->sent);
}

static uint64_t step_time(struct xdp_tx *tx)
{
	if (!tx->now_ns)
		tx->now_ns = worker_now_ns();
	return tx->now_ns;
}

/* A frame for so many payload bytes, now the kernel's; may_put has seen that there is one. */
static struct buffer *take_frame(struct worker *worker, struct xdp_tx *tx, size_t bytes)
{
	struct buffer *frame = pool_take(&worker->pool);
	tx->sent[frame->index] =
		(struct xdp_sent){ .bytes = (uint32_t)bytes, .at_ns = step_time(tx) };
	tx_hold(worker, frame, bytes);
	return frame;
}

/* Are there frames, and room in the ring, for a packet of the flow? */
static bool may_put(struct worker *worker, struct xdp_tx *tx, const struct flow *flow)
{
	if (!flow->buffer && !tx_may_begin(worker, flow))
		return false;
	struct xsk_ring *ring = &tx->streams[flow->index].xsk->packets;
	unsigned int allowed =
		worker->allowed < worker->pool.count ? worker->allowed : worker->pool.count;
	if (allowed < tx->frames)
		allowed = tx->frames;
	if (xsk_ring_room(ring, tx->frames) >= tx->frames &&
	    (worker->held + tx->frames <= allowed || worker->pool.reuse_early))
		return true;
	count_add(&worker->count.buffer_waits, 1);
	return false;
}

static void describe(struct xsk_ring *ring, const struct buffer *frame, size_t length, bool more)
{
	*xsk_ring_packet(ring) =
		(struct xdp_desc){ .addr = (uint64_t)frame->index * XSK_FRAME_BYTES,
				   .len = (uint32_t)length,
				   .options = more ? XDP_PKT_CONTD : 0 };
}

/* Payload from an offset of the flow's stream on; its sum, where the headers need that. */
static uint64_t write_payload(const struct worker *worker, const struct xdp_stream *stream,
			      const struct flow *flow, unsigned char *to, size_t n, size_t done,
			      uint64_t sum)
{
	if (worker->writes)
		payload_fill(to, n, flow->seed, flow->offset + done);
	return stream->headers.six ? packet_sum(to, n, sum) : 0;
}

/* One datagram with the next n bytes of the flow, in as many frames as it takes. */
static void put_packet(struct worker *worker, struct xdp_tx *tx, struct flow *flow, size_t n)
{
	const struct xdp_stream *stream = &tx->streams[flow->index];
	struct xsk_ring *ring = &stream->xsk->packets;
	size_t before = stream->headers.length + sizeof(struct datagram);
	size_t piece = n < XSK_FRAME_BYTES - before ? n : XSK_FRAME_BYTES - before;
	struct datagram head = datagram_make(flow, 0, 0, n);
	struct buffer *first = take_frame(worker, tx, piece), *frame = first;
	unsigned char *packet = first->data;
	memcpy(packet + stream->headers.length, &head, sizeof(head));
	uint64_t sum = stream->headers.six ? packet_sum(&head, sizeof(head), 0) : 0;
	sum = write_payload(worker, stream, flow, packet + before, piece, 0, sum);
	describe(ring, first, before + piece, piece < n);
	for (size_t done = piece; done < n; done += piece) {
		piece = n - done < XSK_FRAME_BYTES ? n - done : XSK_FRAME_BYTES;
		frame = take_frame(worker, tx, piece);
		sum = write_payload(worker, stream, flow, frame->data, piece, done, sum);
		describe(ring, frame, piece, done + piece < n);
	}
	packet_headers_write(&stream->headers, packet, sizeof(head) + n, sum);
	datagram_sent(flow, 1);
	flow->buffer = frame;
	tx_took(worker, flow, frame, n);
}

unsigned int xdp_write(struct worker *worker, struct xdp_tx *tx, struct flow *flow)
{
	unsigned int done = 0;
	while (done < worker->batch && may_put(worker, tx, flow)) {
		if (!flow->buffer) {
			flow->begun += worker->cell->size;
			flow->rest = worker->cell->size;
		}
		put_packet(worker, tx, flow, flow->rest < tx->room ? flow->rest : tx->room);
		done++;
	}
	return done;
}
