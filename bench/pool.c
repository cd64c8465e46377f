/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/*
 * Small pages: each buffer starts on a page of its own, so that a notification about one never
 * concerns another. Huge pages: buffers share them, 4 KiB-aligned, as an application would.
 */
static int map_pages(struct pool *pool, const struct cell *cell, struct reason *why)
{
	size_t page = cell_page_bytes(cell);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (cell->pages == PAGES_HUGETLB ? MAP_HUGETLB : 0);
	/* One page more than needed, so that transparent huge pages can be aligned. */
	size_t slack = cell->pages == PAGES_THP ? page : 0;
	pool->mapped_bytes = round_up(pool->stride * pool->count, page) + slack;

	void *base = mmap(NULL, pool->mapped_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (base == MAP_FAILED && cell->pages == PAGES_HUGETLB)
		return reason_set(
			why, EOPNOTSUPP,
			"%zu huge pages of 2 MiB are not free; raise vm.nr_hugepages or use "
			"--pages thp",
			pool->mapped_bytes / page);
	if (base == MAP_FAILED)
		return reason_set(why, errno,
				  "mapping %zu bytes of buffers: %s; lower --buffers or "
				  "--size",
				  pool->mapped_bytes, strerror(errno));
	pool->base = base;
	if (cell->pages == PAGES_THP && madvise(base, pool->mapped_bytes, MADV_HUGEPAGE))
		return reason_set(why, errno,
				  "transparent huge pages are refused; set "
				  "/sys/kernel/mm/transparent_hugepage/enabled to madvise");
	return 0;
}

int pool_open(struct pool *pool, const struct cell *cell, unsigned int count, size_t size,
	      struct reason *why)
{
	*pool = (struct pool){ .count = count,
			       .size = size,
			       .reuse_early = cell->reuse == REUSE_EARLY,
			       .in_turn = cell->buffers != FIELD_AUTO };
	pool->stride = round_up(size + cell->align, 4096);
	pool->buffers = calloc(count, sizeof(*pool->buffers));
	if (!pool->buffers || pool->stride > SIZE_MAX / 2 / count)
		return reason_set(why, ENOMEM, "no memory for %u buffers; lower --buffers", count);
	int err = map_pages(pool, cell, why);
	if (err)
		return err;

	unsigned char *start = pool->base;
	if (cell->pages == PAGES_THP)
		start = (unsigned char *)round_up((uintptr_t)start, cell_page_bytes(cell));
	for (unsigned int i = 0; i < count; i++)
		pool->buffers[i] = (struct buffer){ .data = start + i * pool->stride + cell->align,
						    .index = i };
	/* Fault everything in now, with a byte that is not zero: the zero page is a special case.
	 */
	memset(start, 0x5a, pool->stride * count);
	return 0;
}

void pool_close(struct pool *pool)
{
	if (pool->base)
		munmap(pool->base, pool->mapped_bytes);
	free(pool->buffers);
	pool->base = NULL;
	pool->buffers = NULL;
}

struct buffer *pool_take(struct pool *pool)
{
	/* One flow gets its buffers back in turn; of many flows, a slow one must not stop the
	 * others. */
	for (unsigned int i = 0; i < pool->count; i++) {
		struct buffer *buffer = &pool->buffers[pool->next];
		if (++pool->next == pool->count)
			pool->next = 0;
		if (!buffer->busy && (!buffer->holds || pool->reuse_early))
			return buffer;
	}
	return NULL;
}

void pool_freed(struct pool *pool, const struct buffer *buffer)
{
	if (!pool->in_turn && buffer->index < pool->next)
		pool->next = buffer->index;
}
