/* SPDX-License-Identifier: MIT */
/* stats: medians and distribution-free intervals of few values. */
#ifndef ZCBENCH_STATS_H
#define ZCBENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct stats_interval {
	size_t count;
	double median, low, high;
	/*
	 * low and high are order statistics that enclose the median of the population with at
	 * least 95 %; false: too few values for that (under 6), and they are just the extremes.
	 */
	bool confident;
};

/*
 * Sorts the values. The ranks are the widest k for which 1 - 2 * P(Binomial(n, 1/2) < k) is at
 * least 95 % (Hahn and Meeker, Statistical Intervals, 5.2). count 0: all NaN.
 */
struct stats_interval stats_median(double *values, size_t count);

#endif
