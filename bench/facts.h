/* SPDX-License-Identifier: MIT */
/* facts: what an agent tells of its host, as JSON in bounded lines. */
#ifndef ZCBENCH_FACTS_H
#define ZCBENCH_FACTS_H

#include <jansson.h>

#include "peer.h"

/* The agent's side: `json PIECE` lines and `done`. 0, or -errno and a sentence, nothing said. */
int facts_say(struct reason *why);

/*
 * The coordinator's: starts an agent, asks it, ends it. {agent, zcbench, kernel, capabilities,
 * host, build, checks}, or NULL and a sentence.
 */
json_t *facts_ask(const char *transport, const char *role, struct reason *why);

/* The part of it that reads. Bounded: FACTS_MAX bytes, the deadline (CLOCK_MONOTONIC ns). */
#define FACTS_MAX (4U << 20)
json_t *facts_hear(struct peer *peer, uint64_t deadline_ns);

#endif
