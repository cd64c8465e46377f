/* SPDX-License-Identifier: MIT */
/* nearest: the name that a mistyped one most likely meant, by edit distance. */
#ifndef ZCBENCH_NEAREST_H
#define ZCBENCH_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *name; /* the nearest so far; NULL before the first nearest_try */
	size_t distance;
};

void nearest_open(struct nearest *nearest, const char *word);

/* Compares one more name, which has to outlive *nearest. Of equally near names the first stays. */
void nearest_try(struct nearest *nearest, const char *name);

#endif
