/* SPDX-License-Identifier: MIT */
/* peer: an agent as the coordinator sees it: what to say to it, and what it answered. */
#ifndef ZCBENCH_PEER_H
#define ZCBENCH_PEER_H

#include <stdbool.h>

#include "cell.h"
#include "hist.h"
#include "line.h"
#include "sample.h"
#include "transport.h"

struct peer {
	const char *role; /* "tx" or "rx" */
	struct transport_child child;
	struct line_reader input;
	bool running;
	bool skipped;      /* it said that the machine cannot run the cell */
	bool failed;       /* it said or showed that the repeat went wrong */
	bool through;      /* it said `done`: it ends by itself */
	struct reason why; /* of either */
};

/* Starts the agent and tells it its cell, its role and its address, up to `open`. */
int peer_start(struct peer *peer, const char *transport, const char *role, const char *address,
	       const struct cell *cell);

int peer_say(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Waits until the deadline (CLOCK_MONOTONIC ns) for the line that starts with the word; *value
 * is what follows it. 0, or -errno with skipped or failed set, and why.
 */
int peer_expect(struct peer *peer, const char *word, char **value, uint64_t deadline_ns);

/* Reads the sample and the histogram up to `done`. latency may be NULL. */
int peer_collect(struct peer *peer, struct sample *sample, struct hist *latency,
		 uint64_t deadline_ns);

/* Ends the agent, however it stands. */
void peer_end(struct peer *peer);

#endif
