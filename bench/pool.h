/* SPDX-License-Identifier: MIT */
/*
 * pool: page-aligned buffers. A buffer that the kernel holds is not handed out; that is the whole
 * point of it. Of the others either each has its turn, or those are used again that came back, so
 * that no more of them than needed compete for the caches.
 */
#ifndef ZCBENCH_POOL_H
#define ZCBENCH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell.h"
#include "reason.h"

struct buffer {
	unsigned char *data; /* page start + cell->align */
	uint32_t index;
	uint32_t holds;   /* transfers of it that the kernel has not let go of */
	bool busy;        /* a message of it is under way: the rest of it must stay as it is */
	const void *user; /* tx: the flow whose message was last written to it */
};

struct pool {
	struct buffer *buffers;
	unsigned int count;
	unsigned int next;
	size_t size;   /* usable bytes of each buffer */
	size_t stride; /* whole pages from one buffer to the next */
	unsigned char *base;
	size_t mapped_bytes;
	bool reuse_early; /* hand out held buffers: only to prove that verify catches it */
	bool in_turn;     /* each has its turn, whichever of them are free */
};

/* Maps and touches count buffers of size bytes. 0, or -errno and a sentence. */
int pool_open(struct pool *pool, const struct cell *cell, unsigned int count, size_t size,
	      struct reason *why);
void pool_close(struct pool *pool);

/* The next free buffer, or NULL. Costs no system call. */
struct buffer *pool_take(struct pool *pool);

/* The kernel has let go of a buffer. */
void pool_freed(struct pool *pool, const struct buffer *buffer);

#endif
