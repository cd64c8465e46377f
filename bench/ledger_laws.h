/* SPDX-License-Identifier: MIT */
/* ledger_laws: sums of bytes that have to agree, whoever counted them. */
#ifndef ZCBENCH_LEDGER_LAWS_H
#define ZCBENCH_LEDGER_LAWS_H

#include "reason.h"
#include "sample.h"

/*
 * rx_avoided: the bytes that the receiver's interface told it were not copied. 0, or -EIO and the
 * numbers that do not agree; what is unknown breaks no law.
 */
int ledger_laws(const struct sample *sample, uint64_t rx_avoided, struct reason *why);

#endif
