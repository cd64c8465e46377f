/* SPDX-License-Identifier: MIT */
/* run_check: what is looked at before a run: what it would do, and whether it fits its folder. */
#ifndef ZCBENCH_RUN_CHECK_H
#define ZCBENCH_RUN_CHECK_H

#include "run.h"

/* --dry-run: the cells, those that make no sense, and the time it would take. Returns 0. */
int run_check_print(const struct run *run);

/* Do the rows of a folder belong to the plan? 0, or -EINVAL and a sentence. */
int run_check_resume(const struct run *run, const struct samples *samples, struct reason *why);

#endif
