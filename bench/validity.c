/* SPDX-License-Identifier: MIT */
#include "validity.h"

#include <math.h>
#include <unistd.h>

#define STEAL_SHARE 0.01
#define LOAD_SHARE  0.05

/* Of the receiver's host, where the times were read; rows from before host_cpus mean this one. */
static double cpus_of(const struct sample *sample)
{
	return sample->host_cpus == FIELD_UNKNOWN ? (double)sysconf(_SC_NPROCESSORS_ONLN)
						  : (double)sample->host_cpus;
}

static bool known(uint64_t value)
{
	return value != FIELD_UNKNOWN;
}

/* /proc/stat counts in ticks: one of them is no measure of a share, and of each CPU one is none. */
enum validity validity_of(const struct sample *sample)
{
	if (!known(sample->elapsed_ns))
		return VALID;
	double tick = 1e9 / (double)sysconf(_SC_CLK_TCK), cpus = cpus_of(sample);
	double room = (double)sample->elapsed_ns * cpus;
	if (known(sample->host_steal_ns) &&
	    (double)sample->host_steal_ns > fmax(tick, STEAL_SHARE * room))
		return INVALID_STEAL;
	/* The probes' own reader is no part of what a probed repeat is for. */
	if (sample->probed != 1 && known(sample->host_foreign_ns) &&
	    (double)sample->host_foreign_ns > LOAD_SHARE * room + tick * cpus)
		return INVALID_LOAD;
	return VALID;
}
