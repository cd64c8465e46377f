/* SPDX-License-Identifier: MIT */
/* facts: what an agent tells of its host, as JSON in bounded lines. */
#ifndef ZCBENCH_FACTS_H
#define ZCBENCH_FACTS_H

#include <jansson.h>

#include "peer.h"

/* The agent's side; which: enum order_facts: `json PIECE` lines and `done`. 0, or -errno and a
 * sentence, nothing said. */
int facts_say(unsigned int which, struct reason *why);

/*
 * The coordinator's: asks an agent that has greeted. 0, or -errno and peer->why. Then takes what it
 * says: {agent, zcbench, kernel, capabilities, host, build, checks; if asked for
 * (enum order_facts) probes {counts, layer or reason} and modes [what trial.h says, on lo]}, or
 * NULL and peer->why. Either way the agent is still to be ended.
 */
int facts_ask(struct peer *peer, unsigned int which);
json_t *facts_take(struct peer *peer);

/* The part of it that reads. Bounded: FACTS_MAX bytes, the deadline (CLOCK_MONOTONIC ns). */
#define FACTS_MAX (4U << 20)
json_t *facts_hear(struct peer *peer, uint64_t deadline_ns);

#endif
