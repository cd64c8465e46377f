/* SPDX-License-Identifier: MIT */
/* A receiver's messages, payload and ends, without a socket. */
#include "worker_try.h"

static void open_receiver(bool verify)
{
	mode.direction = MODE_RX;
	cell.verify = verify;
	open_worker(100);
}

static void test_received_bytes_make_messages_flow_by_flow(void **state)
{
	(void)state;
	unsigned char data[1000] = { 0 };
	open_receiver(false);
	static const struct {
		size_t n, messages;
	} pieces[] = { { 99, 0 }, { 1, 1 }, { 100, 2 },  { 250, 4 },
		       { 49, 4 }, { 1, 5 }, { 1000, 15 } };
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		rx_got(&worker, &flows[0], i % 2 ? data : NULL, pieces[i].n);
		assert_int_equal(worker.count.messages, pieces[i].messages);
	}
	rx_got(&worker, &flows[1], NULL, 50); /* messages of two flows do not add up to one */
	rx_got(&worker, &flows[2], NULL, 50);
	assert_int_equal(worker.count.messages, 15);
	assert_int_equal(worker.count.bytes, 1600);
	assert_int_equal(flows[0].offset, 1500);
	assert_int_equal(worker.count.verify_errors, 0); /* not asked for */
}

static void test_wrong_payload_is_counted(void **state)
{
	(void)state;
	unsigned char data[300];
	open_receiver(true);
	payload_fill(data, 300, flows[0].seed, 0);
	rx_got(&worker, &flows[0], data, 150);
	rx_got(&worker, &flows[0], data + 150, 150);
	assert_int_equal(worker.count.verify_errors, 0);
	rx_got(&worker, &flows[0], data, 150); /* the first bytes again */
	rx_got(&worker, &flows[0], NULL, 150); /* out of sight */
	assert_int_equal(worker.count.verify_errors, 1);
	rx_got(&worker, &flows[1], data, 300); /* the right bytes of another flow */
	assert_int_equal(worker.count.verify_errors, 2);
	payload_fill(data, 300, flows[0].seed, 600);
	data[299] ^= 0x80;
	rx_got(&worker, &flows[0], data, 299);
	assert_int_equal(worker.count.verify_errors, 2);
	rx_got(&worker, &flows[0], data + 299, 1);
	assert_int_equal(worker.count.verify_errors, 3);
}

static void test_the_end_of_a_flow_counts_once(void **state)
{
	(void)state;
	open_receiver(false);
	rx_end(&worker, &flows[1]);
	rx_end(&worker, &flows[1]);
	assert_int_equal(worker.ended_count, 1);
	rx_end(&worker, &flows[0]);
	assert_int_equal(worker.ended_count, 2);
	assert_false(flows[2].ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_received_bytes_make_messages_flow_by_flow),
		TEST(test_wrong_payload_is_counted),
		TEST(test_the_end_of_a_flow_counts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
