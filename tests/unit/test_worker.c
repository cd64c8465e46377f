/* SPDX-License-Identifier: MIT */
/* A sender's messages, buffers and credit, without a socket. */
#include "worker_try.h"

#define SIZE 10000UL

static unsigned int renewed;

static void renew(struct worker *w, struct buffer *buffer)
{
	(void)w, (void)buffer;
	renewed++;
}

static void open_sender(unsigned int depth, unsigned int buffers)
{
	cell.depth = depth;
	cell.buffers = buffers;
	renewed = 0;
	open_worker(SIZE);
}

static void test_a_message_is_sent_in_slices_of_one_buffer(void **state)
{
	(void)state;
	struct slice slice;
	open_sender(2, 2);
	assert_true(tx_next(&worker, &flows[0], &slice));
	assert_int_equal(slice.length, SIZE);
	unsigned char *start = slice.data;
	assert_ptr_equal(start, slice.buffer->data);
	tx_sent(&worker, &flows[0], 1);
	tx_sent(&worker, &flows[0], 999);
	assert_true(tx_next(&worker, &flows[0], &slice));
	assert_ptr_equal(slice.data, start + 1000);
	assert_int_equal(slice.length, SIZE - 1000);
	assert_int_equal(worker.count.bytes, 1000);
	assert_int_equal(worker.count.messages, 0);
	assert_true(slice.buffer->busy);
	tx_sent(&worker, &flows[0], SIZE - 1000);
	assert_int_equal(worker.count.bytes, SIZE);
	assert_int_equal(worker.count.messages, 1);
	assert_int_equal(flows[0].offset, SIZE);
	assert_null(flows[0].buffer);
	assert_false(slice.buffer->busy);
	struct buffer *first = slice.buffer;
	assert_true(tx_next(&worker, &flows[0], &slice));
	assert_ptr_not_equal(slice.buffer, first);
	assert_int_equal(worker.count.buffer_waits, 0);
}

static void test_credit_is_spent_in_whole_messages(void **state)
{
	(void)state;
	struct slice slice;
	open_sender(8, 8);
	flows[0].credit = 3 * SIZE - 1;
	for (int i = 0; i < 2; i++) {
		assert_true(tx_next(&worker, &flows[0], &slice));
		tx_sent(&worker, &flows[0], slice.length);
	}
	assert_false(tx_next(&worker, &flows[0], &slice));
	assert_int_equal(flows[0].credit, SIZE - 1);
	assert_int_equal(worker.count.buffer_waits, 0); /* it is not the buffers' fault */
	flows[1].credit = 2 * SIZE;                     /* messages begun count, sent or not */
	assert_true(tx_begin(&worker, &flows[1], &slice));
	assert_true(tx_begin(&worker, &flows[1], &slice));
	assert_false(tx_may_begin(&worker, &flows[1]));
	assert_false(tx_begin(&worker, &flows[1], &slice));
}

static void test_messages_in_flight_have_buffers_of_their_own(void **state)
{
	(void)state;
	struct slice a, b, c;
	open_sender(4, 4);
	cell.verify = 1;
	worker.writes = true;
	assert_true(tx_begin(&worker, &flows[0], &a));
	assert_true(tx_begin(&worker, &flows[0], &b));
	assert_true(tx_begin(&worker, &flows[0], &c));
	assert_true(a.buffer != b.buffer && b.buffer != c.buffer && a.buffer != c.buffer);
	assert_int_equal(payload_check(a.data, SIZE, flows[0].seed, 0), 0);
	assert_int_equal(payload_check(b.data, SIZE, flows[0].seed, SIZE), 0);
	assert_int_equal(payload_check(c.data, SIZE, flows[0].seed, 2 * SIZE), 0);
	assert_int_equal(flows[0].begun, 3 * SIZE);
	tx_took(&worker, &flows[0], a.buffer, SIZE - 1);
	assert_int_equal(worker.count.messages, 0);
	assert_true(a.buffer->busy);
	tx_took(&worker, &flows[0], a.buffer, 1);
	assert_int_equal(worker.count.messages, 1);
	assert_false(a.buffer->busy);
	assert_true(b.buffer->busy && c.buffer->busy);
	tx_took(&worker, &flows[0], b.buffer, SIZE);
	assert_non_null(flows[0].buffer);
	tx_took(&worker, &flows[0], c.buffer, 500);
	assert_int_equal(flows[0].rest, SIZE - 500);
	tx_took(&worker, &flows[0], c.buffer, SIZE - 500);
	assert_null(flows[0].buffer);
	assert_int_equal(worker.count.messages, 3);
	assert_int_equal(worker.count.bytes, 3 * SIZE);
	assert_int_equal(flows[0].offset, flows[0].begun);
}

static void test_depth_bounds_what_the_kernel_holds(void **state)
{
	(void)state;
	struct slice slice;
	open_sender(2, 8);
	struct buffer *held[2];
	for (int i = 0; i < 2; i++) {
		assert_true(tx_next(&worker, &flows[0], &slice));
		held[i] = slice.buffer;
		tx_hold(&worker, slice.buffer, SIZE / 2); /* sent in two transfers */
		tx_hold(&worker, slice.buffer, SIZE / 2);
		tx_sent(&worker, &flows[0], SIZE);
	}
	assert_int_equal(worker.held, 2);
	assert_int_equal(worker.outstanding_bytes, 2 * SIZE);
	assert_false(tx_next(&worker, &flows[0], &slice)); /* free buffers, but no depth */
	assert_int_equal(worker.count.buffer_waits, 1);
	tx_release(&worker, held[0], SIZE / 2);
	assert_false(tx_next(&worker, &flows[0], &slice));
	assert_int_equal(worker.count.buffer_waits, 2);
	tx_release(&worker, held[0], SIZE / 2);
	assert_int_equal(worker.held, 1);
	assert_true(tx_next(&worker, &flows[0], &slice));
	tx_sent(&worker, &flows[0], SIZE);
	tx_release(&worker, held[1], SIZE / 2);
	tx_release(&worker, held[1], SIZE / 2);
	assert_int_equal(worker.held, 0);
	assert_int_equal(worker.outstanding_bytes, 0);
	tx_hold(&worker, held[0], 1); /* the most that ever was, not the latest */
	tx_release(&worker, held[0], 1);
	assert_int_equal(worker.outstanding_max_bytes, 2 * SIZE);
}

/* A held buffer is not written, and its turn comes when the kernel has let go of it. */
static void test_held_buffer_keeps_its_payload(void **state)
{
	(void)state;
	struct slice slice;
	cell.verify = 1;
	open_sender(4, 2);
	assert_true(tx_next(&worker, &flows[0], &slice));
	struct buffer *held = slice.buffer;
	tx_hold(&worker, held, SIZE);
	tx_sent(&worker, &flows[0], SIZE);
	for (int i = 0; i < 5; i++) {
		assert_true(tx_next(&worker, &flows[0], &slice));
		assert_ptr_not_equal(slice.buffer, held);
		tx_sent(&worker, &flows[0], SIZE);
		assert_int_equal(payload_check(held->data, SIZE, flows[0].seed, 0), 0);
	}
	tx_release(&worker, held, SIZE);
	assert_true(tx_next(&worker, &flows[0], &slice));
	assert_ptr_equal(slice.buffer, held);
	assert_int_equal(payload_check(held->data, SIZE, flows[0].seed, 6 * SIZE), 0);
}

static void test_early_reuse_writes_what_is_held(void **state)
{
	(void)state;
	struct slice slice;
	cell.verify = 1;
	cell.reuse = REUSE_EARLY;
	open_sender(1, 1);
	for (uint64_t i = 0; i < 3; i++) {
		assert_true(tx_next(&worker, &flows[0], &slice));
		tx_hold(&worker, slice.buffer, SIZE);
		tx_sent(&worker, &flows[0], SIZE);
		/* what the kernel still refers to is no longer what was sent first */
		assert_int_equal(payload_check(slice.buffer->data, SIZE, flows[0].seed, 0), i > 0);
	}
	assert_int_equal(worker.held, 1);
}

/* Plain modes share a buffer among flows: each flow's rest is written again when it is due. */
static void test_flows_share_a_buffer_of_a_plain_mode(void **state)
{
	(void)state;
	struct slice slice;
	cell.verify = 1;
	mode.flags = MODE_COPIES;
	mode.renew = renew;
	open_sender(1, 1);
	uint64_t done[3] = { 0 };
	static const size_t takes[] = { 1, 4000, 333, 9999, 777, 2048 };
	for (unsigned int i = 0; i < 300; i++) {
		unsigned int f = i * 7 % 3;
		assert_true(tx_next(&worker, &flows[f], &slice));
		assert_int_equal(slice.length, SIZE - done[f] % SIZE);
		assert_int_equal(payload_check(slice.data, slice.length, flows[f].seed, done[f]),
				 0);
		size_t n = takes[i % 6] < slice.length ? takes[i % 6] : slice.length;
		tx_sent(&worker, &flows[f], n);
		done[f] += n;
		assert_int_equal(flows[f].offset, done[f]);
	}
	assert_int_equal(worker.count.bytes, done[0] + done[1] + done[2]);
	assert_int_equal(worker.count.messages, done[0] / SIZE + done[1] / SIZE + done[2] / SIZE);
	assert_true(renewed > 100);
}

static void test_what_is_not_written_is_not_renewed(void **state)
{
	(void)state;
	struct slice slice;
	mode.renew = renew;
	open_sender(1, 1);
	assert_true(tx_next(&worker, &flows[0], &slice));
	assert_int_equal(renewed, 0);
	for (size_t i = 0; i < SIZE; i++) /* nobody writes what nobody asked for */
		assert_int_equal(slice.data[i], 0x5a);
}

static void test_notifications_count_always_and_are_timed_in_the_window(void **state)
{
	(void)state;
	open_sender(1, 1);
	tx_notified(&worker, 100, false, 1000, 3000);
	assert_int_equal(worker.notify.count, 0); /* warm-up: the ledger counts, the time not */
	phase = PHASE_WINDOW;
	tx_notified(&worker, 10, true, 1000, 3000);
	tx_notified(&worker, 1, false, 1000, 5000);
	phase = PHASE_AFTER;
	tx_notified(&worker, 1000, true, 1000, 9000);
	assert_int_equal(worker.count.zerocopy_bytes, 101);
	assert_int_equal(worker.count.copied_bytes, 1010);
	assert_int_equal(worker.notify.count, 2);
	assert_int_equal(worker.notify.max, 4000);
	assert_int_equal(worker.count.notifications, 0); /* counted by the mode */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_message_is_sent_in_slices_of_one_buffer),
		TEST(test_credit_is_spent_in_whole_messages),
		TEST(test_messages_in_flight_have_buffers_of_their_own),
		TEST(test_depth_bounds_what_the_kernel_holds),
		TEST(test_held_buffer_keeps_its_payload),
		TEST(test_early_reuse_writes_what_is_held),
		TEST(test_flows_share_a_buffer_of_a_plain_mode),
		TEST(test_what_is_not_written_is_not_renewed),
		TEST(test_notifications_count_always_and_are_timed_in_the_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
