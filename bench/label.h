/* SPDX-License-Identifier: MIT */
/* label: cells, sizes and rates as people read them. */
#ifndef ZCBENCH_LABEL_H
#define ZCBENCH_LABEL_H

#include <stddef.h>

#include "cell.h"

/* "send > recv, lo, 64K", and the other dimensions that are not at their preset. */
void label_cell(const struct cell *cell, char *text, size_t room);

/* One dimension of the cell, sizes short: "64K". */
void label_dimension(const struct field *field, const struct cell *cell, char *text, size_t room);

void label_size(uint64_t bytes, char *text, size_t room);     /* 4096 -> "4K" */
void label_rate(double bytes_per_s, char *text, size_t room); /* "3.42 GB/s"; NaN: "" */
void label_ns(double ns, char *text, size_t room);            /* "12.3 us" */

#endif
