/* SPDX-License-Identifier: MIT */
/* histogram: how large copies were and how long pages were away, in powers of two. */
#ifndef ZCPROBE_HISTOGRAM_H
#define ZCPROBE_HISTOGRAM_H

#include <jansson.h>
#include <stdio.h>

#include "probe.h"

struct histogram {
	const char *name;
	const char *summary;
	enum count_id counter; /* of the same events: its layer is the histogram's */
};

extern const struct histogram histograms[HISTOGRAM_NUMBER];

struct histogram_counts {
	__u64 n[GROUP_NUMBER][HISTOGRAM_NUMBER][HISTOGRAM_BUCKETS];
	bool known[HISTOGRAM_NUMBER];
};

/* counts: what probe_read told; a histogram is as unknown as they are. 0, or -errno and why. */
int histogram_read(const struct probe *probe, const struct probe_counts *counts,
		   struct histogram_counts *all, struct reason *why);

/* With a bar for each bucket between the lowest and the highest that has something. */
void histogram_print(const struct histogram_counts *all, int group, FILE *file);

/* Name to a list of {from, to, count}, without empty buckets; null: not known. */
json_t *histogram_json(const struct histogram_counts *all, int group);

/* Lines `histogram GROUP NAME FROM COUNT`. */
void histogram_lines(const struct histogram_counts *all, int group, const char *name);

#endif
