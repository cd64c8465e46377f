/* SPDX-License-Identifier: MIT */
/*
 * uring_buffers: a ring of buffers provided to the kernel (5.19), which takes one, or with
 * bundles several that follow each other in the ring, for each receive.
 */
#ifndef ZCBENCH_MODES_URING_BUFFERS_H
#define ZCBENCH_MODES_URING_BUFFERS_H

#include "uring.h"

#define URING_BUFFERS_MAX 16384

struct uring_buffers {
	struct io_uring_buf_ring *ring; /* NULL until it is there */
	size_t mapped_bytes;
	unsigned int mask;
	unsigned int added; /* since the last publication */
	uint16_t tail;      /* where the next one goes */
	uint16_t *order;    /* buffer id at each place of the ring */
	uint16_t *place;    /* place of each buffer id */
};

/* All of the pool, as group 0. 0, or -errno and a sentence. */
int uring_buffers_open(struct uring_buffers *buffers, struct uring *uring, const struct pool *pool,
		       struct reason *why);
void uring_buffers_close(struct uring_buffers *buffers);

/* Gives a buffer back; the kernel sees it after the next publication. */
void uring_buffers_add(struct uring_buffers *buffers, const struct pool *pool, uint16_t id);
void uring_buffers_publish(struct uring_buffers *buffers);

/* The buffer that the kernel fills after this one. Ask before giving this one back. */
uint16_t uring_buffers_after(const struct uring_buffers *buffers, uint16_t id);

#endif
