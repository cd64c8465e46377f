/* SPDX-License-Identifier: MIT */
/*
 * admission: which connections a receiver takes for its flows. Only one that begins with the
 * repeat's token is a flow; whoever else comes is a stranger, who is counted and dropped after a
 * bounded time and a bounded number of bytes, and whom no flow waits for.
 */
#ifndef ZCBENCH_ADMISSION_H
#define ZCBENCH_ADMISSION_H

#include "order.h"
#include "worker.h"

#define ADMISSION_TOKEN_MS 3000 /* the longest that a connection may take to say its token */
#define ADMISSION_PENDING  64   /* connections that may owe their token at once */

/*
 * Fills in fd and seed of order->cell.flows flows. hangup_fd: when its other side is closed, nobody
 * wants the flows any more. 0, or -errno (-EPIPE: hung up) and a sentence; *strangers is counted
 * either way. The listener stays open, the strangers do not.
 */
int admission_run(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		  uint64_t *strangers, struct reason *why);

#endif
