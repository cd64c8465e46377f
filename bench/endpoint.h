/* SPDX-License-Identifier: MIT */
/* endpoint: one end of one cell: its flows, its worker threads and their marks. */
#ifndef ZCBENCH_ENDPOINT_H
#define ZCBENCH_ENDPOINT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "placement.h"
#include "sample.h"
#include "usage.h"
#include "worker.h"

struct endpoint_thread {
	pthread_t thread;
	struct endpoint *endpoint;
	struct worker worker;
	unsigned int index;
	uint64_t finished_ns; /* when its workload was through */
	uint64_t in_flight_bytes;
	int err;
};

/* What the timekeeper reads at one edge of the window. */
struct endpoint_mark {
	uint64_t at_ns;
	struct usage usage;
	struct counters count;
};

struct endpoint {
	struct cell cell;
	bool receiver;
	const struct copy_mode *mode;
	const struct service *service;
	const struct workload *workload;
	struct flow *flows;
	struct endpoint_thread *threads;
	unsigned int thread_count, started;
	struct placement placement;
	uint64_t strangers; /* rx: who came and was no flow of ours */

	_Atomic int phase;
	_Atomic uint64_t window_ns[2]; /* when the window opened and closed; FIELD_MAX: not yet */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int ready_count, finished_count;
	bool released;                        /* workers may start */
	bool failed;                          /* a worker could not open */
	const struct endpoint_thread *broken; /* the first that failed at its work */
	int finished_fd; /* eventfd: readable when all workers are through, or one has failed */
	struct sample report; /* what the flows' sockets said; under the lock */

	struct endpoint_mark open_mark, close_mark;
	struct steady_mark
		slices[STEADY_SLICES + 1]; /* the edges inside the window; 0: not marked */
};

/* Plans threads, placement and flows; nothing is connected yet. 0 or -errno and a sentence. */
int endpoint_open(struct endpoint *endpoint, const struct cell *cell, bool receiver,
		  struct reason *why);

/* Takes the flows, connected, starts the workers and waits until each has opened its mode. */
int endpoint_start(struct endpoint *endpoint, struct reason *why);

void endpoint_release(struct endpoint *endpoint, enum phase phase);
void endpoint_phase(struct endpoint *endpoint, enum phase phase);
void endpoint_mark(struct endpoint *endpoint, struct endpoint_mark *mark);
void endpoint_mark_slice(struct endpoint *endpoint, unsigned int index);

/* Has a worker failed at its work? 0, or its -errno and sentence. */
int endpoint_failure(struct endpoint *endpoint, struct reason *why);

/* Joins the workers. 0, or the first worker's -errno and sentence. */
int endpoint_join(struct endpoint *endpoint, struct reason *why);

/* Fills in this end's columns. */
void endpoint_report(struct endpoint *endpoint, struct sample *sample);

void endpoint_close(struct endpoint *endpoint);

#endif
