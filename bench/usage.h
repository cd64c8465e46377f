/* SPDX-License-Identifier: MIT */
/* usage: CPU time and PMU counts of this process, and CPU time of the host. */
#ifndef ZCBENCH_USAGE_H
#define ZCBENCH_USAGE_H

#include <stdint.h>

#define USAGE_PMU_EVENTS 3

/* Cumulative readings; FIELD_UNKNOWN where there is none. */
struct usage {
	uint64_t user_ns, sys_ns;
	uint64_t pmu[USAGE_PMU_EVENTS]; /* cycles, instructions, LLC misses */
	uint64_t host_cpu_ns, host_softirq_ns, host_irq_ns, host_steal_ns;
};

/* Opens the PMU counters, inherited by threads started later. Call before starting them. */
void usage_open(void);

void usage_read(struct usage *usage);

/* later - earlier, unknown if either is. */
uint64_t usage_delta(uint64_t later, uint64_t earlier);

#endif
