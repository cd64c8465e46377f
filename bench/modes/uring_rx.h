/* SPDX-License-Identifier: MIT */
/* uring_rx: the receiving modes' step, and how they read a result. */
#ifndef ZCBENCH_MODES_URING_RX_H
#define ZCBENCH_MODES_URING_RX_H

#include "uring.h"

/* One completion. 1: bytes arrived, 0: none, or -errno and worker->why. */
typedef int uring_rx_complete(struct worker *worker, struct flow *flow,
			      const struct io_uring_cqe *cqe);

/* Takes every completion; if there was none, submits and sleeps for one first. */
int uring_rx_step(struct worker *worker, struct uring *uring, uring_rx_complete *complete);

/*
 * The bytes of a result; 0 if there are none, after rx_end at the end of the stream; or -errno
 * and worker->why.
 */
int uring_rx_result(struct worker *worker, struct flow *flow, int32_t result);

#endif
