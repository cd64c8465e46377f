/* SPDX-License-Identifier: MIT */
#include "hist.h"

#include <errno.h>
#include <stdlib.h>

#include "field.h"

int hist_open(struct hist *hist)
{
	*hist = (struct hist){ .buckets = calloc(HIST_BUCKETS, sizeof(*hist->buckets)) };
	return hist->buckets ? 0 : -ENOMEM;
}

void hist_close(struct hist *hist)
{
	free(hist->buckets);
	*hist = (struct hist){ 0 };
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
	if (from->max > into->max)
		into->max = from->max;
}

/*
 * Values under 2^SUB have a bucket each; above, the exponent picks a group of 2^SUB buckets and
 * the SUB bits after the leading one pick the bucket in it.
 */
unsigned int hist_bucket(uint64_t value)
{
	if (value < 1UL << HIST_SUB_BITS)
		return (unsigned int)value;
	unsigned int exponent = 63 - (unsigned int)__builtin_clzl(value);
	unsigned int shift = exponent - HIST_SUB_BITS;
	unsigned int sub = (unsigned int)(value >> shift) & ((1U << HIST_SUB_BITS) - 1);
	return ((shift + 1) << HIST_SUB_BITS) + sub;
}

uint64_t hist_bucket_high(unsigned int bucket)
{
	if (bucket < 1U << HIST_SUB_BITS)
		return bucket;
	unsigned int shift = (bucket >> HIST_SUB_BITS) - 1;
	uint64_t sub = bucket & ((1U << HIST_SUB_BITS) - 1);
	uint64_t low = ((1UL << HIST_SUB_BITS) + sub) << shift;
	return low + ((1UL << shift) - 1);
}

uint64_t hist_percentile(const struct hist *hist, unsigned int parts)
{
	if (!hist->buckets || !hist->count || hist->count * (10000 - parts) < 10 * 10000UL)
		return FIELD_UNKNOWN;
	uint64_t rank = (hist->count * parts + 9999) / 10000, seen = 0;
	for (unsigned int i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->buckets[i];
		if (seen >= rank)
			return hist_bucket_high(i) < hist->max ? hist_bucket_high(i) : hist->max;
	}
	return hist->max;
}
