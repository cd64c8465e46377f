/* SPDX-License-Identifier: MIT */
/*
 * uring: what all io_uring modes share: one ring a worker, set up as well as the kernel allows,
 * entered once a step.
 */
#ifndef ZCBENCH_MODES_URING_H
#define ZCBENCH_MODES_URING_H

#include <liburing.h>
#include <stdbool.h>

#include "../compat.h"
#include "../worker.h"

#define URING_ENTRIES_MAX 32768 /* IORING_MAX_ENTRIES of io_uring/io_uring.h */

struct uring {
	struct io_uring ring;
	bool ready; /* the ring is there */
};

/*
 * A ring for at least `requests` queued at once and `completions` not yet seen. Entered by the
 * calling thread alone. 0, or -errno and a sentence.
 */
int uring_open(struct uring *uring, unsigned int requests, unsigned int completions,
	       struct reason *why);

/* The same with completions of 32 bytes, and run by the entering thread alone (DEFER_TASKRUN). */
int uring_open_wide(struct uring *uring, unsigned int requests, unsigned int completions,
		    struct reason *why);
void uring_close(struct uring *uring);

/* Registers buffers with it, for good. 0 or -errno. */
int uring_register(struct uring *uring, const struct iovec *buffers, unsigned int count);

/* An empty request; the queue is handed to the kernel first if it is full. Never NULL. */
struct io_uring_sqe *uring_request(struct worker *worker, struct uring *uring);

/*
 * Submits what is queued and sleeps, up to WORKER_PATIENCE_MS, until `wait` completions are
 * there: one system call, or none if there is nothing to do. 0, or -errno and worker->why.
 */
int uring_enter(struct worker *worker, struct uring *uring, unsigned int wait);

/* Is there io_uring, with the operation? `release` is the kernel that brought it. */
int uring_probe(int operation, const char *release, struct reason *why);

int uring_knows(struct uring *uring, int operation, const char *release, struct reason *why);

/*
 * Runs one request on a TCP socket that is not connected, which the kernel refuses at the very
 * end: by then it has accepted the flags. `*result` is the completion's. 0, or -errno and a
 * sentence if the attempt itself failed.
 */
int uring_try(struct uring *uring, struct io_uring_sqe *sqe, int *result, struct reason *why);

#endif
