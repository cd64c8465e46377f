/* SPDX-License-Identifier: MIT */
/* xsk_try: the two ends of a veth pair, each with an AF_XDP socket, for the tests of those. */
#ifndef ZCBENCH_TEST_XSK_TRY_H
#define ZCBENCH_TEST_XSK_TRY_H

#include "path_try.h"

#include "netdev.h"
#include "packet.h"
#include "xdp.h"
#include "xdp_redirect.h"
#include "xsk.h"

#define PORT   4242
#define FRAMES 64

/* One end: its pool and its socket, opened inside its namespace. */
struct end {
	const struct path_link *link;
	bool receives, zerocopy;
	uint32_t queue;
	struct pool pool;
	struct xsk xsk;
	struct xdp_redirect redirect;
	struct reason why;
};

static inline int end_enter(void *argument)
{
	struct end *end = argument;
	const char *device = end->receives ? end->link->rx_device : end->link->tx_device;
	int netns = end->receives ? end->link->rx_netns : end->link->tx_netns;
	struct xsk_request request = { .device = device,
				       .index = link_of(netns, device).index,
				       .queue = end->queue,
				       .receives = end->receives,
				       .zerocopy = end->zerocopy,
				       .pool = &end->pool,
				       .frames = FRAMES };
	int err = xsk_open(&end->xsk, &request, &end->why);
	if (!err && end->receives)
		err = xdp_redirect_open(&end->redirect, device, false, PORT, 1, &end->why);
	return err;
}

static inline int end_open(struct end *end, const struct path_link *link, bool receives)
{
	struct cell cell;
	field_presets(&cell_table, &cell);
	end->link = link;
	end->receives = receives;
	end->redirect.link = end->redirect.sockets = end->redirect.counts = -1;
	assert_int_equal(pool_open(&end->pool, &cell, FRAMES, XSK_FRAME_BYTES, &end->why), 0);
	return netns_run(receives ? link->rx_netns : link->tx_netns, end_enter, end, &end->why);
}

static inline void end_close(struct end *end)
{
	xdp_redirect_close(&end->redirect);
	xsk_close(&end->xsk);
	pool_close(&end->pool);
}

static inline void open_good(struct end *end, const struct path_link *link, bool receives)
{
	int err = end_open(end, link, receives);
	if (err == -EPERM || err == -EOPNOTSUPP) {
		print_message("%s\n", end->why.text);
		skip();
	}
	if (err)
		fail_msg("%d %s", err, end->why.text);
	assert_false(end->xsk.zerocopy); /* as read back: veth copies */
}

static inline struct packet_headers headers_to(const struct path_link *link, uint16_t port)
{
	struct packet_route route = { 0 };
	struct packet_headers headers;
	struct sockaddr_in *to = (void *)&route.destination, *from = (void *)&route.source;
	address_fill("198.18.0.1", &route.source);
	address_fill(link->rx_address, &route.destination);
	to->sin_port = htons(port);
	from->sin_port = htons(40000);
	memcpy(route.destination_mac, link_of(link->rx_netns, link->rx_device).mac.bytes, 6);
	memcpy(route.source_mac, link_of(link->tx_netns, link->tx_device).mac.bytes, 6);
	packet_headers_make(&headers, &route);
	return headers;
}

/* A packet in this frame, whose payload is that many times its own length's lowest byte. */
static inline void put_packet(struct end *tx, const struct packet_headers *headers, uint32_t frame,
			      size_t length)
{
	unsigned char *packet = tx->pool.buffers[frame].data;
	packet_headers_write(headers, packet, length, 0);
	memset(packet + headers->length, (int)(length & 0xff), length);
	assert_true(xsk_ring_room(&tx->xsk.packets, 1) >= 1);
	*xsk_ring_packet(&tx->xsk.packets) =
		(struct xdp_desc){ .addr = (uint64_t)frame * XSK_FRAME_BYTES,
				   .len = (uint32_t)(headers->length + length) };
}

static inline void send_all(struct end *tx)
{
	xsk_ring_publish(&tx->xsk.packets);
	assert_true(xsk_ring_sleeps(&tx->xsk.packets));
	for (int tries = 0; sendto(tx->xsk.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) && tries < 100;
	     tries++)
		assert_true(errno == EAGAIN || errno == EBUSY);
}

/* Waits for so many entries; fewer only after a second in which no more came. */
static inline uint32_t await(struct xsk_ring *ring, uint32_t wanted)
{
	int64_t end = now_ms() + 1000;
	while (xsk_ring_ready(ring, wanted) < wanted && now_ms() < end)
		usleep(1000);
	return xsk_ring_ready(ring, wanted);
}

/* The next packet is this one; the address at which it lies. */
static inline uint64_t take_packet(struct end *rx, const struct packet_headers *headers,
				   size_t length)
{
	const struct xdp_desc *got = xsk_ring_packet(&rx->xsk.packets);
	const unsigned char *packet = rx->pool.buffers[0].data + got->addr;
	assert_int_equal(got->len, headers->length + length);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(packet[headers->length + i], length & 0xff);
	return got->addr;
}

#endif
