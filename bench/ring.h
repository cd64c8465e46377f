/* SPDX-License-Identifier: MIT */
/*
 * ring: memory that two processes share, as a queue of pieces that one writes and the other reads
 * where they lie. Who finds it full or empty spins a little and then sleeps on a futex; who makes
 * room or fills it wakes the other only if that sleeps.
 */
#ifndef ZCBENCH_RING_H
#define ZCBENCH_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell.h"
#include "reason.h"

#define RING_SLOTS_MAX 4096

/* One side's half: a cache line of its own, which that side alone writes, but for `asleep`. */
struct ring_side {
	_Alignas(64) _Atomic uint64_t count; /* pieces written, or read */
	_Atomic uint64_t bytes;              /* of them */
	_Atomic uint32_t asleep;             /* futex: 1 while this side sleeps */
};

/* At the start of the shared memory. */
struct ring_head {
	struct ring_side writer, reader;
	_Atomic uint32_t ended; /* the writer will write no more */
	uint32_t length[RING_SLOTS_MAX];
};

struct ring {
	struct ring_head *head;
	unsigned char *data;
	size_t slots, piece, stride; /* both ends work them out from the cell */
	size_t mapped_bytes;
};

/* Makes the memory (the writer), or takes it from the other end. An fd or 0, or -errno. */
int ring_make(struct ring *ring, const struct cell *cell, struct reason *why);
int ring_take(struct ring *ring, const struct cell *cell, int fd, struct reason *why);
void ring_close(struct ring *ring);

/* Where the next piece may be written, of at most ring->piece bytes; NULL: it is full. */
unsigned char *ring_room(struct ring *ring);
/* It was written. Returns the system calls made: 1 if the reader had to be woken. */
unsigned int ring_written(struct ring *ring, size_t n);

/* The oldest piece that was not read yet and its length; NULL: there is none. */
const unsigned char *ring_piece(struct ring *ring, size_t *n);
unsigned int ring_read(struct ring *ring);

bool ring_ended(const struct ring *ring);
void ring_end(struct ring *ring);
uint64_t ring_unread_bytes(const struct ring *ring);

/*
 * Until there is room (writer), or a piece or the end (reader), or `ms` are over. Returns the
 * system calls made.
 */
unsigned int ring_wait(struct ring *ring, bool writer, int ms);

#endif
