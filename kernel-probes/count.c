/* SPDX-License-Identifier: MIT */
/*
 * count: zcprobe as a third peer of a repeat. It answers in the lines of the agent protocol
 * (bench/agent.h): `ready` when it counts; with --port-later on `port N`, which is answered with
 * `ready` again; on `stop`, or at the end of stdin, `sample NAME=VALUE`
 * for each counter that has a layer, and `done`. Or `skip SENTENCE` at once. With --all instead
 * `GROUP COUNTER VALUE`, with --histograms also `histogram GROUP NAME FROM COUNT`; with --cost also
 * `cost PROGRAM CALLS NS`, as the kernel measures its BPF programs.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "counter.h"
#include "filter.h"
#include "histogram.h"
#include "probe.h"
#include "verbs.h"

static const struct option options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "netns", required_argument, NULL, 'n' },
	{ "port-later", no_argument, NULL, 'L' },
	{ "layer", required_argument, NULL, 'l' },
	{ "all", no_argument, NULL, 'a' },
	{ "cost", no_argument, NULL, 'C' },
	{ "histograms", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* Columns of samples.csv. */
static const struct {
	const char *column;
	enum count_id id;
} columns[] = {
	{ "kern_tx_bytes", COUNT_TX_BYTES },
	{ "kern_tx_copied_bytes", COUNT_TX_COPIED },
	{ "kern_tx_referenced_bytes", COUNT_TX_REFERENCED },
	{ "kern_tx_spliced_bytes", COUNT_TX_SPLICED },
	{ "kern_late_copied_bytes", COUNT_LATE_COPIED },
	{ "kern_late_again_bytes", COUNT_LATE_AGAIN },
	{ "kern_unseen_bytes", COUNT_UNSEEN },
	{ "kern_rx_bytes", COUNT_RX_BYTES },
	{ "kern_rx_copied_bytes", COUNT_RX_COPIED },
	{ "kern_rx_mapped_bytes", COUNT_RX_MAPPED },
	{ "kern_rx_device_bytes", COUNT_ZCRX },
	{ "kern_pinned_pages", COUNT_PINNED_PAGES },
};

static bool known(__u64 n)
{
	return n != UINT64_MAX;
}

/*
 * What zcrx copied into its area is copied; the rest of what it took, and what devmem left in a
 * dma-buf, is where the device put it. A layer that sees one of the two knows where it saw some; of
 * what zcrx took and nobody saw it copy nothing is known.
 */
static void settle_lent(__u64 *n)
{
	bool took = known(n[COUNT_ZCRX]) && n[COUNT_ZCRX];
	bool whole = known(n[COUNT_ZCRX]) && known(n[COUNT_ZCRX_COPIED]);
	__u64 lent = known(n[COUNT_DEVMEM]) ? n[COUNT_DEVMEM] : 0;
	if (whole) {
		lent += n[COUNT_ZCRX] - n[COUNT_ZCRX_COPIED];
		if (known(n[COUNT_RX_COPIED]))
			n[COUNT_RX_COPIED] += n[COUNT_ZCRX_COPIED];
	}
	n[COUNT_ZCRX] = (took ? whole : known(n[COUNT_DEVMEM])) ? lent : UINT64_MAX;
}

static void print_columns(const struct probe *probe, __u64 *n)
{
	char layers[32];
	settle_lent(n);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (n[columns[i].id] != UINT64_MAX)
			printf("sample %s=%" PRIu64 "\n", columns[i].column,
			       (uint64_t)n[columns[i].id]);
	probe_layers(probe, layers, sizeof(layers));
	printf("sample kern_layer=%s\ndone\n", layers);
}

static const char *const groups[] = { "unattributed", "forward", "backward" };

static void print_all(const struct probe_counts *counts)
{
	for (int group = 0; group < GROUP_NUMBER; group++)
		for (int id = 0; id < COUNT_NUMBER; id++)
			if (counts->n[group][id] != UINT64_MAX)
				printf("%s %s %" PRIu64 "\n", groups[group], counters[id].name,
				       (uint64_t)counts->n[group][id]);
}

static int print_histograms(const struct probe *probe, const struct probe_counts *counts,
			    struct reason *why)
{
	static struct histogram_counts all;
	int err = histogram_read(probe, counts, &all, why);
	for (int group = 0; !err && group < GROUP_NUMBER; group++)
		histogram_lines(&all, group, groups[group]);
	return err;
}

static void print_cost(const char *program, __u64 calls, __u64 ns)
{
	printf("cost %s %" PRIu64 " %" PRIu64 "\n", program, (uint64_t)calls, (uint64_t)ns);
}

static int run(struct probe *probe, bool cost, struct reason *why)
{
	struct probe_counts counts;
	char line[64];
	int err = probe_attach(probe, why);
	if (err)
		return err;
	int stats = cost ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;
	puts("ready");
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "stop\n")) {
		unsigned int port;
		if (sscanf(line, "port %u", &port) == 1 && !probe_set_port(probe, port))
			puts("ready");
	}
	err = probe_read(probe, &counts, why);
	if (err)
		return err;
	if (stats >= 0)
		probe_costs(probe, print_cost);
	if (counts.lost)
		fprintf(stderr,
			"zcprobe: %" PRIu64 " events found no room; the counts are left out\n",
			(uint64_t)counts.lost);
	if (counts.missed)
		fputs("zcprobe: the kernel left out calls of a probe; its counters are left out\n",
		      stderr);
	if (probe->config.ledger)
		print_columns(probe, counts.n[GROUP_FORWARD]);
	else
		print_all(&counts);
	return probe->config.histograms ? print_histograms(probe, &counts, why) : 0;
}

static void take_port_later(struct probe *probe)
{
	probe->config.port_later = true;
	probe->config.port_count = 1;
}

static int take_layer(struct probe *probe, const char *text, struct reason *why)
{
	if (!strcmp(text, "auto"))
		return 0;
	probe->only = counter_layer_find(text);
	return probe->only == LAYER_NONE
		       ? reason_set(why, EINVAL, "--layer is auto, fentry, kprobe or tracepoint")
		       : 0;
}

static int take(struct probe *probe, int c, bool *cost, struct reason *why)
{
	switch (c) {
	case 'p':
		return filter_port(&probe->config, optarg, why);
	case 'n':
		return filter_netns(&probe->config, optarg, why);
	case 'l':
		return take_layer(probe, optarg, why);
	case 'L':
		take_port_later(probe);
		return 0;
	case 'H':
		probe->config.histograms = true;
		probe->config.ledger = false;
		return 0;
	case 'a':
		probe->config.ledger = false;
		return 0;
	case 'C':
		*cost = true;
		return 0;
	default:
		return reason_set(why, EINVAL,
				  "usage: zcprobe count [--port N] [--netns NAME] [--layer LAYER] "
				  "[--all] [--histograms] [--cost]");
	}
}

static int parse(struct probe *probe, int argc, char **argv, bool *cost, struct reason *why)
{
	/* So that a whole `zcbench run` can be held to one layer; for tests of the layers. */
	const char *layer = getenv("ZCPROBE_LAYER");
	int err = 0;
	probe->config.ledger = true;
	if (layer && *layer)
		probe->only = counter_layer_find(layer);
	for (int c; !err && (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
		err = take(probe, c, cost, why);
	return err;
}

int verb_count(int argc, char **argv)
{
	static struct probe probe;
	struct reason why;
	bool cost = false;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Ctrl-C reaches the whole terminal; it is for the coordinator to decide what stops. */
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int err = probe_open(&probe, &why);
	if (!err)
		err = parse(&probe, argc, argv, &cost, &why);
	if (!err)
		err = run(&probe, cost, &why);
	if (err)
		printf("%s %s\n", err == -EINVAL ? "fail" : "skip", why.text);
	probe_close(&probe);
	return !err ? 0 : err == -EINVAL ? EXIT_TOOL_ERROR : EXIT_SKIPPED;
}
