/* SPDX-License-Identifier: MIT */
/*
 * steady: did the transfer keep its pace within the window? The window's twentieths are looked at
 * for that alone; a repeat stays the unit of inference. harness/zcbench/steady.py has the same
 * test.
 */
#ifndef ZCBENCH_STEADY_H
#define ZCBENCH_STEADY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEADY_SLICES 20
#define STEADY_SLICE_NS                                                          \
	5000000 /* shorter ones would tell of the scheduler, not of the transfer \
		 */
#define STEADY_ROOM 128

/* What the timekeeper read at an edge of a slice. */
struct steady_mark {
	uint64_t at_ns, bytes;
};

/* The pace between STEADY_SLICES + 1 marks, in thousandths of that of the whole; "": no bytes. */
void steady_format(const struct steady_mark *marks, char *text, size_t room);

/* Is there a trend or a step in the text that steady_format made? Not in one that is empty. */
bool steady_moves(const char *text);

#endif
