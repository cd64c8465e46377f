/* SPDX-License-Identifier: MIT */
/*
 * prober: zcprobe as a third peer of a repeat. It is another program with its own privileges,
 * beside zcbench or in the libexec folder, and speaks the lines of the agent protocol.
 */
#ifndef ZCBENCH_PROBER_H
#define ZCBENCH_PROBER_H

#include <stdint.h>

#include "peer.h"

/*
 * Can it count here? Attaches and detaches everything once. 0 and the sample's kern_layer, or
 * -errno and a sentence.
 */
int prober_check(struct sample *sample, struct reason *why);

/* The number of a network namespace, by its fd; -1: our own. 0: unknown. */
uint64_t prober_netns(int fd);

/*
 * Attaches, to count in these namespaces (0: in no second one); that can take seconds on a slow
 * machine.
 */
int prober_start(struct peer *peer, const uint64_t netns[PROBER_NETNS]);

/* Is there a zcprobe? 0, or -ENOENT and a sentence. */
int prober_find(struct reason *why);

/* In the child that is to be it, in these namespaces (uint64_t[PROBER_NETNS]). Does not return. */
void prober_exec(const void *netns);

/* Counts the connections to this port, from now on. */
int prober_port(struct peer *peer, const char *port);

/* Fills in the sample's kern_* columns; call it when the ends that it counts are through. */
int prober_stop(struct peer *peer, struct sample *sample);

#endif
