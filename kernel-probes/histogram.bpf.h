/* SPDX-License-Identifier: MIT */
/* histogram: on request, how large copies are and how long pages are away, by powers of two. */
#ifndef ZCPROBE_HISTOGRAM_BPF_H
#define ZCPROBE_HISTOGRAM_BPF_H

#include "account.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GROUP_NUMBER *HISTOGRAM_NUMBER *HISTOGRAM_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} histograms SEC(".maps");

/* The whole part of log2 n; n is not 0. */
INLINE __u32 histogram_bucket(__u64 n)
{
	__u32 bucket = 0;
	for (__u32 step = 32; step; step /= 2)
		if (n >> step) {
			n >>= step;
			bucket += step;
		}
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* layer: as for the counter of the same events, or they would be counted by two layers. */
INLINE void histogram_add(__u32 group, enum histogram_id id, enum count_id counter,
			  enum count_layer layer, __u64 n)
{
	__u32 key = (group * HISTOGRAM_NUMBER + id) * HISTOGRAM_BUCKETS;
	__u64 *value;
	if (!config.histograms || config.layer[counter] != layer || group >= GROUP_NUMBER || !n)
		return;
	key += histogram_bucket(n);
	value = bpf_map_lookup_elem(&histograms, &key);
	if (value)
		__sync_fetch_and_add(value, 1);
}

/* A copy counts twice: its bytes to their sum, and itself to the histogram of sizes. */
INLINE void count_copy(__u32 group, enum count_id id, enum histogram_id sizes,
		       enum count_layer layer, __u64 bytes)
{
	count_add(group, id, layer, bytes);
	histogram_add(group, sizes, id, layer, bytes);
}

#endif
