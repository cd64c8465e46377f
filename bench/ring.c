/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PIECE_MAX  (1UL << 20)
#define RING_BYTES (1UL << 20) /* as much as stays in an L2 cache, as of the buffers of others */
#define SPINS      2000        /* some 20 to 100 us: what a sleep and a wake cost together */

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static void layout(struct ring *ring, const struct cell *cell)
{
	ring->piece = cell->size < PIECE_MAX ? cell->size : PIECE_MAX;
	ring->stride = round_up(ring->piece, 64);
	ring->slots = cell->depth;
	if (cell->depth == FIELD_AUTO) {
		ring->slots = RING_BYTES / ring->stride;
		ring->slots = ring->slots < 4 ? 4 : ring->slots > 64 ? 64 : ring->slots;
	}
	ring->mapped_bytes = sizeof(struct ring_head) + ring->slots * ring->stride;
}

static int map(struct ring *ring, int fd, struct reason *why)
{
	void *base = mmap(NULL, ring->mapped_bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, fd, 0);
	if (base == MAP_FAILED)
		return reason_set(why, errno, "mapping a ring of %zu bytes: %s; lower --depth",
				  ring->mapped_bytes, strerror(errno));
	ring->head = base;
	ring->data = (unsigned char *)base + sizeof(struct ring_head);
	return 0;
}

int ring_make(struct ring *ring, const struct cell *cell, struct reason *why)
{
	layout(ring, cell);
	int fd = memfd_create("zcbench", MFD_CLOEXEC);
	/* Allocates before it maps: memory that is not to be had must be an error, not a SIGBUS. */
	int err = fd < 0 || fallocate(fd, 0, 0, (off_t)ring->mapped_bytes) ? errno : 0;
	if (err)
		reason_set(why, err, "a ring of %zu bytes: %s; lower --depth", ring->mapped_bytes,
			   strerror(err));
	else
		err = -map(ring, fd, why);
	if (err && fd >= 0)
		close(fd);
	return err ? -err : fd;
}

int ring_take(struct ring *ring, const struct cell *cell, int fd, struct reason *why)
{
	struct stat status;
	layout(ring, cell);
	if (fstat(fd, &status) || (size_t)status.st_size != ring->mapped_bytes)
		return reason_set(why, EPROTO,
				  "the other end passed no ring of %zu bytes; use the same zcbench "
				  "on both ends",
				  ring->mapped_bytes);
	return map(ring, fd, why);
}

void ring_close(struct ring *ring)
{
	if (ring->head)
		munmap(ring->head, ring->mapped_bytes);
	ring->head = NULL;
}

static unsigned int wake(struct ring_side *sleeper)
{
	/* After what was just published: who is about to sleep sees that, or is seen here. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&sleeper->asleep, memory_order_relaxed))
		return 0;
	atomic_store(&sleeper->asleep, 0);
	syscall(SYS_futex, &sleeper->asleep, FUTEX_WAKE, 1, NULL, NULL, 0);
	return 1;
}

static uint64_t published(const struct ring_side *side)
{
	return atomic_load_explicit(&side->count, memory_order_acquire);
}

/* The side itself is the only one that writes its counts. */
static void publish(struct ring_side *side, size_t n)
{
	uint64_t count = atomic_load_explicit(&side->count, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&side->bytes, memory_order_relaxed);
	atomic_store_explicit(&side->bytes, bytes + n, memory_order_relaxed);
	atomic_store_explicit(&side->count, count + 1, memory_order_release);
}

unsigned char *ring_room(struct ring *ring)
{
	struct ring_head *head = ring->head;
	uint64_t written = atomic_load_explicit(&head->writer.count, memory_order_relaxed);
	if (written - published(&head->reader) >= ring->slots)
		return NULL;
	return ring->data + written % ring->slots * ring->stride;
}

unsigned int ring_written(struct ring *ring, size_t n)
{
	struct ring_head *head = ring->head;
	uint64_t written = atomic_load_explicit(&head->writer.count, memory_order_relaxed);
	head->length[written % ring->slots] = (uint32_t)n;
	publish(&head->writer, n);
	return wake(&head->reader);
}

const unsigned char *ring_piece(struct ring *ring, size_t *n)
{
	struct ring_head *head = ring->head;
	uint64_t seen = atomic_load_explicit(&head->reader.count, memory_order_relaxed);
	if (published(&head->writer) == seen)
		return NULL;
	*n = head->length[seen % ring->slots];
	return ring->data + seen % ring->slots * ring->stride;
}

unsigned int ring_read(struct ring *ring)
{
	struct ring_head *head = ring->head;
	uint64_t seen = atomic_load_explicit(&head->reader.count, memory_order_relaxed);
	publish(&head->reader, head->length[seen % ring->slots]);
	return wake(&head->writer);
}

bool ring_ended(const struct ring *ring)
{
	return atomic_load(&ring->head->ended);
}

void ring_end(struct ring *ring)
{
	atomic_store(&ring->head->ended, 1);
	wake(&ring->head->reader);
}

uint64_t ring_unread_bytes(const struct ring *ring)
{
	return atomic_load(&ring->head->writer.bytes) - atomic_load(&ring->head->reader.bytes);
}

static bool ready(struct ring *ring, bool writer)
{
	size_t n;
	return writer ? ring_room(ring) != NULL : ring_piece(ring, &n) || ring_ended(ring);
}

static void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

unsigned int ring_wait(struct ring *ring, bool writer, int ms)
{
	struct ring_side *self = writer ? &ring->head->writer : &ring->head->reader;
	struct timespec limit = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	for (unsigned int i = 0; i < SPINS; i++) {
		if (ready(ring, writer))
			return 0;
		pause_cpu();
	}
	atomic_store(&self->asleep, 1);
	atomic_thread_fence(memory_order_seq_cst);
	unsigned int calls = 0;
	if (!ready(ring, writer)) {
		syscall(SYS_futex, &self->asleep, FUTEX_WAIT, 1, &limit, NULL, 0);
		calls = 1;
	}
	atomic_store(&self->asleep, 0);
	return calls;
}
