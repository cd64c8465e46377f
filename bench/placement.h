/* SPDX-License-Identifier: MIT */
/* placement: which CPU each thread of an end runs on. */
#ifndef ZCBENCH_PLACEMENT_H
#define ZCBENCH_PLACEMENT_H

#include <sched.h>
#include <stddef.h>

#include "reason.h"

struct placement {
	int cpus[CPU_SETSIZE]; /* worker i runs on cpus[i % count]; count 0: not pinned */
	unsigned int count;
};

/*
 * text: "auto", "none", "3", "0-3" or "0+2". auto: not pinned while the CPUs that the process may
 * use are enough for the workers of both ends; else worker i of both ends takes CPU i, so that a
 * flow's two ends share a CPU and its cache. 0, or -EINVAL and a sentence.
 */
int placement_read(struct placement *placement, const char *text, int receiver,
		   unsigned int workers, struct reason *why);

/* CPUs that the process may use. */
unsigned int placement_cpus_allowed(void);

/* Pins the calling thread, worker i. */
void placement_apply(const struct placement *placement, unsigned int worker);

/* "0+1", "0-63+70", or "none"; what does not fit ends in "+...". */
void placement_format(const struct placement *placement, char *text, size_t room);

#endif
