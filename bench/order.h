/* SPDX-License-Identifier: MIT */
/* order: what a coordinator asks of an agent, read line by line. The lines are hostile input. */
#ifndef ZCBENCH_ORDER_H
#define ZCBENCH_ORDER_H

#include <stdbool.h>

#include "agent.h"
#include "cell.h"
#include "privilege.h"

#define PROBER_NETNS 2

struct order {
	bool greeted;
	struct cell cell;
	bool receiver, has_role, has_token;
	char address[64], source[64]; /* numeric, or "" */
	unsigned char token[AGENT_TOKEN_BYTES];
	uint64_t limit_s;          /* 0: none */
	char user[PRIVILEGE_USER]; /* to become; "": to stay */
	/* Network namespaces that its zcprobe counts in: its own, and the other end's on one
	 * kernel. */
	uint64_t probe_netns[PROBER_NETNS];
	unsigned int facts; /* which, beside those of the host: enum order_facts */
};

enum order_facts {
	FACTS_PROBES = 1 << 0,   /* whether its zcprobe counts */
	FACTS_TX_MODES = 1 << 1, /* which modes to send run there */
	FACTS_RX_MODES = 1 << 2,
};

enum order_step {
	ORDER_MORE,  /* understood, and there is more to come */
	ORDER_HELLO, /* understood: it is to be greeted back */
	ORDER_FACTS, /* only the facts of the host are asked for */
	ORDER_PROBE, /* its zcprobe is to be attached; there is more to come */
	ORDER_OPEN,  /* whole: go on with it */
};

/* Nothing asked for yet, all dimensions at their presets. */
void order_clear(struct order *order);

/* Takes one line, which it may change. An order_step, or -errno and a sentence. */
int order_take(struct order *order, char *line, struct reason *why);

/* Two digits a byte. False: that is no token, and nothing was written. */
bool order_read_token(const char *text, unsigned char token[AGENT_TOKEN_BYTES]);
void order_format_token(const unsigned char token[AGENT_TOKEN_BYTES],
			char text[2 * AGENT_TOKEN_BYTES + 1]);

/*
 * What a flow says first: the repeat's token, with the flow's number added to its last bytes. Both
 * ends know the number by it, whatever becomes of addresses and ports between them.
 */
void order_flow_token(const struct order *order, uint64_t number,
		      unsigned char token[AGENT_TOKEN_BYTES]);

/* What was said so far: 1, the token of flow *number; 0, the start of one; -1, none. */
int order_flow_number(const struct order *order, const unsigned char *said, size_t length,
		      uint64_t *number);

#endif
