/* SPDX-License-Identifier: MIT */
/* How many buffers the kernel may hold, and which of the free ones is used next. */
#include "worker_try.h"

static struct buffer *held[64];

/* Begins messages until the worker refuses: how many the kernel holds then. */
static unsigned int fill(void)
{
	struct slice slice;
	while (tx_begin(&worker, &flows[0], &slice)) {
		held[worker.held] = slice.buffer;
		tx_hold(&worker, slice.buffer, slice.length);
		tx_took(&worker, &flows[0], slice.buffer, slice.length);
	}
	return worker.held;
}

static void give_back_all(bool copied)
{
	while (worker.held) {
		tx_release(&worker, held[worker.held - 1], cell.size);
		tx_notified(&worker, cell.size, copied, 0, 1);
	}
}

static void test_copied_ones_stay_in_the_cache(void **state)
{
	(void)state;
	open_worker(64 << 10);
	assert_int_equal(worker.depth, 48);
	assert_int_equal(fill(), 16); /* 1 MiB, before anybody knows */
	give_back_all(false);
	assert_int_equal(fill(), 48);
	give_back_all(true);
	assert_int_equal(fill(), 16);
}

static void test_never_fewer_than_two(void **state)
{
	(void)state;
	open_worker(16 << 20);
	assert_int_equal(fill(), 2);
}

static void test_a_batch_fits(void **state)
{
	(void)state;
	cell.batch = 20;
	open_worker(64 << 10);
	assert_int_equal(fill(), 20);
}

static void test_a_given_depth_is_kept(void **state)
{
	(void)state;
	cell.depth = 20;
	open_worker(64 << 10);
	assert_int_equal(fill(), 20);
	give_back_all(true);
	assert_int_equal(fill(), 20);
}

static uint32_t next_after_release(uint32_t index)
{
	struct slice slice;
	tx_release(&worker, &worker.pool.buffers[index], cell.size);
	assert_true(tx_begin(&worker, &flows[0], &slice));
	return slice.buffer->index;
}

static void test_returned_buffers_are_used_first(void **state)
{
	(void)state;
	open_worker(64 << 10);
	fill();
	assert_int_equal(next_after_release(3), 3);
	assert_int_equal(next_after_release(1), 1);
}

static void test_a_given_number_is_used_in_turn(void **state)
{
	(void)state;
	cell.buffers = 40;
	open_worker(64 << 10);
	assert_int_equal(fill(), 16);
	assert_int_equal(next_after_release(3), 16);
	assert_int_equal(next_after_release(1), 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copied_ones_stay_in_the_cache),
		TEST(test_never_fewer_than_two),
		TEST(test_a_batch_fits),
		TEST(test_a_given_depth_is_kept),
		TEST(test_returned_buffers_are_used_first),
		TEST(test_a_given_number_is_used_in_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
