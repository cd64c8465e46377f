/* SPDX-License-Identifier: MIT */
/* trial: does a mode run? Tried with a transfer of 1 MiB. */
#ifndef ZCBENCH_TRIAL_H
#define ZCBENCH_TRIAL_H

#include <jansson.h>

#include "path.h"

/* Which modes: those that send, those that receive. */
enum trial_modes { TRIAL_TX = 1 << 0, TRIAL_RX = 1 << 1, TRIAL_ALL = TRIAL_TX | TRIAL_RX };

/*
 * Tries each of them, against the plainest of its service, on this path; NULL: on each. Each trial
 * {direction, mode, service, path, runs, verdict, side, reason} is said as it ends; side is the
 * verdict on the mode's own end, "" if it makes no claim. ends: for the path hosts; may be NULL.
 */
void trial_each(unsigned int which, const char *path, const struct path_ends *ends,
		void (*say)(void *context, const json_t *trial), void *context);

/* The same as a list. */
json_t *trial_list(unsigned int which, const char *path, const struct path_ends *ends);

#endif
