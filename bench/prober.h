/* SPDX-License-Identifier: MIT */
/*
 * prober: zcprobe as a third peer of a repeat. It is another program with its own privileges,
 * beside zcbench or in the libexec folder, and speaks the lines of the agent protocol.
 */
#ifndef ZCBENCH_PROBER_H
#define ZCBENCH_PROBER_H

#include "path.h"
#include "peer.h"

/* Can it count here? Attaches and detaches everything once. 0, or -errno and a sentence. */
int prober_check(struct reason *why);

/* Attaches, to count in the link's namespaces; that can take seconds on a slow machine. */
int prober_start(struct peer *peer, const struct path_link *link);

/* Counts the connections to this port, from now on. */
int prober_port(struct peer *peer, const char *port);

/* Fills in the sample's kern_* columns; call it when both ends are through. */
int prober_stop(struct peer *peer, struct sample *sample);

#endif
