/* SPDX-License-Identifier: MIT */
/* The ring through which buffers of an area go back, and where completions say that payload is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modes/zcrx.h"

#define AREA3   (3ULL << COMPAT_ZCRX_AREA_SHIFT)
#define ENTRIES 4

static uint32_t head, tail;
static struct compat_zcrx_rqe entries[ENTRIES];
static unsigned char area[8192];

/* A completion and its second half, as the kernel lays them out. */
union completion {
	struct io_uring_cqe cqe;
	struct {
		char first[16];
		struct compat_zcrx_cqe second;
	} halves;
};

static struct zcrx make(void)
{
	head = tail = 0;
	return (struct zcrx){ .area = area,
			      .area_bytes = 1024,
			      .head = &head,
			      .tail = &tail,
			      .entries = entries,
			      .mask = ENTRIES - 1 };
}

static union completion *arrive(uint64_t offset, int bytes)
{
	static union completion completion;
	completion.halves.second.off = offset;
	completion.cqe.res = bytes;
	return &completion;
}

static void test_areas_follow_each_other(void **state)
{
	(void)state;
	struct zcrx zcrx = make();
	assert_ptr_equal(zcrx_data(&zcrx, &arrive(1000, 1)->cqe), area + 1000);
	assert_ptr_equal(zcrx_data(&zcrx, &arrive(AREA3 | 5, 1)->cqe), area + 3 * 1024 + 5);
}

static void test_a_buffer_goes_back_with_its_area_s_number(void **state)
{
	(void)state;
	struct zcrx zcrx = make();
	assert_true(zcrx_return(&zcrx, &arrive(AREA3 | 512, 1448)->cqe));
	assert_int_equal(entries[0].off, AREA3 | 512);
	assert_int_equal(entries[0].len, 1448);
	assert_int_equal(entries[0].pad, 0);
	assert_int_equal(tail, 0); /* not before it is published */
	zcrx_publish(&zcrx);
	assert_int_equal(tail, 1);
	assert_int_equal(zcrx_waiting(&zcrx), 1);
	head = 1;
	assert_int_equal(zcrx_waiting(&zcrx), 0);
}

static void test_a_full_ring_takes_nothing(void **state)
{
	(void)state;
	struct zcrx zcrx = make();
	for (int i = 0; i < ENTRIES; i++)
		assert_true(zcrx_return(&zcrx, &arrive((uint64_t)i * 4096, 1)->cqe));
	assert_false(zcrx_return(&zcrx, &arrive(99, 1)->cqe));
	assert_int_equal(entries[0].off, 0);
	head = 1;
	assert_true(zcrx_return(&zcrx, &arrive(99, 1)->cqe));
	assert_int_equal(entries[0].off, 99);
}

static void test_the_ring_s_numbers_wrap(void **state)
{
	(void)state;
	struct zcrx zcrx = make();
	head = tail = zcrx.next = UINT32_MAX;
	assert_true(zcrx_return(&zcrx, &arrive(7, 1)->cqe));
	assert_true(zcrx_return(&zcrx, &arrive(8, 1)->cqe));
	zcrx_publish(&zcrx);
	assert_int_equal(tail, 1);
	assert_int_equal(zcrx_waiting(&zcrx), 2);
	assert_int_equal(entries[ENTRIES - 1].off, 7);
	assert_int_equal(entries[0].off, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_areas_follow_each_other),
		cmocka_unit_test(test_a_buffer_goes_back_with_its_area_s_number),
		cmocka_unit_test(test_a_full_ring_takes_nothing),
		cmocka_unit_test(test_the_ring_s_numbers_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
