/* SPDX-License-Identifier: MIT */
/*
 * validity: has a recorded event spoilt a repeat? Such a repeat keeps its row and its ledger, and
 * has no say in a median. harness/zcbench/run.py has the same rules.
 */
#ifndef ZCBENCH_VALIDITY_H
#define ZCBENCH_VALIDITY_H

#include "sample.h"

enum validity {
	VALID,
	INVALID_STEAL, /* the hypervisor took more than 1 % of the CPUs */
	INVALID_LOAD,  /* other programs used more than 5 % of them */
};

enum validity validity_of(const struct sample *sample);

#endif
