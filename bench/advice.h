/* SPDX-License-Identifier: MIT */
/* advice: what the samples of a run say, in a paragraph of plain words. */
#ifndef ZCBENCH_ADVICE_H
#define ZCBENCH_ADVICE_H

#include <stdio.h>

#include "samples.h"

/* Says only what the intervals bear: a ratio that encloses 1 is no difference. */
void advice_print(FILE *out, const struct samples *samples);

#endif
