/* SPDX-License-Identifier: MIT */
/* mode: one way to send or to receive, as a const struct of callbacks, and their registry. */
#ifndef ZCBENCH_MODE_H
#define ZCBENCH_MODE_H

#include <stddef.h>

#include "cell.h"
#include "reason.h"

struct buffer;
struct worker;

enum mode_direction { MODE_TX, MODE_RX };

enum mode_flag {
	MODE_NULL = 1 << 0,     /* moves nothing: the measurement floor; pairs with null only */
	MODE_COPIES = 1 << 1,   /* its interface says that it copies: that is its witness */
	MODE_CLAIMS = 1 << 2,   /* claims zero-copy: a claim that needs a witness */
	MODE_REPORTS = 1 << 3,  /* the kernel tells it per transfer whether it copied */
	MODE_DISCARDS = 1 << 4, /* rx: the payload is dropped in the kernel */
	MODE_BLIND = 1 << 5,    /* rx: the program never sees the payload, so cannot read it */
	MODE_ASYNC = 1 << 6,    /* the kernel holds buffers after step returns: depth applies */
	MODE_STATIC = 1 << 7,   /* tx: sends prepared pages (a file), so it cannot rewrite them */
};

struct copy_mode {
	const char *name;
	const char *summary; /* one line: the calls it makes, the release that brought them */
	enum mode_direction direction;
	unsigned int flags;
	size_t state_size; /* bytes of zeroed worker->state */

	/*
	 * Can this cell run on this machine? Tries the system call itself. 0, or -errno and a
	 * sentence that names what would change it. NULL: always.
	 */
	int (*probe)(const struct cell *cell, struct reason *why);

	/* In the worker's own thread, its flows connected. 0, or -errno and worker->why. */
	int (*open)(struct worker *worker);

	/*
	 * One batch over the worker's flows. Returns the operations done; 0 if it would block
	 * (it may sleep up to WORKER_PATIENCE_MS first); -errno with worker->why on failure.
	 * A tx mode sends while flow->credit lasts, an rx mode takes what has come.
	 */
	int (*step)(struct worker *worker);

	/*
	 * tx: before a buffer is written again, by modes whose transfers the kernel may still refer
	 * to without ever saying when it has done. NULL: nothing to do.
	 */
	void (*renew)(struct worker *worker, struct buffer *buffer);

	/* Until the kernel owns none of our memory. 0 or -errno. NULL: nothing to wait for. */
	int (*drain)(struct worker *worker);

	/* Frees what open took; called once after open, whether or not open succeeded. */
	void (*close)(struct worker *worker);
};

/* The registry: the only place that knows which modes exist. NULL ends the array. */
extern const struct copy_mode *const modes[];

/* Modes of one direction by number, NULL after the last: the order of `list modes`. */
const struct copy_mode *mode_get(enum mode_direction direction, uint64_t index);

#endif
