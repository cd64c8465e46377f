/* SPDX-License-Identifier: MIT */
/* repeat: one fresh measurement of one cell: a path, two agents, one sample. */
#ifndef ZCBENCH_REPEAT_H
#define ZCBENCH_REPEAT_H

#include "cell.h"
#include "hist.h"
#include "sample.h"

/*
 * Runs the cell once and fills in everything but the sample's keys. What goes wrong is told in
 * the sample (verdict skip or fail, and reason), never otherwise. limit_ns: longest that the
 * transfer may take beyond warm-up and duration; an agent that hangs is killed then.
 * With sample->probed 1 zcprobe counts; if it cannot, the sample fails and says why.
 * latency: gets the histogram of a workload that responds; open and empty.
 */
void repeat_run(const struct cell *cell, uint64_t limit_ns, struct sample *sample,
		struct hist *latency);

#endif
