/* SPDX-License-Identifier: MIT */
/* placement: which CPU each thread of an end runs on. */
#ifndef ZCBENCH_PLACEMENT_H
#define ZCBENCH_PLACEMENT_H

#include <sched.h>
#include <stddef.h>

#include "reason.h"

enum placement_relation { PLACEMENT_GIVEN, PLACEMENT_NEAR, PLACEMENT_FAR };

struct placement {
	enum placement_relation relation; /* near, far: cpus are settled when the flows are there */
	int cpus[CPU_SETSIZE]; /* worker i runs on cpus[i % count]; count 0: not pinned */
	unsigned int count;
};

/*
 * text: "auto", "none", "near", "far", "3", "0-3" or "0+2". auto: not pinned while the CPUs that
 * the process may use are enough for the workers of both ends; else worker i of both ends takes CPU
 * i, so that a flow's two ends share a CPU and its cache. 0, or -EINVAL and a sentence.
 */
int placement_read(struct placement *placement, const char *text, int receiver,
		   unsigned int workers, struct reason *why);

/*
 * For near and far: worker i goes as near to CPU served[i], which serves its first flow, as the
 * process may, or as far. -1 in served: unknown. 0, or -EOPNOTSUPP and a sentence.
 */
int placement_settle(struct placement *placement, const int *served, unsigned int workers,
		     struct reason *why);

/* 0 the same CPU, 1 its core, 2 its last-level cache, 3 its NUMA node, 4 none of these. */
unsigned int placement_distance(int a, int b);

/* CPUs that the process may use. */
void placement_allowed(cpu_set_t *set);
unsigned int placement_cpus_allowed(void);

/* Pins the calling thread, worker i. */
void placement_apply(const struct placement *placement, unsigned int worker);

/* "0+1", "0-63+70", or "none"; what does not fit ends in "+...". */
void placement_format(const struct placement *placement, char *text, size_t room);

#endif
