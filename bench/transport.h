/* SPDX-License-Identifier: MIT */
/*
 * transport: how an agent is started. It is the only difference between two ends on one
 * machine and two continents: whatever carries stdin and stdout will do.
 */
#ifndef ZCBENCH_TRANSPORT_H
#define ZCBENCH_TRANSPORT_H

#include <sys/types.h>

#include "reason.h"

struct transport_child {
	pid_t pid;
	int to, from; /* its stdin and stdout */
};

/*
 * spec: "local"; "netns:NAME" (of `ip netns`) or "netns:/PATH" (any file of a network
 * namespace). Starts `zcbench agent` there. 0, or -errno and a sentence.
 */
int transport_start(const char *spec, struct transport_child *child, struct reason *why);

/* Kills the agent if it still runs and takes its status, as wait(2) gives it. */
int transport_end(struct transport_child *child);

/* For `list` and help: name and summary of transport i, NULL after the last. */
const char *transport_name(unsigned int i);
const char *transport_summary(unsigned int i);

#endif
