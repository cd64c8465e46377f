/* SPDX-License-Identifier: MIT */
/* doctor: counter, layer in use, or the exact reason why none. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "counter.h"
#include "probe.h"
#include "verbs.h"

static const struct option options[] = {
	{ "layer", required_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void print_table(const struct probe *probe)
{
	bool kprobes = false;
	for (int id = 0; id < COUNT_NUMBER; id++) {
		enum count_layer layer = (enum count_layer)probe->config.layer[id];
		printf("%-26s %s%s\n", counters[id].name,
		       layer == LAYER_NONE ? "none: " : counter_layer_name(layer),
		       layer == LAYER_NONE ? probe->why[id].text : "");
		kprobes |= layer == LAYER_KPROBE;
	}
	/* trace_call_bpf; 6.7 counts them, and then probe_read takes the number away. */
	if (kprobes)
		puts("\nkprobe: until Linux 6.6 the kernel leaves out a probe that interrupts another "
		     "one, and tells nobody: such a number is then a lower bound");
	if (*probe->kernel.fentry.text)
		printf("\nfentry: %s\n", probe->kernel.fentry.text);
	if (*probe->kernel.kprobe.text)
		printf("kprobe: %s\n", probe->kernel.kprobe.text);
}

static void print_json(const struct probe *probe)
{
	json_t *all = json_object();
	for (int id = 0; id < COUNT_NUMBER; id++) {
		enum count_layer layer = (enum count_layer)probe->config.layer[id];
		json_t *row =
			layer == LAYER_NONE
				? json_pack("{s:n, s:s, s:s}", "layer", "reason",
					    probe->why[id].text, "summary", counters[id].summary)
				: json_pack("{s:s, s:s}", "layer", counter_layer_name(layer),
					    "summary", counters[id].summary);
		json_object_set_new(all, counters[id].name, row);
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static int diagnose(const char *only, bool json)
{
	static struct probe probe;
	struct reason why;
	int err = probe_open(&probe, &why);
	probe.config.histograms = true;
	if (!err && only) {
		probe.only = counter_layer_find(only);
		if (probe.only == LAYER_NONE)
			err = reason_set(&why, EINVAL,
					 "--layer is fentry, kprobe or tracepoint, not '%.40s'",
					 only);
	}
	/* Attached for real: only then is it known. */
	if (!err)
		err = probe_attach(&probe, &why);
	if (err) {
		fprintf(stderr, "zcprobe doctor: %s\n", why.text);
		probe_close(&probe);
		return err == -EINVAL ? EXIT_TOOL_ERROR : EXIT_SKIPPED;
	}
	if (json)
		print_json(&probe);
	else
		print_table(&probe);
	probe_close(&probe);
	return 0;
}

int verb_doctor(int argc, char **argv)
{
	const char *only = NULL;
	bool json = false;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'l')
			only = optarg;
		else if (c == 'j')
			json = true;
		else {
			fputs("Usage: zcprobe doctor [--layer fentry|kprobe|tracepoint] [--json]\n",
			      c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : EXIT_TOOL_ERROR;
		}
	}
	return diagnose(only, json);
}
