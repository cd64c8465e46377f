/* SPDX-License-Identifier: MIT */
/* A ring of shared memory: what is written is read, once and in order, whoever sleeps meanwhile. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ring.h"

static struct cell cell;
static struct ring writer, reader;
static struct reason why;
static int fd;

static void open_ring(uint64_t size, uint64_t depth)
{
	field_presets(&cell_table, &cell);
	cell.size = size;
	cell.depth = depth;
	fd = ring_make(&writer, &cell, &why);
	if (fd < 0 || ring_take(&reader, &cell, fd, &why))
		fail_msg("%s", why.text);
}

static int tear_down(void **state)
{
	(void)state;
	ring_close(&writer);
	ring_close(&reader);
	ring_close(&reader); /* may come twice */
	close(fd);
	return 0;
}

static void put(const char *text)
{
	unsigned char *to = ring_room(&writer);
	assert_non_null(to);
	memcpy(to, text, strlen(text));
	ring_written(&writer, strlen(text));
}

static void expect(const char *text)
{
	size_t n;
	const unsigned char *piece = ring_piece(&reader, &n);
	assert_non_null(piece);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(piece, text, n);
	ring_read(&reader);
}

static void test_pieces_come_in_order_and_a_full_ring_takes_none(void **state)
{
	size_t n;
	(void)state;
	open_ring(10, 3);
	assert_null(ring_piece(&reader, &n));
	put("first");
	put("second");
	put("third");
	assert_null(ring_room(&writer));
	assert_int_equal(ring_unread_bytes(&writer), 16);
	expect("first");
	put("again");
	assert_null(ring_room(&writer));
	expect("second");
	expect("third");
	assert_int_equal(ring_unread_bytes(&writer), 5);
	expect("again");
	assert_null(ring_piece(&reader, &n));
	assert_false(ring_ended(&reader));
	ring_end(&writer);
	assert_true(ring_ended(&reader));
}

static void test_its_size_follows_the_cell(void **state)
{
	(void)state;
	open_ring(64 << 10, FIELD_AUTO);
	assert_int_equal(writer.slots, 16);
	assert_int_equal(writer.piece, 64 << 10);
	tear_down(state);
	open_ring(1, FIELD_AUTO);
	assert_int_equal(writer.slots, 64);
	tear_down(state);
	open_ring(5UL << 20, FIELD_AUTO); /* in pieces */
	assert_int_equal(writer.piece, 1 << 20);
	assert_int_equal(writer.slots, 4);
	tear_down(state);
	open_ring(100, RING_SLOTS_MAX);
	assert_int_equal(writer.slots, RING_SLOTS_MAX);
}

static void test_memory_of_another_size_is_refused(void **state)
{
	struct cell other;
	(void)state;
	open_ring(4096, 4);
	other = cell;
	other.size = 8192;
	ring_close(&reader);
	assert_int_equal(ring_take(&reader, &other, fd, &why), -EPROTO);
	assert_non_null(strstr(why.text, "same zcbench"));
	assert_null(reader.head);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void test_who_waits_in_vain_comes_back(void **state)
{
	(void)state;
	open_ring(8, 1);
	int64_t start = now_ms();
	assert_int_equal(ring_wait(&reader, false, 30), 1);
	assert_in_range(now_ms() - start, 29, 5000);
	put("x");
	assert_int_equal(ring_wait(&reader, false, 10000), 0); /* there is a piece */
	start = now_ms();
	assert_int_equal(ring_wait(&writer, true, 30), 1);
	assert_in_range(now_ms() - start, 29, 5000);
	assert_int_equal(ring_read(&reader), 0); /* nobody sleeps any more */
	ring_end(&writer);
	assert_int_equal(ring_wait(&reader, false, 10000), 0); /* there is the end */
}

#define PIECES 20000

static void *write_all(void *argument)
{
	(void)argument;
	for (uint64_t i = 0; i < PIECES; i++) {
		unsigned char *to;
		while (!(to = ring_room(&writer)))
			ring_wait(&writer, true, 10000);
		memcpy(to, &i, sizeof(i));
		ring_written(&writer, 1 + i % sizeof(i));
		if (i % 1000 == 0)
			usleep(300); /* so that the reader sleeps */
	}
	ring_end(&writer);
	return NULL;
}

/* Nobody sleeps for 10 s: a wake that got lost would show. */
static void test_two_threads(void **state)
{
	(void)state;
	pthread_t thread;
	uint64_t seen = 0, bytes = 0;
	size_t n;
	int64_t start = now_ms();
	open_ring(sizeof(uint64_t), 2);
	assert_int_equal(pthread_create(&thread, NULL, write_all, NULL), 0);
	for (;;) {
		bool ended = ring_ended(&reader);
		const unsigned char *piece = ring_piece(&reader, &n);
		if (piece) {
			assert_int_equal(n, 1 + seen % sizeof(seen));
			assert_memory_equal(piece, &seen, n);
			bytes += n;
			seen++;
			if (seen % 1500 == 0)
				usleep(300); /* so that the writer sleeps */
			ring_read(&reader);
		} else if (ended) {
			break;
		} else {
			ring_wait(&reader, false, 10000);
		}
	}
	pthread_join(thread, NULL);
	assert_int_equal(seen, PIECES);
	assert_int_equal(bytes, PIECES / 8 * 36);
	assert_int_equal(ring_unread_bytes(&reader), 0);
	assert_true(now_ms() - start < 9000);
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pieces_come_in_order_and_a_full_ring_takes_none),
		TEST(test_its_size_follows_the_cell),
		TEST(test_memory_of_another_size_is_refused),
		TEST(test_who_waits_in_vain_comes_back),
		TEST(test_two_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
