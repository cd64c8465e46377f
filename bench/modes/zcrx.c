/* SPDX-License-Identifier: MIT */
#include "zcrx.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES_MAX 32768 /* IO_RQ_MAX_ENTRIES of io_uring/zcrx.c */
#define HEADER      4096  /* room for the ring's head and tail; the kernel says where they are */

static int do_register(const struct uring *uring, unsigned int opcode, void *argument,
		       unsigned int count)
{
	long done = syscall(__NR_io_uring_register, uring->ring.ring_fd, opcode, argument, count);
	return done < 0 ? -errno : 0;
}

bool zcrx_built(const struct uring *uring)
{
	struct compat_zcrx nothing = { .device = 0 };
	return do_register(uring, COMPAT_REGISTER_ZCRX_IFQ, &nothing, 1) != -EOPNOTSUPP;
}

static uint32_t entries_for(uint32_t buffers)
{
	/* One buffer may come in several completions, which go back one by one. */
	uint32_t entries = 64;
	while (entries < 4 * buffers && entries < ENTRIES_MAX)
		entries *= 2;
	return entries;
}

static void remember(struct zcrx *zcrx, const struct compat_zcrx *answer)
{
	unsigned char *base = zcrx->ring;
	zcrx->id = answer->id;
	zcrx->head = (const uint32_t *)(base + answer->head);
	zcrx->tail = (uint32_t *)(base + answer->tail);
	zcrx->entries = (struct compat_zcrx_rqe *)(base + answer->rqes);
	zcrx->mask = answer->entries - 1;
}

static struct compat_zcrx_area area_of(const struct zcrx_request *request, unsigned int number)
{
	struct compat_zcrx_area area = { .addr = (uintptr_t)request->area + number * request->bytes,
					 .len = request->bytes };
	if (request->dmabuf >= 0) {
		area.addr = number * request->bytes; /* its offset in the dma-buf */
		area.flags = COMPAT_ZCRX_AREA_DMABUF;
		area.dmabuf_fd = (uint32_t)request->dmabuf;
	}
	return area;
}

/* Those after the first. Completions tell areas apart by their numbers, which are ours. */
static int add_areas(const struct zcrx *zcrx, const struct uring *uring,
		     const struct zcrx_request *request)
{
	int err = 0;
	for (unsigned int i = 1; !err && i < request->areas; i++) {
		struct compat_zcrx_area area = area_of(request, i);
		struct compat_zcrx_control control = { .id = zcrx->id,
						       .operation = COMPAT_ZCRX_ADD_AREA,
						       .area = (uintptr_t)&area };
		err = do_register(uring, COMPAT_REGISTER_ZCRX_CTRL, &control, 0);
		if (!err && area.token >> COMPAT_ZCRX_AREA_SHIFT != i)
			err = -EPROTO;
		if (err == -EOPNOTSUPP || err == -EINVAL)
			err = -ENOTUNIQ; /* which says one thing only: it takes no second one */
	}
	return err;
}

static int attempt(struct zcrx *zcrx, const struct uring *uring, const struct zcrx_request *request,
		   uint32_t entries, bool stats)
{
	size_t stats_offset = zcrx->ring_bytes - sizeof(struct compat_zcrx_stats);
	struct compat_zcrx_events events = { .flags = COMPAT_ZCRX_STATS,
					     .stats_offset = stats_offset };
	struct compat_region region = { .user_addr = (uintptr_t)zcrx->ring,
					.size = zcrx->ring_bytes,
					.flags = COMPAT_MEM_REGION_USER };
	struct compat_zcrx_area area = area_of(request, 0);
	struct compat_zcrx ask = { .device = request->device,
				   .queue = request->queue,
				   .entries = entries,
				   .flags = request->flags,
				   .area = (uintptr_t)&area,
				   .region = (uintptr_t)&region,
				   .buffer_bytes = request->buffer_bytes,
				   .events = stats ? (uintptr_t)&events : 0 };
	int err = do_register(uring, COMPAT_REGISTER_ZCRX_IFQ, &ask, 1);
	if (err)
		return err;
	remember(zcrx, &ask);
	if (stats)
		zcrx->stats = (const void *)((char *)zcrx->ring + stats_offset);
	return add_areas(zcrx, uring, request);
}

int zcrx_open(struct zcrx *zcrx, struct uring *uring, const struct zcrx_request *request)
{
	uint32_t unit = request->buffer_bytes ? request->buffer_bytes : 4096;
	*zcrx = (struct zcrx){ .area = request->area,
			       .area_bytes = request->bytes,
			       .buffers = (uint32_t)(request->bytes / unit) * request->areas };
	uint32_t entries = entries_for(zcrx->buffers);
	/* Whole pages, and one more than the ring has: for what the kernel counts. */
	zcrx->ring_bytes = HEADER + entries * sizeof(struct compat_zcrx_rqe) + 4096;
	zcrx->ring_bytes = (zcrx->ring_bytes + 4095) & ~4095UL;
	void *memory = mmap(NULL, zcrx->ring_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	zcrx->ring = memory;
	int err = attempt(zcrx, uring, request, entries, true);
	/* Older kernels refuse what they do not know. If that was not why, they say so again. */
	return err == -EINVAL ? attempt(zcrx, uring, request, entries, false) : err;
}

void zcrx_close(struct zcrx *zcrx)
{
	if (zcrx->ring)
		munmap(zcrx->ring, zcrx->ring_bytes);
	zcrx->ring = NULL;
}

static uint64_t offset_of(const struct io_uring_cqe *cqe)
{
	return ((const struct compat_zcrx_cqe *)(cqe + 1))->off;
}

unsigned char *zcrx_data(const struct zcrx *zcrx, const struct io_uring_cqe *cqe)
{
	uint64_t offset = offset_of(cqe), number = offset >> COMPAT_ZCRX_AREA_SHIFT;
	return zcrx->area + number * zcrx->area_bytes +
	       (offset & ((1ULL << COMPAT_ZCRX_AREA_SHIFT) - 1));
}

uint32_t zcrx_waiting(const struct zcrx *zcrx)
{
	return zcrx->next - __atomic_load_n(zcrx->head, __ATOMIC_ACQUIRE);
}

bool zcrx_return(struct zcrx *zcrx, const struct io_uring_cqe *cqe)
{
	if (zcrx_waiting(zcrx) > zcrx->mask)
		return false;
	struct compat_zcrx_rqe *entry = &zcrx->entries[zcrx->next++ & zcrx->mask];
	*entry = (struct compat_zcrx_rqe){ .off = offset_of(cqe), .len = (uint32_t)cqe->res };
	return true;
}

void zcrx_publish(struct zcrx *zcrx)
{
	__atomic_store_n(zcrx->tail, zcrx->next, __ATOMIC_RELEASE);
}

int zcrx_flush(struct zcrx *zcrx, struct uring *uring)
{
	struct compat_zcrx_control control = { .id = zcrx->id, .operation = COMPAT_ZCRX_FLUSH_RQ };
	return do_register(uring, COMPAT_REGISTER_ZCRX_CTRL, &control, 0);
}
