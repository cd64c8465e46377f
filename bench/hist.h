/* SPDX-License-Identifier: MIT */
/*
 * hist: counts of 64-bit values in log-linear buckets, 128 to each power of two, so that a
 * reported value is within 0.8 % of the true one (the scheme of HDR histograms, whose C
 * library is not in Debian 12).
 */
#ifndef ZCBENCH_HIST_H
#define ZCBENCH_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 7
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t *buckets; /* HIST_BUCKETS of them; NULL until hist_open */
	uint64_t count;
	uint64_t max;
};

int hist_open(struct hist *hist); /* 0 or -ENOMEM */
void hist_close(struct hist *hist);
void hist_merge(struct hist *into, const struct hist *from);

unsigned int hist_bucket(uint64_t value);       /* the bucket that a value falls into */
uint64_t hist_bucket_high(unsigned int bucket); /* the highest value of a bucket */

static inline void hist_record(struct hist *hist, uint64_t value)
{
	hist->buckets[hist_bucket(value)]++;
	hist->count++;
	if (value > hist->max)
		hist->max = value;
}

/*
 * The smallest value that parts out of 10,000 of all values do not exceed (a bucket's highest,
 * never above the maximum). FIELD_UNKNOWN unless there are 10 / (1 - p) values, the
 * least with which a tail percentile means anything.
 */
uint64_t hist_percentile(const struct hist *hist, unsigned int parts);

#endif
