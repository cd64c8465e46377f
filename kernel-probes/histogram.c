/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR 40

const struct histogram histograms[HISTOGRAM_NUMBER] = {
	[HISTOGRAM_TX_COPY] = { "tx_copy_bytes", "Bytes that a send call copied.",
				COUNT_TX_COPIED },
	[HISTOGRAM_LATE_COPY] = { "late_copy_bytes", "Bytes of a packet that were copied late.",
				  COUNT_LATE_COPIED },
	[HISTOGRAM_RX_COPY] = { "rx_copy_bytes",
				"Bytes copied at once out of a packet in a receive queue.",
				COUNT_RX_COPIED },
	[HISTOGRAM_NOTICE_NS] = { "notice_ns",
				  "From a zero-copy send (its last attempt) to the notice that "
				  "its pages are free.",
				  COUNT_TIMED_NOTICES },
	[HISTOGRAM_PIN_NS] = { "pin_ns",
			       "From the pinning of the first pages of a packet to their release.",
			       COUNT_TIMED_PINS },
};

static int read_bucket(int map, __u32 key, __u64 *values, int cpus, __u64 *sum)
{
	if (bpf_map_lookup_elem(map, &key, values))
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		*sum += values[cpu];
	return 0;
}

int histogram_read(const struct probe *probe, const struct probe_counts *counts,
		   struct histogram_counts *all, struct reason *why)
{
	int map = bpf_object__find_map_fd_by_name(probe->object, "histograms");
	int cpus = libbpf_num_possible_cpus(), err = 0;
	__u64 *values = calloc((size_t)(cpus > 0 ? cpus : 1), sizeof(*values));
	__u64 *sums = &all->n[0][0][0];
	*all = (struct histogram_counts){ 0 };
	if (!values || cpus < 1)
		err = -ENOMEM;
	for (__u32 key = 0; !err && key < sizeof(all->n) / sizeof(*sums); key++)
		err = read_bucket(map, key, values, cpus, sums + key);
	free(values);
	for (int id = 0; id < HISTOGRAM_NUMBER; id++)
		all->known[id] = !counts->lost && !counts->missed &&
				 probe->config.layer[histograms[id].counter] != LAYER_NONE;
	return err ? reason_set(why, -err, "reading the histograms: %s", strerror(-err)) : 0;
}

static void print_one(const __u64 *n, FILE *file)
{
	int first = 0, last = HISTOGRAM_BUCKETS - 1;
	__u64 most = 1;
	while (first < last && !n[first])
		first++;
	while (last > first && !n[last])
		last--;
	for (int i = first; i <= last; i++)
		if (n[i] > most)
			most = n[i];
	for (int i = first; i <= last && n[last]; i++) {
		int bar = (int)((double)n[i] / (double)most * BAR + 0.5);
		fprintf(file, "  %15" PRIu64 " .. %-15" PRIu64 " %12" PRIu64 "  %.*s\n",
			UINT64_C(1) << i, (UINT64_C(2) << i) - 1, (uint64_t)n[i], bar,
			"****************************************");
	}
}

void histogram_print(const struct histogram_counts *all, int group, FILE *file)
{
	for (int id = 0; id < HISTOGRAM_NUMBER; id++)
		if (all->known[id]) {
			fprintf(file, "  %s: %s\n", histograms[id].name, histograms[id].summary);
			print_one(all->n[group][id], file);
		}
}

static json_t *one_json(const __u64 *n)
{
	json_t *buckets = json_array();
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (n[i])
			json_array_append_new(buckets, json_pack("{s:I, s:I, s:I}", "from",
								 (json_int_t)1 << i, "to",
								 ((json_int_t)2 << i) - 1, "count",
								 (json_int_t)n[i]));
	return buckets;
}

json_t *histogram_json(const struct histogram_counts *all, int group)
{
	json_t *object = json_object();
	for (int id = 0; id < HISTOGRAM_NUMBER; id++)
		json_object_set_new(object, histograms[id].name,
				    all->known[id] ? one_json(all->n[group][id]) : json_null());
	return object;
}

void histogram_lines(const struct histogram_counts *all, int group, const char *name)
{
	for (int id = 0; id < HISTOGRAM_NUMBER; id++)
		for (int i = 0; all->known[id] && i < HISTOGRAM_BUCKETS; i++)
			if (all->n[group][id][i])
				printf("histogram %s %s %" PRIu64 " %" PRIu64 "\n", name,
				       histograms[id].name, UINT64_C(1) << i,
				       (uint64_t)all->n[group][id][i]);
}
