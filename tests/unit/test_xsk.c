/* SPDX-License-Identifier: MIT */
/* AF_XDP between the ends of a veth pair: frames, rings, the filter, and what is refused. */
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

static int end_enter(void *argument)
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

static int end_open(struct end *end, const struct path_link *link, bool receives)
{
	struct cell cell;
	field_presets(&cell_table, &cell);
	end->link = link;
	end->receives = receives;
	end->redirect.link = end->redirect.sockets = end->redirect.counts = -1;
	assert_int_equal(pool_open(&end->pool, &cell, FRAMES, XSK_FRAME_BYTES, &end->why), 0);
	return netns_run(receives ? link->rx_netns : link->tx_netns, end_enter, end, &end->why);
}

static void end_close(struct end *end)
{
	xdp_redirect_close(&end->redirect);
	xsk_close(&end->xsk);
	pool_close(&end->pool);
}

static void open_good(struct end *end, const struct path_link *link, bool receives)
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

static struct packet_headers headers_to(const struct path_link *link, uint16_t port)
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
static void put_packet(struct end *tx, const struct packet_headers *headers, uint32_t frame,
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

static void send_all(struct end *tx)
{
	xsk_ring_publish(&tx->xsk.packets);
	assert_true(xsk_ring_sleeps(&tx->xsk.packets));
	for (int tries = 0; sendto(tx->xsk.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) && tries < 100;
	     tries++)
		assert_true(errno == EAGAIN || errno == EBUSY);
}

/* Waits for so many entries; fewer only after a second in which no more came. */
static uint32_t await(struct xsk_ring *ring, uint32_t wanted)
{
	int64_t end = now_ms() + 1000;
	while (xsk_ring_ready(ring, wanted) < wanted && now_ms() < end)
		usleep(1000);
	return xsk_ring_ready(ring, wanted);
}

/* The next packet is this one; the address at which it lies. */
static uint64_t take_packet(struct end *rx, const struct packet_headers *headers, size_t length)
{
	const struct xdp_desc *got = xsk_ring_packet(&rx->xsk.packets);
	const unsigned char *packet = rx->pool.buffers[0].data + got->addr;
	assert_int_equal(got->len, headers->length + length);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(packet[headers->length + i], length & 0xff);
	return got->addr;
}

static void test_packets_come(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct end tx = { 0 }, rx = { 0 };
	open_or_skip("veth", &cell, &link);
	open_good(&rx, &link, true);
	open_good(&tx, &link, false);
	assert_int_equal(xdp_redirect_serve(&rx.redirect, 0, rx.xsk.fd, &rx.why), 0);
	struct packet_headers headers = headers_to(&link, PORT);
	/* More than once around the rings. */
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < FRAMES / 2; i++)
			put_packet(&tx, &headers, i, 20 + 40 * i + round);
		send_all(&tx);
		assert_int_equal(await(&rx.xsk.packets, FRAMES / 2), FRAMES / 2);
		assert_int_equal(await(&tx.xsk.completion, FRAMES / 2), FRAMES / 2);
		for (uint32_t i = 0; i < FRAMES / 2; i++) {
			uint64_t at = take_packet(&rx, &headers, 20 + 40 * i + round);
			assert_int_equal(*xsk_ring_address(&tx.xsk.completion),
					 (uint64_t)i * XSK_FRAME_BYTES);
			*xsk_ring_address(&rx.xsk.fill) = at / XSK_FRAME_BYTES * XSK_FRAME_BYTES;
		}
		xsk_ring_release(&rx.xsk.packets);
		xsk_ring_release(&tx.xsk.completion);
		xsk_ring_publish(&rx.xsk.fill);
	}
	struct xdp_redirect_counts counts;
	assert_int_equal(xdp_redirect_count(&rx.redirect, &counts), 0);
	assert_int_equal(counts.unserved, 0);
	end_close(&tx);
	end_close(&rx);
	path_close(&link);
}

/* Packets of another port go to the kernel, which has a socket for them here. */
static void test_strangers_pass(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct end tx = { 0 }, rx = { 0 };
	struct reason why;
	struct sockaddr_storage address;
	char got[64];
	open_or_skip("veth", &cell, &link);
	open_good(&rx, &link, true);
	open_good(&tx, &link, false);
	assert_int_equal(xdp_redirect_serve(&rx.redirect, 0, rx.xsk.fd, &why), 0);
	socklen_t length = address_fill(link.rx_address, &address);
	((struct sockaddr_in *)&address)->sin_port = htons(PORT + 1);
	int fd = netns_socket(link.rx_netns, AF_INET, SOCK_DGRAM, 0, &why);
	struct timeval patience = { .tv_sec = 2 };
	assert_int_equal(bind(fd, (void *)&address, length), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	struct xdp_redirect_counts before, after;
	assert_int_equal(xdp_redirect_count(&rx.redirect, &before), 0);
	struct packet_headers headers = headers_to(&link, PORT + 1);
	put_packet(&tx, &headers, 0, 33);
	put_packet(&tx, &headers, 1, 34);
	send_all(&tx);
	/* The kernel takes our headers for good ones: addresses, lengths, checksums. */
	assert_int_equal(recv(fd, got, sizeof(got), 0), 33);
	assert_int_equal(got[32], 33);
	assert_int_equal(recv(fd, got, sizeof(got), 0), 34);
	assert_int_equal(xsk_ring_ready(&rx.xsk.packets, 1), 0);
	assert_int_equal(xdp_redirect_count(&rx.redirect, &after), 0);
	assert_true(after.others >= before.others + 2); /* and whatever IPv6 has to say */
	assert_int_equal(after.unserved, 0);
	close(fd);
	end_close(&tx);
	end_close(&rx);
	path_close(&link);
}

static void send_one(struct end *tx, const struct packet_headers *headers, uint32_t frame)
{
	put_packet(tx, headers, frame, 100);
	send_all(tx);
	assert_int_equal(await(&tx->xsk.completion, 1), 1);
	assert_int_equal(*xsk_ring_address(&tx->xsk.completion), (uint64_t)frame * XSK_FRAME_BYTES);
	xsk_ring_release(&tx->xsk.completion);
}

/* Before its socket serves the queue, or without frames, a packet is lost and counted. */
static void test_losses_are_counted(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct end tx = { 0 }, rx = { 0 };
	struct xdp_redirect_counts counts;
	struct xdp_statistics statistics;
	open_or_skip("veth", &cell, &link);
	open_good(&rx, &link, true);
	open_good(&tx, &link, false);
	struct packet_headers headers = headers_to(&link, PORT);
	send_one(&tx, &headers, 0);
	usleep(20000);
	assert_int_equal(xdp_redirect_count(&rx.redirect, &counts), 0);
	assert_int_equal(counts.unserved, 1);
	assert_int_equal(xdp_redirect_serve(&rx.redirect, 0, rx.xsk.fd, &rx.why), 0);
	for (uint32_t i = 0; i < FRAMES + 10; i++)
		send_one(&tx, &headers, i % FRAMES);
	assert_int_equal(await(&rx.xsk.packets, FRAMES), FRAMES);
	assert_int_equal(xsk_statistics(&rx.xsk, &statistics), 0);
	assert_int_equal(statistics.rx_dropped + statistics.rx_ring_full, 10);
	end_close(&tx);
	end_close(&rx);
	path_close(&link);
}

static void test_refusals(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct end first = { 0 }, second = { 0 }, zerocopy = { .zerocopy = true };
	struct end beyond = { .queue = 7 };
	int before = fds_open();
	open_or_skip("veth", &cell, &link);
	open_good(&first, &link, true);
	assert_int_equal(end_open(&second, &link, true), -EBUSY);
	assert_non_null(strstr(second.why.text, "somebody else"));
	assert_int_equal(end_open(&zerocopy, &link, false), -EOPNOTSUPP);
	assert_non_null(strstr(zerocopy.why.text, "XDP_ZEROCOPY"));
	assert_int_equal(end_open(&beyond, &link, false), -EINVAL);
	assert_non_null(strstr(beyond.why.text, "queue 7"));
	/* A program that is there already stays, and so does its owner's link. */
	assert_int_equal(xdp_attach_pass(link.rx_netns, link.rx_device, &second.why), -EBUSY);
	assert_non_null(strstr(second.why.text, "left alone"));
	uint32_t program = link_of(link.rx_netns, link.rx_device).xdp_program;
	assert_int_not_equal(program, 0);
	end_close(&first);
	assert_int_equal(link_of(link.rx_netns, link.rx_device).xdp_program, 0);
	end_close(&second);
	end_close(&zerocopy);
	end_close(&beyond);
	path_close(&link);
	assert_int_equal(fds_open(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_come),
		cmocka_unit_test(test_strangers_pass),
		cmocka_unit_test(test_losses_are_counted),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
