/* SPDX-License-Identifier: MIT */
/*
 * transport: how an agent is started. It is the only difference between two ends on one
 * machine and two continents: whatever carries stdin and stdout will do.
 */
#ifndef ZCBENCH_TRANSPORT_H
#define ZCBENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

/*
 * spec: a NAME of the table, with its argument after a colon; see `zcbench list transports`.
 * Becomes `zcbench agent` there, in the child that is to be it. Does not return.
 */
void transport_exec(const void *spec);

/* Is the spec one that could be started? 0, or -EINVAL and a sentence. */
int transport_check(const char *spec, struct reason *why);

/* May the agent be on another host, and so out of reach for a while? */
bool transport_far(const char *spec);

/* What the exit status of an agent that did not answer means: "was not reached ...". */
void transport_explain(const char *spec, int status, char *sentence, size_t room);

/* For `list` and help: name and summary of transport i, NULL after the last. */
const char *transport_name(unsigned int i);
const char *transport_summary(unsigned int i);

#endif
