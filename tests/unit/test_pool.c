/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

static struct reason why;

static struct cell preset(void)
{
	struct cell cell;
	field_presets(&cell_table, &cell);
	return cell;
}

static void test_in_turn(void **state)
{
	(void)state;
	struct cell cell = preset();
	struct pool pool;
	assert_int_equal(pool_open(&pool, &cell, 3, 5000, &why), 0);
	assert_int_equal(pool.count, 3);
	assert_int_equal(pool.size, 5000);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(pool_take(&pool)->index, i % 3);
	pool_close(&pool);
	pool_close(&pool); /* is safe twice */
}

static void test_layout(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 4095, 4096, 4097, 65536 };
	static const uint64_t aligns[] = { 0, 1, 64, 4095 };
	for (size_t s = 0; s < 5; s++)
		for (size_t a = 0; a < 4; a++) {
			struct cell cell = preset();
			struct pool pool;
			cell.align = aligns[a];
			assert_int_equal(pool_open(&pool, &cell, 5, sizes[s], &why), 0);
			for (unsigned int i = 0; i < 5; i++) {
				unsigned char *at = pool.buffers[i].data;
				assert_int_equal((uintptr_t)at % 4096, aligns[a]);
				assert_true(at >= pool.base &&
					    at + sizes[s] <= pool.base + pool.mapped_bytes);
				if (i) /* no page belongs to two buffers */
					assert_true((uintptr_t)at / 4096 >
						    ((uintptr_t)pool.buffers[i - 1].data +
						     sizes[s] - 1) /
							    4096);
				for (size_t b = 0; b < sizes[s]; b++)
					assert_int_not_equal(at[b],
							     0); /* faulted in, no zero page */
				memset(at, 1, sizes[s]);
			}
			pool_close(&pool);
		}
}

static void test_held_is_refused(void **state)
{
	(void)state;
	struct cell cell = preset();
	struct pool pool;
	assert_int_equal(pool_open(&pool, &cell, 3, 100, &why), 0);
	pool.buffers[1].holds = 1;
	for (int i = 0; i < 6; i++)
		assert_int_not_equal(pool_take(&pool)->index, 1);
	pool.buffers[0].busy = true;
	for (int i = 0; i < 6; i++)
		assert_int_equal(pool_take(&pool)->index, 2);
	pool.buffers[2].holds = 2;
	assert_null(pool_take(&pool));
	pool.buffers[2].holds = 1; /* let go of once, still held */
	assert_null(pool_take(&pool));
	pool.buffers[2].holds = 0;
	assert_int_equal(pool_take(&pool)->index, 2);
	pool.buffers[2].holds = 1;
	pool.buffers[0].busy = false;
	assert_int_equal(pool_take(&pool)->index, 0);
	pool_close(&pool);
}

static void test_early_reuse(void **state)
{
	(void)state;
	struct cell cell = preset();
	struct pool pool;
	cell.reuse = REUSE_EARLY;
	assert_int_equal(pool_open(&pool, &cell, 2, 100, &why), 0);
	pool.buffers[0].holds = pool.buffers[1].holds = 3;
	assert_int_equal(pool_take(&pool)->index, 0);
	assert_int_equal(pool_take(&pool)->index, 1);
	pool.buffers[0].busy = true; /* not yet sent: nothing proves anything */
	assert_int_equal(pool_take(&pool)->index, 1);
	pool_close(&pool);
}

static void test_huge_pages(void **state)
{
	(void)state;
	struct cell cell = preset();
	struct pool pool;
	cell.pages = PAGES_THP;
	if (pool_open(&pool, &cell, 3, 1 << 20, &why)) {
		assert_non_null(strstr(why.text, "transparent_hugepage"));
	} else {
		assert_int_equal((uintptr_t)pool.buffers[0].data % (2 << 20), 0);
		assert_true(pool.buffers[2].data + (1 << 20) <= pool.base + pool.mapped_bytes);
	}
	pool_close(&pool);
	cell.pages = PAGES_HUGETLB;
	if (pool_open(&pool, &cell, 1 << 20, 1 << 20, &why)) /* a terabyte */
		assert_non_null(strstr(why.text, "vm.nr_hugepages"));
	pool_close(&pool);
}

static void test_too_much(void **state)
{
	(void)state;
	struct cell cell = preset();
	struct pool pool;
	assert_int_equal(pool_open(&pool, &cell, 1000000, SIZE_MAX / 4, &why), -ENOMEM);
	assert_non_null(strstr(why.text, "--buffers"));
	pool_close(&pool);
	assert_int_equal(pool_open(&pool, &cell, 1000, 1ULL << 38, &why), -ENOMEM);
	assert_non_null(strstr(why.text, "--buffers"));
	pool_close(&pool); /* is safe after a failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_turn),         cmocka_unit_test(test_layout),
		cmocka_unit_test(test_held_is_refused), cmocka_unit_test(test_early_reuse),
		cmocka_unit_test(test_huge_pages),      cmocka_unit_test(test_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
