/* SPDX-License-Identifier: MIT */
/* ledger: the laws that a sample's bytes must keep, and the verdict that they prove. */
#ifndef ZCBENCH_LEDGER_H
#define ZCBENCH_LEDGER_H

#include "cell.h"
#include "sample.h"

/*
 * Checks the laws and sets tx_verdict, rx_verdict, verdict and reason. A broken law, or payload
 * that was wrong, is `fail` with the numbers.
 */
void ledger_judge(const struct cell *cell, struct sample *sample);

#endif
