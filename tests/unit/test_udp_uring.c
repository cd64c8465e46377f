/* SPDX-License-Identifier: MIT */
/* The bookkeeping of io_uring sends of datagrams, fed with completions that a kernel could bring.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mode.h"
#include "modes/udp_uring.h"

#define SIZE   1000
#define PIECE  250
#define PIECES 4
#define HEAD   sizeof(struct datagram)

static const struct copy_mode mode = { .name = "test", .flags = MODE_ASYNC };

struct fixture {
	struct cell cell;
	struct udp_uring state;
	struct udp_backlog backlog;
	struct flow flow;
	_Atomic int phase;
	struct worker worker;
	struct io_uring_sqe sqe[64]; /* those queued last */
};

/* Two buffers, and requests of one datagram each, four a step. */
static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct reason why;
	*state = f;
	if (uring_probe(IORING_OP_SEND_ZC, "6.0", &why))
		return 0; /* tests skip */
	f->cell.size = SIZE;
	f->flow = (struct flow){ .fd = -1, .credit = 100 * SIZE, .state = &f->backlog };
	f->state = (struct udp_uring){ .most = 1, .batch = PIECES };
	f->state.requests = calloc(UDP_URING_REQUESTS, sizeof(*f->state.requests));
	f->worker = (struct worker){ .cell = &f->cell,
				     .mode = &mode,
				     .state = &f->state,
				     .flows = &f->flow,
				     .flow_count = 1,
				     .depth = 2,
				     .hot = 2,
				     .allowed = 2,
				     .piece = PIECE,
				     .gap = HEAD,
				     .phase = &f->phase };
	return pool_open(&f->worker.pool, &f->cell, 2, SIZE + PIECES * HEAD, &why) ||
	       uring_open(&f->state.uring, UDP_URING_REQUESTS, 2 * UDP_URING_REQUESTS, &why);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	uring_close(&f->state.uring);
	pool_close(&f->worker.pool);
	free(f->state.requests);
	free(f);
	return 0;
}

/* How many requests are queued now; they never reach a kernel. */
static unsigned int queued_by(struct fixture *f, int (*queue)(struct worker *))
{
	struct io_uring_sq *sq = &f->state.uring.ring.sq;
	unsigned int n = 0;
	if (!f->worker.state)
		skip();
	assert_int_equal(queue(&f->worker), 0);
	for (; sq->sqe_head != sq->sqe_tail; sq->sqe_tail--, n++)
		;
	for (unsigned int i = 0; i < n; i++)
		f->sqe[i] = sq->sqes[(sq->sqe_head + i) & *sq->kring_mask];
	return n;
}

static unsigned int queued(struct fixture *f)
{
	return queued_by(f, udp_uring_fill);
}

static void complete(struct fixture *f, uint64_t id, int32_t result, uint32_t flags)
{
	struct io_uring_cqe cqe = { .user_data = id, .res = result, .flags = flags };
	assert_int_equal(udp_uring_complete(&f->worker, &cqe), 0);
	udp_uring_advance(&f->worker);
}

/* The number in the head of the datagram that a request sends. */
static uint64_t sequence_of(const struct io_uring_sqe *sqe)
{
	struct datagram head;
	memcpy(&head, (const void *)(uintptr_t)sqe->addr, sizeof(head));
	assert_int_equal(sqe->len, HEAD + PIECE);
	assert_int_equal(head.offset, head.sequence * PIECE);
	return head.sequence;
}

static void datagrams_are_numbered_across_steps(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(queued(f), PIECES);
	for (unsigned int i = 0; i < PIECES; i++)
		assert_int_equal(sequence_of(&f->sqe[i]), i);
	assert_int_equal(queued(f), 0); /* a step's worth is under way */
	complete(f, f->sqe[0].user_data, HEAD + PIECE, IORING_CQE_F_MORE);
	assert_int_equal(queued(f), 1);
	assert_int_equal(sequence_of(&f->sqe[0]), PIECES);
	assert_int_equal(f->flow.sequence, 1);
	assert_int_equal(f->flow.offset, PIECE);
}

static void bytes_count_in_order_and_buffers_wait_for_notifications(void **state)
{
	struct fixture *f = *state;
	uint64_t id[PIECES];
	assert_int_equal(queued(f), PIECES);
	for (int i = 0; i < PIECES; i++)
		id[i] = f->sqe[i].user_data;
	for (int i = PIECES - 1; i > 0; i--)
		complete(f, id[i], HEAD + PIECE, IORING_CQE_F_MORE);
	assert_int_equal(f->flow.offset, 0); /* the first one is not through */
	complete(f, id[0], HEAD + PIECE, IORING_CQE_F_MORE);
	assert_int_equal(f->flow.offset, SIZE);
	assert_int_equal(f->worker.count.messages, 1);
	assert_int_equal(f->worker.held, 1);
	for (int i = 0; i < PIECES; i++)
		complete(f, id[i], i == 2 ? INT32_MIN : 0, IORING_CQE_F_NOTIF);
	assert_int_equal(f->worker.held, 0);
	assert_int_equal(f->worker.outstanding_bytes, 0);
	assert_int_equal(f->worker.count.notifications, PIECES);
	assert_int_equal(f->worker.count.notifications_copied, 1);
	assert_int_equal(f->worker.count.copied_bytes, PIECE);
	assert_int_equal(f->worker.count.zerocopy_bytes, SIZE - PIECE);
}

static void refused_datagrams_go_again_after_their_notification(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(queued(f), PIECES);
	uint64_t again = f->sqe[1].user_data, address = f->sqe[1].addr;
	complete(f, f->sqe[0].user_data, HEAD + PIECE, 0);
	complete(f, again, -EAGAIN, IORING_CQE_F_MORE);
	complete(f, f->sqe[2].user_data, HEAD + PIECE, 0);
	complete(f, f->sqe[3].user_data, HEAD + PIECE, 0);
	assert_int_equal(queued(f), PIECES); /* of the next message */
	for (int i = 0; i < PIECES; i++)
		assert_int_not_equal(f->sqe[i].user_data, again);
	complete(f, again, INT32_MIN, IORING_CQE_F_NOTIF);
	assert_int_equal(f->worker.count.notifications, 0); /* nothing of it was sent */
	assert_int_equal(f->worker.count.copied_bytes, 0);
	assert_int_equal(queued(f), 1);
	assert_int_equal(f->sqe[0].user_data, again);
	assert_int_equal(f->sqe[0].addr, address);
	assert_int_equal(sequence_of(&f->sqe[0]), 1);
	complete(f, again, HEAD + PIECE, 0);
	assert_int_equal(f->flow.offset, SIZE);
	assert_int_equal(f->flow.sequence, PIECES);
}

/* As at the end, when nothing new shall be sent. */
static void refused_datagrams_go_again_alone(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(queued(f), PIECES);
	uint64_t again = f->sqe[0].user_data;
	complete(f, again, -ENOBUFS, 0);
	for (int i = 1; i < PIECES; i++)
		complete(f, f->sqe[i].user_data, HEAD + PIECE, 0);
	assert_int_equal(f->flow.offset, 0);
	assert_int_equal(queued_by(f, udp_uring_again), 1);
	assert_int_equal(f->sqe[0].user_data, again);
	complete(f, again, HEAD + PIECE, 0);
	assert_int_equal(f->flow.offset, SIZE);
	assert_int_equal(queued_by(f, udp_uring_again), 0);
}

static void want_of_memory_waits_for_a_notification(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(queued(f), PIECES);
	uint64_t first = f->sqe[0].user_data;
	complete(f, first, HEAD + PIECE, IORING_CQE_F_MORE);
	for (int i = 1; i < PIECES; i++)
		complete(f, f->sqe[i].user_data, -ENOBUFS, 0);
	assert_int_equal(f->worker.count.enobufs, PIECES - 1);
	assert_int_equal(queued(f), 0);
	complete(f, first, 0, IORING_CQE_F_NOTIF);
	assert_int_equal(queued(f), PIECES);
	assert_int_equal(sequence_of(&f->sqe[0]), 1);
}

static void nothing_in_the_kernel_and_no_memory_gives_up_in_time(void **state)
{
	struct fixture *f = *state;
	int err = 0;
	for (int tries = 0; !err && tries < 1000; tries++) {
		struct io_uring_sq *sq = &f->state.uring.ring.sq;
		if (!f->worker.state)
			skip();
		err = udp_uring_fill(&f->worker);
		for (uint32_t i = f->state.counted; !err && i != f->state.next; i++)
			if (f->state.requests[i].pending)
				complete(f, i, -ENOBUFS, 0);
		sq->sqe_tail = sq->sqe_head;
	}
	assert_int_equal(err, -ENOBUFS);
	assert_non_null(strstr(f->worker.why.text, "RLIMIT_MEMLOCK"));
}

static void an_error_is_told(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(queued(f), PIECES);
	struct io_uring_cqe cqe = { .user_data = f->sqe[0].user_data, .res = -EMSGSIZE };
	assert_int_equal(udp_uring_complete(&f->worker, &cqe), -EMSGSIZE);
	assert_non_null(strstr(f->worker.why.text, "MTU"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(datagrams_are_numbered_across_steps),
		TEST(bytes_count_in_order_and_buffers_wait_for_notifications),
		TEST(refused_datagrams_go_again_after_their_notification),
		TEST(refused_datagrams_go_again_alone),
		TEST(want_of_memory_waits_for_a_notification),
		TEST(nothing_in_the_kernel_and_no_memory_gives_up_in_time),
		TEST(an_error_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
