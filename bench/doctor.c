/* SPDX-License-Identifier: MIT */
/* The verb `doctor`: what runs on this host, tried by doing it, and what spoils measurements. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hygiene.h"
#include "mode.h"
#include "path.h"
#include "repeat.h"
#include "verb.h"

#define TRY_BYTES    (1UL << 20)
#define TRY_LIMIT_NS (10ULL * 1000000000)

static int take(void *context, const char *name, const char *argument, struct reason *why)
{
	(void)name, (void)argument, (void)why;
	*(bool *)context = true;
	return 0;
}

/* One transfer of a megabyte by this mode, against the plainest one that pairs with it. */
static void try_mode(const struct copy_mode *mode, uint64_t index, uint64_t path,
		     struct sample *sample)
{
	struct cell cell;
	struct reason why;
	struct hist latency;
	field_presets(&cell_table, &cell);
	cell.path = path;
	*(mode->direction == MODE_TX ? &cell.tx : &cell.rx) = index;
	if (mode->flags & MODE_NULL) {
		field_parse(field_find(&cell_table, "tx"), &cell, mode->name, &why);
		field_parse(field_find(&cell_table, "rx"), &cell, mode->name, &why);
		cell.warmup_ns = 0;
		cell.duration_ns = 1000000;
	} else {
		cell.bytes = TRY_BYTES;
	}
	sample_clear(sample);
	if (hist_open(&latency))
		return;
	repeat_run(&cell, NULL, TRY_LIMIT_NS, sample, &latency, &why);
	hist_close(&latency);
}

static bool runs(const struct sample *sample)
{
	return strcmp(sample->verdict, "skip") && strcmp(sample->verdict, "fail");
}

static json_t *mode_json(const struct copy_mode *mode, uint64_t path, const struct sample *sample)
{
	return json_pack("{ss ss ss sb ss ss*}", "direction",
			 mode->direction == MODE_TX ? "tx" : "rx", "mode", mode->name, "path",
			 paths[path]->name, "runs", runs(sample), "verdict", sample->verdict,
			 "reason", *sample->reason ? sample->reason : NULL);
}

/* What the trial says of the mode's own side; the other end is plain. */
static const char *trial_verdict(const struct copy_mode *mode, const struct sample *sample)
{
	const char *verdict = mode->direction == MODE_TX ? sample->tx_verdict : sample->rx_verdict;
	return *verdict ? verdict : "makes no claim";
}

static void print_mode(const struct copy_mode *mode, uint64_t path, const struct sample *sample)
{
	bool good = runs(sample);
	printf("  %s  %-22s %-9s %s%s\n", mode->direction == MODE_TX ? "tx" : "rx", mode->name,
	       paths[path]->name, good ? "runs, " : "does not run: ",
	       good ? trial_verdict(mode, sample) : sample->reason);
}

static void try_all(json_t *list)
{
	if (!list)
		puts("Modes, each tried with a transfer of 1 MiB:");
	for (enum mode_direction direction = MODE_TX; direction <= MODE_RX; direction++)
		for (uint64_t i = 0; mode_get(direction, i); i++)
			for (uint64_t path = 0; paths[path]; path++) {
				const struct copy_mode *mode = mode_get(direction, i);
				struct sample sample;
				try_mode(mode, i, path, &sample);
				if (list)
					json_array_append_new(list, mode_json(mode, path, &sample));
				else
					print_mode(mode, path, &sample);
			}
}

static void print_finding(const struct hygiene_check *check, const struct hygiene_finding *finding)
{
	printf("  %-8s %-16s %s\n", hygiene_status_name(finding->status), check->name,
	       finding->finding.text);
	if (*finding->remedy.text)
		printf("  %-8s %-16s -> %s\n", "", "", finding->remedy.text);
}

static void check_all(void)
{
	puts("\nHost, as far as it can spoil a measurement:");
	for (size_t i = 0; hygiene_checks[i]; i++) {
		struct hygiene_finding finding = { 0 };
		hygiene_checks[i]->run(&finding);
		print_finding(hygiene_checks[i], &finding);
	}
}

static int doctor_main(int argc, char **argv)
{
	bool as_json = false;
	verb_parse(&verb_doctor, argc, argv, take, &as_json);
	signal(SIGPIPE, SIG_IGN);
	json_t *modes_list = as_json ? json_array() : NULL;
	try_all(modes_list);
	if (!as_json)
		check_all();
	if (as_json) {
		json_t *all = json_pack("{so so}", "modes", modes_list, "host", hygiene_findings());
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(all);
	}
	return 0;
}

static const struct verb_option options[] = {
	{ "json", NULL, "Print JSON." },
	{ 0 },
};

const struct verb verb_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "Try every mode on every path, say what stops those that do not run, and check "
		   "the host.",
	.options = options,
	.main = doctor_main,
};
