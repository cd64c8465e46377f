/* SPDX-License-Identifier: MIT */
/* agent_probe: the zcprobe that an agent starts on its own host, see agent.h. */
#ifndef ZCBENCH_AGENT_PROBE_H
#define ZCBENCH_AGENT_PROBE_H

#include "order.h"
#include "peer.h"

/* As the order says, and says itself whether it counts: `probing`, or `unprobed SENTENCE`. */
void agent_probe_start(struct peer *prober, const struct order *order);

/* Counts the connections to this port, from now on, and says `counting`. 0, or -errno and why. */
int agent_probe_count(struct peer *prober, const char *port, struct reason *why);

/*
 * Ends it and says its counts, of the agent's own end, or of both if it was asked for two
 * namespaces. 0, or -errno and why, nothing said.
 */
int agent_probe_say(struct peer *prober, const struct order *order, struct reason *why);

#endif
