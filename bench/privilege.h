/* SPDX-License-Identifier: MIT */
/* privilege: what an agent gives up before it does anything for a cell. */
#ifndef ZCBENCH_PRIVILEGE_H
#define ZCBENCH_PRIVILEGE_H

#include <stdbool.h>

#include "reason.h"

#define PRIVILEGE_USER 33 /* room for a name, useradd(8) */

/* A name that useradd(8) would take? */
bool privilege_is_user(const char *name);

/*
 * Becomes that user for good: its groups, no capability in any set, no way to get one by exec. No
 * mode needs one. The only thread of the process calls it. 0, or -errno and a sentence.
 */
int privilege_drop(const char *user, struct reason *why);

#endif
