/* SPDX-License-Identifier: MIT */
/*
 * worker: one thread of one end, its flows, its buffers and its counters. Modes and workloads
 * see nothing else of the program.
 */
#ifndef ZCBENCH_WORKER_H
#define ZCBENCH_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "hist.h"
#include "pool.h"
#include "reason.h"

#define WORKER_PATIENCE_MS 100 /* the longest that a step may sleep before it looks at phase */

enum phase { PHASE_WARMUP, PHASE_WINDOW, PHASE_AFTER, PHASE_STOP };

/*
 * Written by its worker alone, read by the timekeeper at the edges of the window: relaxed
 * atomics, which cost nothing on the worker's side.
 */
struct counters {
	uint64_t bytes;        /* handed to, or taken from, the kernel */
	uint64_t messages;     /* whole messages of cell->size */
	uint64_t syscalls;     /* of the data path: transfers, waits, notifications */
	uint64_t waits;        /* times the worker slept for the kernel */
	uint64_t eagain;       /* calls that found the socket full or empty */
	uint64_t enobufs;      /* calls refused for want of kernel memory or ring buffers */
	uint64_t buffer_waits; /* times no buffer of ours was free */
	uint64_t notifications, notifications_copied;
	uint64_t zerocopy_bytes, copied_bytes; /* as a MODE_REPORTS mode was told */
	uint64_t verify_errors;                /* slices whose payload was wrong */
	uint64_t unanswered;                   /* requests due in the window, without a response */
	uint64_t lost_messages, lost_bytes;    /* rx: of datagrams, as the sender's total shows */
	uint64_t reordered_messages, duplicate_messages;
	uint64_t strangers; /* rx: datagrams of somebody else */
	/* rx, MODE_FRAMES: packets that the kernel dropped, those of them that found no room in a
	 * ring, that found no frame; of a queue that nobody serves, or another thread than their
	 * flow's; passed on to the kernel */
	uint64_t queue_drops, queue_ring_full, queue_no_frame, queue_unserved, queue_astray;
	uint64_t queue_passed;
};

struct flow {
	int fd;
	int control;           /* a connection beside it, of services that need one; -1: none */
	uint32_t index;        /* within the worker */
	uint64_t seed;         /* the client's port: both ends know it */
	uint64_t offset;       /* stream bytes sent or received so far */
	uint64_t credit;       /* tx: bytes it may still send */
	uint64_t begun;        /* tx: stream bytes of the messages begun, at least offset */
	uint64_t rest;         /* tx: bytes of the oldest message begun still to send */
	struct buffer *buffer; /* tx: buffer of the newest message begun, NULL between messages */
	bool ended;            /* rx: end of stream seen */
	void *state;           /* the mode's own, per flow, allocated in open */
	void *held;            /* the service's own, per flow */

	/* Of services that carry datagrams, see datagram.h. */
	uint64_t mark;     /* the repeat's: what has another is a stranger's */
	uint64_t sequence; /* tx: datagrams sent */
	uint32_t room;     /* payload bytes that one can carry */
	struct datagram_window *window;
};

struct worker {
	const struct cell *cell;
	const struct copy_mode *mode;
	void *state;                  /* mode->state_size bytes, zeroed */
	unsigned int number, numbers; /* among the workers of its end; how many there are */

	struct flow *flows;
	unsigned int flow_count;
	unsigned int ended_count; /* rx: flows at their end */
	uint64_t
		through_ns; /* rx: when the last byte had come, where the end is told later; or 0 */

	struct pool pool;   /* tx: messages of cell->size; rx: receive buffers of rx_size */
	unsigned int depth; /* buffers that the kernel may hold at once */
	unsigned int hot;   /* so many while it copies them: it reads them again, from the caches */
	unsigned int allowed; /* one of the two, by the last notification */
	unsigned int batch;   /* messages a step */
	size_t piece, gap;    /* tx: a message lies in its buffer in pieces, each behind a gap */
	bool writes;          /* tx: each message is written to its buffer before it is sent */
	struct {
		uint64_t bytes, since_ns;
	} down;      /* tx, datagram_down's: with nothing sent since so many bytes */
	bool shares; /* tx: a buffer may serve another flow before its message is through */

	struct counters count;
	struct hist notify;  /* send to notification, ns, inside the window */
	struct hist latency; /* request to response, ns, inside the window */
	unsigned int held;   /* buffers that the kernel holds */
	uint64_t outstanding_bytes, outstanding_max_bytes;

	const _Atomic int *phase;          /* enum phase, moved on by the timekeeper */
	const _Atomic uint64_t *window_ns; /* its two edges; FIELD_MAX until they are there */
	bool untold; /* a MODE_REPORTS mode was told nothing: the two counts above are unknown */
	struct reason why;
	struct reason note; /* what the row should say though nothing failed; "": nothing */
};

static inline void count_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline uint64_t count_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static inline enum phase worker_phase(const struct worker *worker)
{
	return (enum phase)atomic_load_explicit(worker->phase, memory_order_relaxed);
}

static inline bool worker_stopped(const struct worker *worker)
{
	return worker_phase(worker) == PHASE_STOP;
}

/* Does the moment (CLOCK_MONOTONIC ns) lie in the window, as far as that is known by now? */
static inline bool worker_in_window(const struct worker *worker, uint64_t at_ns)
{
	return at_ns >= atomic_load_explicit(&worker->window_ns[0], memory_order_relaxed) &&
	       at_ns < atomic_load_explicit(&worker->window_ns[1], memory_order_relaxed);
}

/*
 * In the worker's thread: settles depth, batch and buffers, maps the pool and opens the mode.
 * 0, or -errno and worker->why. worker_close is called either way; counters and histograms
 * outlive it.
 */
int worker_open(struct worker *worker, const struct cell *cell, const struct copy_mode *mode);
void worker_close(struct worker *worker);

/* tx: where in its buffer the byte of a message lies: behind the gap of its piece. */
static inline size_t worker_lies_at(const struct worker *worker, size_t byte)
{
	return byte + (byte / worker->piece + 1) * worker->gap;
}

/* CLOCK_MONOTONIC in ns. */
uint64_t worker_now_ns(void);

/* Lets other threads of this CPU run: a counted system call. */
void worker_give_way(struct worker *worker);

/* ---- for tx modes ---- */

/* A piece of the current message: the bytes still to send, in one buffer. */
struct slice {
	struct buffer *buffer;
	unsigned char *data;
	size_t length;
};

/*
 * The next piece that the flow may send; starts a new message when the last one is through,
 * writing its payload if the cell asks for it. False: no credit left, or the kernel still holds
 * the next buffer (then buffer_waits is counted).
 */
bool tx_next(struct worker *worker, struct flow *flow, struct slice *slice);

/* The kernel took n bytes of the slice. The buffer is free for reuse once its holds are gone. */
void tx_sent(struct worker *worker, struct flow *flow, size_t n);

/*
 * For modes that keep several messages of a flow in flight: tx_begin starts the next one, whatever
 * became of those before it; tx_took says that the kernel took n bytes of the oldest one, which is
 * in `buffer`. tx_next and tx_sent are made of them. tx_may_begin: is there credit for another?
 */
static inline bool tx_may_begin(const struct worker *worker, const struct flow *flow)
{
	return flow->credit - (flow->begun - flow->offset) >= worker->cell->size;
}

bool tx_begin(struct worker *worker, struct flow *flow, struct slice *slice);
void tx_took(struct worker *worker, struct flow *flow, struct buffer *buffer, size_t n);

/*
 * For modes whose messages lie in memory of their own, such as a ring: writes n payload bytes, as
 * the cell asks, that are `ahead` bytes after those sent; and n bytes were taken.
 */
void tx_write(const struct worker *worker, const struct flow *flow, void *data, size_t n,
	      uint64_t ahead);
void tx_passed(struct worker *worker, struct flow *flow, size_t n);

/*
 * The kernel now refers to the buffer / no longer does. Bytes are those of one transfer; a
 * buffer may be held by several. tx_next hands out no buffer while as many are held as are allowed.
 */
void tx_hold(struct worker *worker, struct buffer *buffer, size_t bytes);
void tx_release(struct worker *worker, struct buffer *buffer, size_t bytes);

/*
 * The kernel gave back `bytes` of ours that were sent at sent_ns. copied: it says that it copied
 * at least part of them. Notices themselves are counted by the mode: one may cover many sends.
 */
void tx_notified(struct worker *worker, size_t bytes, bool copied, uint64_t sent_ns,
		 uint64_t now_ns);

/* ---- for rx modes ---- */

/* n bytes arrived at data (NULL: out of sight), to be read and verified as the cell asks. */
void rx_got(struct worker *worker, struct flow *flow, const void *data, size_t n);

/* The two parts of rx_got: a look at n bytes of a stream offset; and that they came. */
void rx_look(struct worker *worker, const struct flow *flow, const void *data, size_t n,
	     uint64_t offset);
void rx_came(struct worker *worker, struct flow *flow, size_t n, uint64_t messages);

/* The flow's stream ended. */
void rx_end(struct worker *worker, struct flow *flow);

#endif
