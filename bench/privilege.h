/* SPDX-License-Identifier: MIT */
/* privilege: what an agent gives up before it does anything for a cell, and a coordinator before it
 * reads anything. */
#ifndef ZCBENCH_PRIVILEGE_H
#define ZCBENCH_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

#define PRIVILEGE_USER 33 /* room for a name, useradd(8) */

/* A name that useradd(8) would take? */
bool privilege_is_user(const char *name);

/*
 * Becomes that user for good: its groups, no capability but those of keep, a set, that are held
 * already, and no way to get one by exec. The only thread of the process calls it. 0, or -errno and
 * a sentence.
 */
int privilege_drop(const char *user, uint64_t keep, struct reason *why);

/*
 * Gives up all that a coordinator does not need, which is everything: root becomes nobody, where
 * there is such a user; no capability, and no way to get one by exec. The only thread of
 * the process calls it. 0, or -errno and a sentence.
 */
int privilege_leave(struct reason *why);

#endif
