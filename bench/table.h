/* SPDX-License-Identifier: MIT */
/* table: the samples of a run as a table for people. */
#ifndef ZCBENCH_TABLE_H
#define ZCBENCH_TABLE_H

#include <stdio.h>

#include "samples.h"

/* One line a cell: the dimensions that vary, then medians, ratio to plain send and verdict. */
void table_print(FILE *out, const struct samples *samples);

#endif
