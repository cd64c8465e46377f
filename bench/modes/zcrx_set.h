/* SPDX-License-Identifier: MIT */
/* zcrx_set: the areas of one worker, the queues that fill them, and which flow is whose. */
#ifndef ZCBENCH_MODES_ZCRX_SET_H
#define ZCBENCH_MODES_ZCRX_SET_H

#include "../dmabuf.h"
#include "../queue.h"
#include "zcrx.h"

#define ZCRX_AREAS_MAX 16 /* as --areas */

struct zcrx_set {
	unsigned int count; /* of areas that are open */
	struct zcrx areas[ZCRX_AREAS_MAX];
	struct dmabuf dmabufs[ZCRX_AREAS_MAX];
	struct queue_device device; /* index 0: none, everything is copied */
	unsigned int first_queue;
};

/*
 * Registers them with the worker's ring and gives every flow one, as flow->state. 0, or -errno and
 * worker->why, -EOPNOTSUPP for all that this host or its devices lack; zcrx_set_close either way.
 */
int zcrx_set_open(struct zcrx_set *set, struct worker *worker, struct uring *uring, bool device);

/* After the ring is closed. */
void zcrx_set_close(struct zcrx_set *set);

/* Bytes that the kernel says it copied; FIELD_UNKNOWN: it does not say. */
uint64_t zcrx_set_copied(const struct zcrx_set *set);

#endif
