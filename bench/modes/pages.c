/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* The pages in flight stay as they are; the buffer gets others at its next write. */
static int replace(struct worker *worker, struct buffer *buffer)
{
	unsigned char *start = buffer->data - worker->cell->align;
	count_add(&worker->count.syscalls, 1);
	return madvise(start, worker->pool.stride, MADV_DONTNEED) ? -errno : 0;
}

int pages_probe(const struct cell *cell, struct reason *why)
{
	/* Buffers share huge pages, so one of them cannot be replaced alone. */
	if (cell->pages == PAGES_HUGETLB && cell_tx_writes(cell))
		return reason_set(why, ENOTSUP,
				  "%s must replace the pages of a buffer before it is written "
				  "again, which hugetlb pages do not allow; use --pages 4k or thp",
				  cell_tx(cell)->name);
	return 0;
}

int pages_open(struct worker *worker)
{
	int err = worker->writes ? replace(worker, &worker->pool.buffers[0]) : 0;
	if (err)
		return reason_set(&worker->why, -err,
				  "replacing pages by madvise(MADV_DONTNEED): %s; use --touch none "
				  "or rx without --verify",
				  strerror(-err));
	return 0;
}

void pages_renew(struct worker *worker, struct buffer *buffer)
{
	/* --reuse early is the deliberate mistake, which --verify is to notice. */
	if (!worker->pool.reuse_early)
		replace(worker, buffer); /* open has tried it: it does not fail later */
}
