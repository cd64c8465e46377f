/* SPDX-License-Identifier: MIT */
/* mode: one way to send or to receive, as a const struct of callbacks, and their registry. */
#ifndef ZCBENCH_MODE_H
#define ZCBENCH_MODE_H

#include <stddef.h>

#include "cell.h"
#include "reason.h"

struct buffer;
struct service;
struct worker;

enum mode_direction { MODE_TX, MODE_RX };

#define MODE_MAY(capability) (1ULL << (capability)) /* CAP_... of linux/capability.h */

enum mode_flag {
	MODE_NULL = 1 << 0,     /* moves nothing: the measurement floor; pairs with null only */
	MODE_COPIES = 1 << 1,   /* its interface says that it copies: that is its witness */
	MODE_CLAIMS = 1 << 2,   /* claims zero-copy: a claim that needs a witness */
	MODE_REPORTS = 1 << 3,  /* the kernel tells it per transfer whether it copied */
	MODE_DISCARDS = 1 << 4, /* rx: the payload is dropped in the kernel */
	MODE_BLIND = 1 << 5,    /* rx: the program never sees the payload, so cannot read it */
	MODE_ASYNC = 1 << 6,    /* the kernel holds buffers after step returns: depth applies */
	MODE_STATIC = 1 << 7,   /* tx: sends prepared pages (a file), so it cannot rewrite them */
	MODE_AREA = 1 << 8,     /* rx: what is not copied comes in an area lent to a device */
	MODE_QUEUE = 1 << 9,    /* rx: needs a receive queue of a device for itself, see path.h */
	MODE_MAPS = 1 << 10, /* rx: reads where the sender wrote: no kernel is there to say more */
	MODE_FRAMES = 1 << 11, /* past the kernel's stack: flows are frames in a device's queues */
};

struct copy_mode {
	const char *name;
	const char *summary; /* one line: the calls it makes, the release that brought them */
	enum mode_direction direction;
	const struct service
		*service; /* what carries its bytes: both modes of a cell have the same */
	unsigned int flags;
	uint64_t capabilities; /* a set of capabilities(7): what its end keeps with --agent-user */
	size_t state_size;     /* bytes of zeroed worker->state */
	size_t frame_bytes;    /* its buffers are frames of so many bytes; 0: a message each */

	/*
	 * Can this cell run on this machine? Tries the system call itself. 0, or -errno and a
	 * sentence that names what would change it. NULL: always.
	 */
	int (*probe)(const struct cell *cell, struct reason *why);

	/*
	 * tx: before the buffers are made: settles worker->piece and worker->gap, where messages
	 * carry headers of the mode's own. 0, or -errno and worker->why. NULL: they carry none.
	 */
	int (*layout)(struct worker *worker);

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

/* Of services.c: for the modes that name them. */
extern const struct service service_tcp, service_udp, service_packet, service_xdp, service_unix,
	service_pipe, service_memory, service_process;

/* Modes of one direction by number, NULL after the last: the order of `list modes`. */
const struct copy_mode *mode_get(enum mode_direction direction, uint64_t index);

#endif
