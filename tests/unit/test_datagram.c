/* SPDX-License-Identifier: MIT */
/* What a receiver makes of datagrams that come in any order, twice, or not at all. */
#include "worker_try.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datagram.h"

#define SIZE 100

static int pair[2]; /* the control connection of flow 0: the sender's end, the receiver's */
static struct flow sender;

static int open_receiver(void **state)
{
	int err = set_up(state);
	mode.direction = MODE_RX;
	open_worker(SIZE);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (int i = 0; i < 3; i++) {
		flows[i].mark = 0x1122334455667788;
		flows[i].control = -1;
	}
	flows[0].control = pair[1];
	sender = (struct flow){
		.fd = -1, .control = pair[0], .seed = flows[0].seed, .mark = flows[0].mark
	};
	return err || datagram_open(&worker);
}

static int close_receiver(void **state)
{
	datagram_close(&worker);
	close(pair[0]);
	close(pair[1]);
	return tear_down(state);
}

struct frame {
	struct datagram head;
	unsigned char data[SIZE];
};

/* The next datagram of the sender, of n bytes. */
static struct frame send_frame(size_t n)
{
	struct frame frame = { .head = datagram_make(&sender, 0, 0, n) };
	payload_fill(frame.data, n, sender.seed, sender.offset);
	sender.offset += n;
	datagram_sent(&sender, 1);
	return frame;
}

static bool come(const struct frame *frame)
{
	return datagram_got(&worker, &flows[0], frame, sizeof(*frame));
}

static void assert_counts(uint64_t messages, uint64_t bytes, uint64_t reordered, uint64_t twice)
{
	assert_int_equal(worker.count.messages, messages);
	assert_int_equal(worker.count.bytes, bytes);
	assert_int_equal(worker.count.reordered_messages, reordered);
	assert_int_equal(worker.count.duplicate_messages, twice);
}

static void assert_lost(uint64_t messages, uint64_t bytes)
{
	assert_int_equal(worker.count.lost_messages, messages);
	assert_int_equal(worker.count.lost_bytes, bytes);
}

static void test_all_in_order(void **state)
{
	(void)state;
	cell.verify = 1;
	for (int i = 0; i < 40000; i++) { /* more than the window */
		struct frame frame = send_frame(SIZE);
		assert_true(come(&frame));
	}
	datagram_quiet(&worker);
	assert_false(flows[0].ended); /* the sender has not told its total */
	datagram_half_close(&sender);
	datagram_quiet(&worker);
	assert_true(flows[0].ended);
	assert_counts(40000, 40000 * SIZE, 0, 0);
	assert_lost(0, 0);
	assert_int_equal(worker.count.verify_errors, 0);
	assert_int_equal(flows[0].offset, sender.offset);
	assert_true(worker.through_ns && worker.through_ns < worker_now_ns());
}

static void test_late_twice_and_never(void **state)
{
	(void)state;
	cell.verify = 1;
	struct frame frames[5];
	for (int i = 0; i < 5; i++)
		frames[i] = send_frame(SIZE);
	assert_true(come(&frames[0]));
	assert_true(come(&frames[3]));
	assert_false(come(&frames[3]));
	assert_true(come(&frames[1])); /* late */
	assert_false(come(&frames[0]));
	assert_false(come(&frames[1]));
	assert_counts(3, 3 * SIZE, 1, 3);
	datagram_half_close(&sender);
	datagram_quiet(&worker);
	assert_lost(2, 2 * SIZE);
	assert_int_equal(worker.count.verify_errors, 0);
}

static void test_a_long_gap_empties_the_window(void **state)
{
	(void)state;
	struct frame first = send_frame(SIZE);
	assert_true(come(&first));
	sender.sequence += 3UL * DATAGRAM_WINDOW;
	struct frame far = send_frame(SIZE);
	assert_true(come(&far));
	assert_false(come(&first)); /* too late to tell */
	sender.sequence -= 100;
	struct frame late = send_frame(SIZE);
	assert_true(come(&late));
	assert_false(come(&late));
	assert_counts(3, 3 * SIZE, 1, 2);
}

static void test_the_window_forgets_a_round_ago(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++) {
		struct frame frame = send_frame(SIZE);
		assert_true(come(&frame)); /* sequence 0, and DATAGRAM_WINDOW: the same bit */
		sender.sequence += DATAGRAM_WINDOW / 2 - 1;
		frame = send_frame(SIZE);
		assert_true(come(&frame));
		sender.sequence += DATAGRAM_WINDOW / 2 - 1;
	}
	assert_counts(4, 4 * SIZE, 0, 0);
}

static void test_a_message_in_pieces_is_whole_when_all_have_come(void **state)
{
	(void)state;
	struct frame pieces[6]; /* 40, 40, 20 of two messages */
	for (int i = 0; i < 6; i++)
		pieces[i] = send_frame(i % 3 == 2 ? 20 : 40);
	assert_true(come(&pieces[3]));
	assert_true(come(&pieces[2]));
	assert_true(come(&pieces[0]));
	assert_counts(0, 100, 2, 0);
	assert_true(come(&pieces[1]));
	assert_counts(1, 140, 3, 0);
	assert_true(come(&pieces[5]));
	datagram_half_close(&sender);
	datagram_quiet(&worker);
	assert_lost(1, 40);
}

static void test_wrong_payload_is_wrong_at_its_own_offset(void **state)
{
	(void)state;
	cell.verify = 1;
	send_frame(SIZE);
	struct frame second = send_frame(SIZE);
	assert_true(come(&second));
	assert_int_equal(worker.count.verify_errors, 0);
	struct frame third = send_frame(SIZE);
	third.data[SIZE - 1] ^= 1;
	assert_true(come(&third));
	assert_int_equal(worker.count.verify_errors, 1);
}

static void test_strangers_are_counted_and_taken_for_nobodys(void **state)
{
	(void)state;
	struct frame frame = send_frame(SIZE), other = frame;
	other.head.mark ^= 1;
	assert_false(come(&other));
	assert_null(datagram_flow(&worker, &other, sizeof(other)));
	other = frame;
	other.head.length = UINT32_MAX;
	assert_false(come(&other));
	assert_false(datagram_got(&worker, &flows[0], &frame, sizeof(frame.head) - 1));
	assert_false(datagram_got(&worker, &flows[0], &frame, sizeof(frame.head) + SIZE - 1));
	assert_false(datagram_got(&worker, &flows[1], &frame, sizeof(frame)));
	assert_int_equal(worker.count.strangers, 6);
	assert_counts(0, 0, 0, 0);
	assert_ptr_equal(datagram_flow(&worker, &frame, sizeof(frame)), &flows[0]);
	assert_int_equal(worker.count.strangers, 6);
	/* Of this run, but of a flow that is not this thread's. */
	other = frame;
	other.head.flow ^= 1UL << 20;
	assert_null(datagram_flow(&worker, &other, sizeof(other)));
	assert_int_equal(worker.count.queue_astray, 1);
	assert_int_equal(worker.count.strangers, 6);
}

static void test_a_device_that_is_down_is_awaited_for_a_while(void **state)
{
	(void)state;
	mode.service = &service_udp;
	assert_false(datagram_down(&worker, ENETDOWN)); /* it never was up */
	count_add(&worker.count.bytes, SIZE);
	assert_true(datagram_down(&worker, ENETDOWN));
	assert_true(datagram_down(&worker, ENETUNREACH));
	assert_false(datagram_down(&worker, EMSGSIZE));
	assert_int_equal(worker.count.waits, 2);
	worker.down.since_ns -= 11000000000;
	assert_false(datagram_down(&worker, ENETDOWN));
	count_add(&worker.count.bytes, SIZE); /* it was up in between */
	assert_true(datagram_down(&worker, ENETDOWN));
	mode.service = &service_tcp;
	assert_false(datagram_down(&worker, ENETDOWN)); /* TCP has waited already */
}

#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_receiver, close_receiver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_in_order),
		TEST(test_late_twice_and_never),
		TEST(test_a_long_gap_empties_the_window),
		TEST(test_the_window_forgets_a_round_ago),
		TEST(test_a_message_in_pieces_is_whole_when_all_have_come),
		TEST(test_wrong_payload_is_wrong_at_its_own_offset),
		TEST(test_strangers_are_counted_and_taken_for_nobodys),
		TEST(test_a_device_that_is_down_is_awaited_for_a_while),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
