/* SPDX-License-Identifier: MIT */
/*
 * steering: what a device needs before its queues fill memory that is lent to them: headers split
 * from payload (ethtool -G), all hashed traffic kept off those queues (-X), and the flows sent to
 * them by a rule (-K ntuple, -N). All of it is undone.
 */
#ifndef ZCBENCH_STEERING_H
#define ZCBENCH_STEERING_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "data_split.h"
#include "reason.h"

#define STEERING_HASHES 1024 /* entries of an indirection table */

/* What a device was like before. */
struct steering {
	bool split_changed, hashes_changed, ntuple_changed, rule_added;
	struct data_split split;
	uint32_t hash_count, hashes[STEERING_HASHES];
	uint32_t flags; /* of ETHTOOL_GFLAGS */
	uint32_t rule;  /* its location */
};

/* How a device spreads what it receives. */
struct steering_facts {
	uint32_t queues;
	uint32_t hashed_last; /* the last queue that packets are spread to by their hash */
	bool rules_known;
	uint32_t rules;
};

/* Needs no privilege. 0, or -errno: the driver does not say. */
int steering_read(int netns, const char *device, struct steering_facts *facts);

/*
 * Flows to the address go to the cell's queues. 0, or -errno and a sentence with the command that
 * was refused; what was done by then is in *before all the same.
 */
int steering_set(int netns, const char *device, const struct cell *cell, const char *address,
		 struct steering *before, struct reason *why);

/* 0, or -errno and a sentence about the first thing that could not be undone. */
int steering_undo(int netns, const char *device, const struct steering *before, struct reason *why);

#endif
