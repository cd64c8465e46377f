/* SPDX-License-Identifier: MIT */
/*
 * follow: a page that the sender of the service process shares with its receiver, so that this can
 * follow what the sender did by itself.
 */
#ifndef ZCBENCH_FOLLOW_H
#define ZCBENCH_FOLLOW_H

#include <stdatomic.h>
#include <stdint.h>

struct follow {
	_Alignas(64) _Atomic uint64_t bytes; /* copied so far */
	_Atomic uint64_t verify_errors;      /* of the copies, which the sender looks at itself */
	_Atomic uint64_t ended_ns; /* CLOCK_MONOTONIC, which one host's processes share; or 0 */
	_Atomic uint32_t followed; /* the receiver is there, and its window open: begin */
};

#endif
