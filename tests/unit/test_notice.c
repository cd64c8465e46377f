/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "modes/zerocopy_notice.h"

#define ROOM 8

struct fixture {
	struct notice_table table;
	struct notice_list list, other;
	uint64_t bytes;
	uint32_t ids[ROOM], visits;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	notice_list_init(&f->list);
	notice_list_init(&f->other);
	return notice_open(&f->table, ROOM);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	notice_close(&f->table);
	free(f);
	return 0;
}

/* A buffer is a name only: the table never looks into it. */
static struct buffer *name(uintptr_t n)
{
	return (struct buffer *)(n + 1);
}

static void sent(struct fixture *f, struct notice_list *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = list->next_id;
		assert_true(notice_room(&f->table));
		notice_sent(&f->table, list, name(id), id % 100 + 1, 1000 + (uint64_t)id);
	}
}

static void visit(void *context, const struct notice_record *record)
{
	struct fixture *f = context;
	assert_ptr_equal(record->buffer, name(record->id));
	assert_int_equal(record->bytes, record->id % 100 + 1);
	assert_int_equal(record->sent_ns, 1000 + (uint64_t)record->id);
	f->bytes += record->bytes;
	f->ids[f->visits++ % ROOM] = record->id;
}

static int64_t range(struct fixture *f, struct notice_list *list, uint32_t low, uint32_t high)
{
	f->visits = 0;
	return notice_range(&f->table, list, low, high, visit, f);
}

static void test_in_order(void **state)
{
	struct fixture *f = *state;
	assert_true(notice_done(&f->list));
	sent(f, &f->list, 3);
	assert_false(notice_done(&f->list));
	assert_int_equal(range(f, &f->list, 0, 0), 1);
	assert_int_equal(range(f, &f->list, 1, 2), 2);
	assert_int_equal(f->bytes, 1 + 2 + 3);
	assert_true(notice_done(&f->list));
}

/* What the kernel merged comes as one range, oldest first. */
static void test_merged(void **state)
{
	struct fixture *f = *state;
	sent(f, &f->list, ROOM);
	assert_false(notice_room(&f->table));
	assert_int_equal(range(f, &f->list, 0, ROOM - 1), ROOM);
	for (uint32_t i = 0; i < ROOM; i++)
		assert_int_equal(f->ids[i], i);
	assert_true(notice_room(&f->table));
}

/* A retransmitted send outlives later ones. */
static void test_out_of_order(void **state)
{
	struct fixture *f = *state;
	sent(f, &f->list, 6);
	assert_int_equal(range(f, &f->list, 2, 3), 2);
	assert_int_equal(range(f, &f->list, 5, 5), 1); /* the newest: the list ends earlier now */
	sent(f, &f->list, 1);
	assert_int_equal(range(f, &f->list, 0, 1), 2);
	assert_int_equal(range(f, &f->list, 4, 4), 1);
	assert_false(notice_done(&f->list));
	assert_int_equal(range(f, &f->list, 6, 6), 1);
	assert_int_equal(f->bytes, 1 + 2 + 3 + 4 + 5 + 6 + 7);
	assert_true(notice_done(&f->list));
}

static void test_wrap(void **state)
{
	struct fixture *f = *state;
	f->list.next_id = UINT32_MAX - 2;
	sent(f, &f->list, 6); /* 2^32 - 3, - 2, - 1, 0, 1, 2 */
	assert_int_equal(range(f, &f->list, UINT32_MAX - 1, 1), 4);
	assert_int_equal(f->ids[0], UINT32_MAX - 1);
	assert_int_equal(f->ids[1], UINT32_MAX);
	assert_int_equal(f->ids[2], 0);
	assert_int_equal(f->ids[3], 1);
	assert_int_equal(range(f, &f->list, 2, 2), 1);
	assert_int_equal(range(f, &f->list, UINT32_MAX - 2, UINT32_MAX - 2), 1);
	assert_true(notice_done(&f->list));
}

/* Numbers are per socket; records are shared. */
static void test_two_flows(void **state)
{
	struct fixture *f = *state;
	for (int round = 0; round < 100; round++) {
		uint32_t a = f->list.next_id, b = f->other.next_id;
		sent(f, &f->list, 3);
		sent(f, &f->other, 5);
		assert_false(notice_room(&f->table));
		assert_int_equal(range(f, &f->other, b, b + 3), 4);
		assert_int_equal(range(f, &f->list, a, a + 2), 3);
		assert_int_equal(range(f, &f->other, b + 4, b + 4), 1);
	}
	assert_true(notice_done(&f->list));
	assert_true(notice_done(&f->other));
}

static void test_unknown(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(range(f, &f->list, 0, 0), -EPROTO);
	sent(f, &f->list, 2);
	assert_int_equal(range(f, &f->list, 7, 9), -EPROTO);
	assert_int_equal(f->visits, 0);
	assert_int_equal(range(f, &f->list, 0, 0), 1);
	assert_int_equal(range(f, &f->list, 0, 0), -EPROTO); /* twice */
	assert_int_equal(f->visits, 0);
	assert_int_equal(range(f, &f->list, 1, 2), -EPROTO); /* one too many */
	assert_int_equal(f->visits, 1);
	assert_true(notice_done(&f->list));
}

/* The record of a call in the middle was given back before: the rest of the range is not lost. */
static void test_hole(void **state)
{
	struct fixture *f = *state;
	sent(f, &f->list, 4);
	assert_int_equal(range(f, &f->list, 1, 1), 1);
	assert_int_equal(range(f, &f->list, 0, 3), -EPROTO);
	assert_int_equal(f->visits, 3);
	assert_true(notice_done(&f->list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_merged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_flows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hole, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
