/* SPDX-License-Identifier: MIT */
/* The bookkeeping of io_uring sends, fed with completions that a kernel could bring. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mode.h"
#include "modes/uring_buffers.h"
#include "modes/uring_tx.h"

#define SIZE  1000
#define BATCH 4

static const struct copy_mode mode = { .name = "test", .flags = MODE_ASYNC };

struct fixture {
	struct cell cell;
	struct uring_tx tx;
	struct flow flow;
	_Atomic int phase;
	struct worker worker;
};

static void prepare(struct io_uring_sqe *sqe, struct uring_transfer *transfer)
{
	io_uring_prep_send(sqe, transfer->flow->fd, transfer->data, transfer->length, 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct reason why;
	*state = f;
	if (uring_probe(IORING_OP_SEND, "5.6", &why))
		return 0; /* tests skip */
	f->cell.size = SIZE;
	f->flow = (struct flow){ .fd = -1, .credit = 100 * SIZE };
	f->worker = (struct worker){ .cell = &f->cell,
				     .mode = &mode,
				     .state = &f->tx,
				     .flows = &f->flow,
				     .flow_count = 1,
				     .depth = 6,
				     .hot = 6,
				     .allowed = 6,
				     .batch = BATCH,
				     .phase = &f->phase };
	return pool_open(&f->worker.pool, &f->cell, 6, SIZE, &why) ||
	       uring_tx_open(&f->worker, prepare, true, 0);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	if (f->worker.state)
		uring_tx_close(&f->worker);
	pool_close(&f->worker.pool);
	free(f);
	return 0;
}

/* The requests queued since the last call, by user data; they never reach a kernel. */
static unsigned int queued(struct fixture *f, uint64_t *ids, struct io_uring_sqe *copies)
{
	struct io_uring_sq *sq = &f->tx.uring.ring.sq;
	unsigned int n = 0;
	if (!f->worker.state)
		skip();
	assert_true(uring_tx_fill(&f->worker) >= 0);
	for (; sq->sqe_head != sq->sqe_tail; sq->sqe_tail--, n++)
		;
	for (unsigned int i = 0; i < n; i++) {
		copies[i] = sq->sqes[(sq->sqe_head + i) & *sq->kring_mask];
		ids[i] = copies[i].user_data;
	}
	return n;
}

static void complete(struct fixture *f, uint64_t id, int32_t result, uint32_t flags)
{
	assert_int_equal(uring_tx_complete(&f->worker, id, result, flags), 0);
}

static void a_chain_is_linked_and_a_new_one_waits_for_it(void **state)
{
	struct fixture *f = *state;
	struct io_uring_sqe sqe[16];
	uint64_t id[16], none[16];
	assert_int_equal(queued(f, id, sqe), BATCH);
	for (int i = 0; i < BATCH; i++)
		assert_int_equal(!!(sqe[i].flags & IOSQE_IO_LINK), i < BATCH - 1);
	for (int i = 0; i < BATCH; i++) {
		assert_int_equal(queued(f, none, sqe), 0);
		complete(f, id[i], SIZE, IORING_CQE_F_MORE);
	}
	assert_int_equal(f->flow.offset, BATCH * SIZE);
	assert_null(f->flow.buffer);
	/* Two of the six buffers are left; the others come back with their notifications. */
	assert_int_equal(queued(f, id, sqe), 2);
	assert_int_equal(f->worker.held, 6);
}

static void notifications_give_buffers_back_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct io_uring_sqe sqe[16];
	uint64_t id[16];
	assert_int_equal(queued(f, id, sqe), BATCH);
	for (int i = 0; i < BATCH; i++)
		complete(f, id[i], SIZE, IORING_CQE_F_MORE);
	for (int i = BATCH - 1; i >= 0; i--)
		complete(f, id[i], i == 1 ? INT32_MIN : 0, IORING_CQE_F_NOTIF);
	assert_int_equal(f->worker.held, 0);
	assert_int_equal(f->worker.outstanding_bytes, 0);
	assert_int_equal(f->worker.count.notifications, BATCH);
	assert_int_equal(f->worker.count.notifications_copied, 1);
	assert_int_equal(f->worker.count.copied_bytes, SIZE);
	assert_int_equal(f->worker.count.zerocopy_bytes, (BATCH - 1) * SIZE);
}

static void a_broken_chain_is_sent_again_in_order(void **state)
{
	struct fixture *f = *state;
	struct io_uring_sqe sqe[16];
	uint64_t id[16], again[16];
	assert_int_equal(queued(f, id, sqe), BATCH);
	uint64_t second = sqe[1].addr, third = sqe[2].addr;
	complete(f, id[0], SIZE, IORING_CQE_F_MORE);
	complete(f, id[1], 300, IORING_CQE_F_MORE);
	complete(f, id[2], -ECANCELED, 0);
	assert_int_equal(queued(f, again, sqe), 0);
	complete(f, id[3], -ECANCELED, 0);
	assert_int_equal(f->flow.offset, SIZE + 300);
	assert_int_equal(f->flow.rest, SIZE - 300);

	assert_int_equal(queued(f, again, sqe), BATCH);
	assert_int_equal(sqe[0].addr, second + 300);
	assert_int_equal(sqe[0].len, SIZE - 300);
	assert_int_equal(sqe[1].addr, third);
	assert_int_equal(sqe[1].len, SIZE);
	/* A notification that nobody announced, of a request that was cancelled. */
	complete(f, id[2], 0, IORING_CQE_F_NOTIF);
	complete(f, id[1], 0, IORING_CQE_F_NOTIF);
	assert_int_equal(f->worker.count.notifications, 1);
	for (int i = 0; i < BATCH; i++)
		complete(f, again[i], (int32_t)sqe[i].len, IORING_CQE_F_MORE);
	assert_int_equal(f->flow.offset, (BATCH + 1) * SIZE);
	assert_int_equal(f->worker.count.messages, BATCH + 1);
	complete(f, id[0], 0, IORING_CQE_F_NOTIF);
	for (int i = 0; i < BATCH; i++)
		complete(f, again[i], 0, IORING_CQE_F_NOTIF);
	assert_int_equal(f->worker.count.zerocopy_bytes, (BATCH + 1) * SIZE);
	assert_int_equal(f->worker.held, 0);
	assert_int_equal(f->worker.outstanding_bytes, 0);
}

static void a_refusal_waits_for_a_notification(void **state)
{
	struct fixture *f = *state;
	struct io_uring_sqe sqe[16];
	uint64_t id[16], none[16];
	assert_int_equal(queued(f, id, sqe), BATCH);
	complete(f, id[0], SIZE, IORING_CQE_F_MORE);
	complete(f, id[1], -ENOMEM, IORING_CQE_F_MORE);
	complete(f, id[2], -ECANCELED, 0);
	complete(f, id[3], -ECANCELED, 0);
	assert_int_equal(f->worker.count.enobufs, 1);
	assert_int_equal(queued(f, none, sqe), 0);
	complete(f, id[1], 0, IORING_CQE_F_NOTIF); /* of the refused one: gives nothing back */
	assert_int_equal(queued(f, none, sqe), 0);
	complete(f, id[0], 0, IORING_CQE_F_NOTIF);
	assert_int_equal(queued(f, id, sqe), BATCH);
}

static void a_refusal_with_nothing_outstanding_ends_in_a_sentence(void **state)
{
	struct fixture *f = *state;
	struct io_uring_sqe sqe[16];
	uint64_t id[16];
	int err = 0;
	for (int tries = 0; tries < 1000 && !err; tries++) {
		unsigned int n = queued(f, id, sqe);
		for (unsigned int i = 0; i < n; i++)
			complete(f, id[i], i ? -ECANCELED : -ENOBUFS, 0);
		if (f->tx.refusals == 100)
			err = uring_tx_fill(&f->worker);
	}
	assert_int_equal(err, -ENOBUFS);
	assert_non_null(strstr(f->worker.why.text, "RLIMIT_MEMLOCK"));
}

static void a_bundle_follows_the_order_of_the_ring(void **state)
{
	(void)state;
	struct io_uring_buf_ring *memory = aligned_alloc(4096, 4096);
	struct buffer all[3] = { 0 };
	struct pool pool = { .buffers = all, .count = 3, .size = 10 };
	uint16_t order[8], place[3];
	struct uring_buffers buffers = {
		.ring = memory, .mask = 7, .order = order, .place = place
	};
	const uint16_t given[] = { 0, 1, 2, 1, 0, 2, 0, 1, 2, 1 };
	memset(memory, 0, 4096);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		uring_buffers_add(&buffers, &pool, given[i]);
	assert_int_equal(uring_buffers_after(&buffers, 0), 1);
	assert_int_equal(uring_buffers_after(&buffers, 2), 1); /* across the ring's end */
	uring_buffers_publish(&buffers);
	assert_int_equal(memory->tail, 10);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_chain_is_linked_and_a_new_one_waits_for_it,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(notifications_give_buffers_back_in_any_order,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_chain_is_sent_again_in_order, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_waits_for_a_notification, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_refusal_with_nothing_outstanding_ends_in_a_sentence, set_up, tear_down),
		cmocka_unit_test(a_bundle_follows_the_order_of_the_ring),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
