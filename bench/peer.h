/* SPDX-License-Identifier: MIT */
/* peer: an agent as the coordinator sees it: what to say to it, and what it answered. */
#ifndef ZCBENCH_PEER_H
#define ZCBENCH_PEER_H

#include <stdbool.h>

#include "cell.h"
#include "hist.h"
#include "line.h"
#include "order.h"
#include "sample.h"
#include "transport.h"

/* What an agent says of itself, as it says it. */
struct greeting {
	int protocol;
	char version[32], kernel[96], capabilities[32];
};

struct peer {
	const char *role;      /* "tx" or "rx" */
	const char *transport; /* how it was started; NULL: it is no agent */
	struct transport_child child;
	struct line_reader input;
	struct greeting greeting;
	bool running;
	bool reached;      /* it greeted */
	bool skipped;      /* it said that the machine cannot run the cell */
	bool failed;       /* it said or showed that the repeat went wrong */
	bool through;      /* it said `done`: it ends by itself */
	struct reason why; /* of either */
};

/* Starts the agent and exchanges greetings with it; its part alone is hear_greeting. */
int peer_hear_greeting(struct peer *peer, uint64_t deadline_ns);
int peer_greet(struct peer *peer, const char *transport, const char *role);

/* The same, and tells it all that is ordered, up to `open`. */
int peer_start(struct peer *peer, const char *transport, const char *role,
	       const struct order *order);

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
