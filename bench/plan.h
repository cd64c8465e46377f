/* SPDX-License-Identifier: MIT */
/* plan: the cells of an experiment, and the order of the repeats in each block. */
#ifndef ZCBENCH_PLAN_H
#define ZCBENCH_PLAN_H

#include "cell.h"
#include <stdbool.h>

#include "experiment.h"

#define PLAN_MAX_CELLS 1000000

struct plan {
	struct cell *cells;
	size_t count;
	uint64_t seed;
};

/*
 * Crosses the lists, the first dimension slowest; but modes of different services are not crossed,
 * nor a service with a path that means nothing to it, unless a mode has nothing better in the
 * lists: its cells stay, and say why they cannot run. The seed has to be a number: who starts a run
 * draws it for "auto" and sets it in the experiment, so that run.json records it. 0, or -EINVAL
 * or -ENOMEM and a sentence.
 */
int plan_open(struct plan *plan, const struct experiment *experiment, struct reason *why);
void plan_close(struct plan *plan);

/*
 * One block is one repeat of every cell, in a random permutation that seed and block alone
 * decide (Fisher-Yates over splitmix64), so that a resumed run keeps the order: the numbers are
 * the same in every release.
 * order: room for plan->count indexes.
 */
void plan_order(const struct plan *plan, uint64_t block, size_t *order);

/* Has any cell the path of this name? */
bool plan_has_path(const struct plan *plan, const char *name);

#endif
