/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The highest rank k (from 1) with P(Binomial(n, 1/2) < k) <= 2.5 %; 0 if there is none. */
static size_t low_rank(size_t n)
{
	double below = 0, term = pow(0.5, (double)n);
	size_t k = 0;
	while (k < n && below + term <= 0.025) {
		below += term;
		term *= (double)(n - k) / (double)(k + 1);
		k++;
	}
	return k;
}

struct stats_interval stats_median(double *values, size_t count)
{
	struct stats_interval result = { .count = count, .median = NAN, .low = NAN, .high = NAN };
	if (!count)
		return result;
	qsort(values, count, sizeof(*values), compare);
	size_t rank = count <= 1000 ? low_rank(count) : 0;
	result.confident = rank > 0;
	if (!rank)
		rank = 1;
	result.median = (values[(count - 1) / 2] + values[count / 2]) / 2;
	result.low = values[rank - 1];
	result.high = values[count - rank];
	return result;
}
