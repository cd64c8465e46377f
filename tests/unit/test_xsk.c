/* SPDX-License-Identifier: MIT */
/* AF_XDP between the ends of a veth pair: frames, rings, the filter, and what is refused. */
#include "xsk_try.h"

#include "compat.h"

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

/* A packet of three frames is one packet at the other end as well (XDP_USE_SG, 6.6). */
static void test_packets_of_several_frames_come(void **state)
{
	(void)state;
	need_root();
	const uint32_t bytes = 2 * XSK_FRAME_BYTES + 500;
	struct cell cell = cell_preset();
	struct path_link link;
	struct end tx = { 0 }, rx = { 0 };
	uint32_t got = 0, pieces = 0;
	cell.mtu = 9000;
	open_or_skip("veth", &cell, &link);
	open_good(&rx, &link, true);
	open_good(&tx, &link, false);
	assert_int_equal(tx.xsk.multi, rx.xsk.multi);
	if (!tx.xsk.multi)
		skip();
	assert_int_equal(xdp_redirect_serve(&rx.redirect, 0, rx.xsk.fd, &rx.why), 0);
	struct packet_headers headers = headers_to(&link, PORT);
	packet_headers_write(&headers, tx.pool.buffers[0].data, bytes - headers.length, 0);
	for (uint32_t i = 0; i < 3; i++)
		*xsk_ring_packet(&tx.xsk.packets) =
			(struct xdp_desc){ .addr = (uint64_t)i * XSK_FRAME_BYTES,
					   .len = i < 2 ? XSK_FRAME_BYTES : 500,
					   .options = i < 2 ? XDP_PKT_CONTD : 0 };
	send_all(&tx);
	assert_int_equal(await(&tx.xsk.completion, 3), 3);
	/* In as many frames as it takes, all but the last with a word that more follow. */
	for (bool more = true; more; pieces++) {
		assert_true(await(&rx.xsk.packets, 1) >= 1);
		const struct xdp_desc *desc = xsk_ring_packet(&rx.xsk.packets);
		got += desc->len;
		more = desc->options & XDP_PKT_CONTD;
	}
	assert_int_equal(got, bytes);
	assert_in_range(pieces, 3, XSK_RECEIVE_MAX);
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
		cmocka_unit_test(test_packets_of_several_frames_come),
		cmocka_unit_test(test_strangers_pass),
		cmocka_unit_test(test_losses_are_counted),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
