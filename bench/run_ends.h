/* SPDX-License-Identifier: MIT */
/* run_ends: the hosts of a run, asked before its first row: one that cannot begin says so at once.
 */
#ifndef ZCBENCH_RUN_ENDS_H
#define ZCBENCH_RUN_ENDS_H

#include "run.h"

/* *facts: what ends_facts says of the ends that were named; NULL when none were, or on a dry run.
 */
int run_ends_ask(struct run *run, json_t **facts, struct reason *why);

/* Takes --agent-user. */
int run_ends_user(struct run *run, const char *name, struct reason *why);

/* The run is resumed: are they still the same? */
int run_ends_resume(struct run *run, struct reason *why);

/*
 * All rows are there: notes which modes run at each end, and why others do not. That takes seconds,
 * and nothing is lost without it.
 */
void run_ends_doctor(struct run *run);

#endif
