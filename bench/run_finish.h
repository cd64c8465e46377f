/* SPDX-License-Identifier: MIT */
#ifndef ZCBENCH_RUN_FINISH_H
#define ZCBENCH_RUN_FINISH_H

#include "run.h"

/* The run's end by err (0, -EINTR or broken): state noted, results or the way on said. The exit
 * status. */
int run_finish(struct run *run, int err, const struct reason *why);

#endif
