/* SPDX-License-Identifier: MIT */
/* How messages lie in their buffers between the headers of their datagrams. */
#include "worker_try.h"

#include <errno.h>

#include "modes/udp.h"

#define HEAD sizeof(struct datagram)

/* The worker's buffers are laid out for datagrams with so much room, and written. */
static void open_laid_out(uint64_t size, uint32_t room)
{
	mode.layout = udp_layout;
	cell.touch = TOUCH_TX;
	for (int i = 0; i < 3; i++)
		flows[i].room = room;
	open_worker(size);
}

static void test_layout(void **state)
{
	(void)state;
	static const struct {
		uint64_t size, piece, pieces;
		uint32_t room;
	} known[] = {
		{ 1, 1, 1, 1440 },         { 1440, 1440, 1, 1440 },    { 1441, 721, 2, 1440 },
		{ 65536, 1425, 46, 1440 }, { 65536, 32768, 2, 65475 }, { 10, 2, 5, 2 },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		open_laid_out(known[i].size, known[i].room);
		assert_int_equal(worker.piece, known[i].piece);
		assert_int_equal(worker.gap, HEAD);
		assert_int_equal(worker.pool.size, known[i].size + known[i].pieces * HEAD);
		assert_int_equal(worker_lies_at(&worker, 0), HEAD);
		assert_int_equal(worker_lies_at(&worker, known[i].size - 1), worker.pool.size - 1);
		tear_down(NULL);
		set_up(NULL);
	}
}

static void test_no_room(void **state)
{
	(void)state;
	mode.layout = udp_layout;
	flows[0].room = 0;
	cell.size = 10;
	assert_int_equal(worker_open(&worker, &cell, &mode), -EMSGSIZE);
	assert_non_null(strstr(worker.why.text, "--mtu"));
}

/* A run is what goes over the wire: heads and payload in turn, numbered without a gap. */
static void assert_run(const struct udp_run *run, uint64_t sequence, uint64_t offset)
{
	const unsigned char *at = run->data;
	size_t payload = 0;
	for (uint64_t i = 0; i < run->datagrams; i++) {
		struct datagram head;
		memcpy(&head, at, HEAD);
		assert_int_equal(head.sequence, sequence + i);
		assert_int_equal(head.offset, offset + payload);
		assert_int_equal(payload_check(at + HEAD, head.length, flows[0].seed, head.offset),
				 0);
		payload += head.length;
		at += HEAD + head.length;
	}
	assert_int_equal(payload, run->payload);
	assert_ptr_equal(at, run->data + run->length);
}

static void test_runs_of_a_message(void **state)
{
	(void)state;
	struct slice slice;
	open_laid_out(1000, 300); /* 4 pieces of 250 */
	for (uint64_t message = 0; message < 3; message++) {
		static const uint64_t mosts[] = { 1, 2, 9 };
		uint64_t sent = 0;
		for (int i = 0; i < 3; i++) {
			assert_true(tx_next(&worker, &flows[0], &slice));
			struct udp_run run = udp_run_next(&worker, &flows[0], mosts[i]);
			assert_int_equal(run.datagrams, i == 1 ? 2 : 1);
			assert_int_equal(run.payload, run.datagrams * 250);
			assert_run(&run, message * 4 + sent, message * 1000 + sent * 250);
			datagram_sent(&flows[0], run.datagrams);
			tx_sent(&worker, &flows[0], run.payload);
			sent += run.datagrams;
		}
		assert_int_equal(sent, 4);
		assert_int_equal(worker.count.messages, message + 1);
	}
}

/* Those that wait before it are counted in its heads. */
static void test_runs_ahead(void **state)
{
	(void)state;
	struct slice first, second;
	open_laid_out(1000, 300);
	assert_true(tx_begin(&worker, &flows[0], &first));
	struct udp_run one = udp_run_make(&worker, &flows[0], first.buffer, 0, 9, NULL);
	assert_run(&one, 0, 0);
	assert_true(tx_begin(&worker, &flows[0], &second));
	assert_ptr_not_equal(first.buffer, second.buffer);
	struct udp_run two = udp_run_make(&worker, &flows[0], second.buffer, 0, 1, &one);
	assert_run(&two, 4, 1000);
	one.datagrams += two.datagrams;
	one.payload += two.payload;
	two = udp_run_make(&worker, &flows[0], second.buffer, 250, 9, &one);
	assert_run(&two, 5, 1250);
	assert_int_equal(two.datagrams, 3);
}

/* Another flow used the buffer meanwhile: what is left is written again, where it lies. */
static void test_shared_buffer(void **state)
{
	(void)state;
	struct slice slice;
	mode.flags = MODE_COPIES;
	open_laid_out(1000, 300);
	assert_int_equal(worker.pool.count, 1);
	assert_true(tx_next(&worker, &flows[0], &slice));
	datagram_sent(&flows[0], 1);
	tx_sent(&worker, &flows[0], 250);
	assert_true(tx_next(&worker, &flows[1], &slice));
	assert_true(tx_next(&worker, &flows[0], &slice));
	struct udp_run run = udp_run_next(&worker, &flows[0], 9);
	assert_int_equal(run.datagrams, 3);
	assert_run(&run, 1, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_layout),     TEST(test_no_room),       TEST(test_runs_of_a_message),
		TEST(test_runs_ahead), TEST(test_shared_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
