/* SPDX-License-Identifier: MIT */
/*
 * witness: the kernel probes of a repeat whose ends may be on two hosts. Each agent starts its own
 * host's zcprobe, for its own network namespace; of two ends on one kernel one counts for both, so
 * that nothing is counted twice and nothing between the two goes unseen.
 */
#ifndef ZCBENCH_WITNESS_H
#define ZCBENCH_WITNESS_H

#include "peer.h"

struct witness {
	struct peer *tx, *rx;
	bool one_kernel;
	bool tx_counts, rx_counts;
	struct reason tx_why, rx_why; /* why not */
};

/*
 * Has the ends' probes attached, which can take a minute. Both have greeted, and were asked for
 * nothing yet. 0, or -errno: a peer has failed, and says why; the sender's also when neither end
 * counts.
 */
int witness_start(struct witness *witness, struct peer *tx, struct peer *rx);

/* Counts the connections to this port, from now on. 0, or -errno, told by the peer. */
int witness_count(const struct witness *witness, const char *port);

/* Puts what both ends said together; tx_layer: kern_layer as the sender's end said it. */
void witness_merge(const struct witness *witness, const char *tx_layer, struct sample *sample);

#endif
