/* SPDX-License-Identifier: MIT */
/* child: a process whose stdin and stdout are pipes to whoever started it. */
#ifndef ZCBENCH_CHILD_H
#define ZCBENCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "reason.h"

struct child {
	pid_t pid;
	int to, from; /* its stdin and stdout; close-on-exec */
};

/* In the child, with its stdin and stdout in place, deaf to SIGINT and SIGHUP; does not return. */
typedef void child_exec_fn(const void *argument);

/*
 * Starts one. sibling: as a child of the caller's parent, who then waits for it; the caller must
 * have no other thread. 0, or -errno and a sentence.
 */
int child_start(struct child *child, bool sibling, child_exec_fn *exec, const void *argument,
		struct reason *why);

/* Waits until nobody has the child's stdout open any more, for a second at most. */
void child_await_silence(int from);

#endif
