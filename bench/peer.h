/* SPDX-License-Identifier: MIT */
/* peer: an agent as the coordinator sees it: what to say to it, and what it answered. */
#ifndef ZCBENCH_PEER_H
#define ZCBENCH_PEER_H

#include <stdbool.h>

#include "cell.h"
#include "child.h"
#include "hist.h"
#include "line.h"
#include "order.h"
#include "sample.h"

/* What an agent says of itself, as it says it. */
struct greeting {
	int protocol;
	char version[32], kernel[96], capabilities[32];
	char boot[40];  /* of the kernel that it runs on, boot_id of random(4); "": it does not say
			 */
	uint64_t netns; /* the number of its network namespace; 0: it does not say */
};

struct peer {
	const char *role;      /* "tx" or "rx" */
	const char *transport; /* how it was started; NULL: it is no agent */
	struct child child;
	struct line_reader input;
	struct greeting greeting;
	bool running;
	bool reached;      /* it greeted */
	bool skipped;      /* it said that the machine cannot run the cell */
	bool failed;       /* it said or showed that the repeat went wrong */
	bool through;      /* it said `done`: it ends by itself */
	struct reason why; /* of either */
};

/*
 * Starts two agents, whose role and transport are set, and exchanges greetings with them. Both
 * at once: to reach another host takes long. hear_greeting is the part that reads.
 */
int peer_greet_both(struct peer *first, struct peer *second);
int peer_hear_greeting(struct peer *peer, uint64_t deadline_ns);

/* Tells it all that is ordered, up to `open`. */
int peer_order(struct peer *peer, const struct order *order);

int peer_say(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Waits until the deadline (CLOCK_MONOTONIC ns) for the line that starts with the word; *value
 * is what follows it. 0, or -errno with skipped or failed set, and why.
 */
int peer_expect(struct peer *peer, const char *word, char **value, uint64_t deadline_ns);

/* Reads the sample and the histogram up to `done`. latency may be NULL. */
int peer_collect(struct peer *peer, struct sample *sample, struct hist *latency,
		 uint64_t deadline_ns);

/* What it did is no answer: "the rx agent SENTENCE". Returns -EPROTO. */
int peer_refuse(struct peer *peer, const char *sentence);

/* Ends the agent, however it stands. */
void peer_end(struct peer *peer);

#endif
