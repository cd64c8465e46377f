/* SPDX-License-Identifier: MIT */
#include "uring_buffers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static unsigned int power_of_two(unsigned int n)
{
	unsigned int power = 1;
	while (power < n)
		power *= 2;
	return power;
}

int uring_buffers_open(struct uring_buffers *buffers, struct uring *uring, const struct pool *pool,
		       struct reason *why)
{
	if (pool->count > URING_BUFFERS_MAX)
		return reason_set(why, EINVAL,
				  "a buffer ring takes at most %d buffers; lower --buffers",
				  URING_BUFFERS_MAX);
	/* Twice what is in it: a place stays readable while later buffers are given back. */
	unsigned int entries = power_of_two(2 * pool->count);
	buffers->mask = entries - 1;
	buffers->order = calloc(entries, sizeof(*buffers->order));
	buffers->place = calloc(pool->count, sizeof(*buffers->place));
	buffers->mapped_bytes = entries * sizeof(struct io_uring_buf);
	void *memory = mmap(NULL, buffers->mapped_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!buffers->order || !buffers->place || memory == MAP_FAILED)
		return reason_set(why, ENOMEM, "no memory for a ring of %u buffers", entries);
	buffers->ring = memory;
	io_uring_buf_ring_init(buffers->ring);

	struct io_uring_buf_reg registration = { .ring_addr = (uintptr_t)memory,
						 .ring_entries = entries };
	int err = io_uring_register_buf_ring(&uring->ring, &registration, 0);
	if (err == -EINVAL)
		return reason_set(why, EOPNOTSUPP,
				  "io_uring takes no provided buffer ring; needs kernel 5.19");
	if (err)
		return reason_set(why, -err, "registering a buffer ring: %s", strerror(-err));
	for (unsigned int i = 0; i < pool->count; i++)
		uring_buffers_add(buffers, pool, (uint16_t)i);
	uring_buffers_publish(buffers);
	return 0;
}

void uring_buffers_close(struct uring_buffers *buffers)
{
	if (buffers->ring)
		munmap(buffers->ring, buffers->mapped_bytes);
	free(buffers->order);
	free(buffers->place);
}

void uring_buffers_add(struct uring_buffers *buffers, const struct pool *pool, uint16_t id)
{
	unsigned int place = buffers->tail++ & buffers->mask;
	io_uring_buf_ring_add(buffers->ring, pool->buffers[id].data, (unsigned int)pool->size, id,
			      (int)buffers->mask, (int)buffers->added++);
	buffers->order[place] = id;
	buffers->place[id] = (uint16_t)place;
}

void uring_buffers_publish(struct uring_buffers *buffers)
{
	if (buffers->added)
		io_uring_buf_ring_advance(buffers->ring, (int)buffers->added);
	buffers->added = 0;
}

uint16_t uring_buffers_after(const struct uring_buffers *buffers, uint16_t id)
{
	return buffers->order[(buffers->place[id] + 1U) & buffers->mask];
}
