/* SPDX-License-Identifier: MIT */
/* run_options: the command line of `run`, and the files that it names. */
#ifndef ZCBENCH_RUN_OPTIONS_H
#define ZCBENCH_RUN_OPTIONS_H

#include "run.h"

/*
 * Takes all of it. Between what is typed and what is in the files the keeper is started, and this
 * process gives its privileges up. A mistake ends the program; 0, or -errno and a sentence.
 */
int run_options_take(struct run *run, int argc, char **argv, struct reason *why);

#endif
