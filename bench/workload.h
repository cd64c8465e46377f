/* SPDX-License-Identifier: MIT */
/* workload: the pattern of messages on a flow, as one loop for each end. */
#ifndef ZCBENCH_WORKLOAD_H
#define ZCBENCH_WORKLOAD_H

#include "worker.h"

enum workload_flag {
	WORKLOAD_RESPONDS = 1 << 0, /* the receiver answers each message */
	WORKLOAD_RATED = 1 << 1,    /* cell->rate applies */
};

struct workload {
	const char *name;
	const char *summary;
	unsigned int flags;
	/* Run until the phase is PHASE_STOP, the credit is spent (tx) or the stream ends (rx). */
	int (*tx)(struct worker *worker);
	int (*rx)(struct worker *worker);
};

extern const struct workload *const workloads[]; /* NULL ends it */

#endif
