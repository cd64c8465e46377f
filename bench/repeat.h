/* SPDX-License-Identifier: MIT */
/* repeat: one fresh measurement of one cell: a path, two agents, one sample. */
#ifndef ZCBENCH_REPEAT_H
#define ZCBENCH_REPEAT_H

#include "cell.h"
#include "hist.h"
#include "path.h"
#include "sample.h"

/*
 * Runs the cell once and fills in everything but the sample's keys. What goes wrong is told in
 * the sample (verdict skip or fail, and reason). limit_ns: longest that the
 * transfer may take beyond warm-up and duration; an agent that hangs is killed then.
 * With sample->probed 1 zcprobe counts; if it cannot, the sample fails and says why.
 * ends: for the path hosts; may be NULL. latency: gets the histogram of a workload that responds;
 * open and empty. Returns 0, or -errno and a sentence, when there is nothing to say of the cell and
 * the sample is none: -EHOSTUNREACH, another host could not be reached; -ECONNRESET, the keeper
 * has ended.
 */
int repeat_run(const struct cell *cell, const struct path_ends *ends, uint64_t limit_ns,
	       struct sample *sample, struct hist *latency, struct reason *why);

#endif
