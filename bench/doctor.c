/* SPDX-License-Identifier: MIT */
/*
 * The verb `doctor`: what runs on this host, tried by doing it, and what spoils measurements; or
 * the same of the hosts of two agents.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ends.h"
#include "hygiene.h"
#include "trial.h"
#include "trial_table.h"
#include "verb.h"

struct doctor {
	bool as_json;
	struct path_ends ends;
};

static int take(void *context, const char *name, const char *argument, struct reason *why)
{
	struct doctor *doctor = context;
	if (name && ends_take(&doctor->ends, name, argument))
		return 0;
	doctor->as_json = true;
	(void)why;
	return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static void print_checks(const json_t *checks)
{
	size_t i;
	json_t *check;
	json_array_foreach(checks, i, check)
	{
		printf("  %-8s %-16s %s\n", text_of(check, "status"), text_of(check, "check"),
		       text_of(check, "finding"));
		if (*text_of(check, "remedy"))
			printf("  %-8s %-16s -> %s\n", "", "", text_of(check, "remedy"));
	}
}

static void print_json(json_t *all)
{
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static void print_trials(const char *path, const struct path_ends *ends)
{
	struct trial_table table;
	trial_table_begin(&table, path);
	trial_each(TRIAL_ALL, path, ends, trial_table_add, &table);
	trial_table_end(&table);
}

static int examine_here(const struct doctor *doctor)
{
	if (doctor->as_json) {
		json_t *trials = trial_list(TRIAL_ALL, NULL, NULL);
		print_json(json_pack("{so so}", "modes", trials, "host", hygiene_findings()));
		return 0;
	}
	puts("Modes, each tried with a transfer of 1 MiB:");
	print_trials(NULL, NULL);
	puts("\nHost, as far as it can spoil a measurement:");
	json_t *checks = hygiene_findings();
	print_checks(checks);
	json_decref(checks);
	return 0;
}

/* Of a host's own modes those of lo, which need no privilege. */
static void print_end(const char *whose, const json_t *facts)
{
	const json_t *probes = json_object_get(facts, "probes");
	const char *without = text_of(probes, "reason");
	struct trial_table table;
	size_t i;
	json_t *trial;
	printf("%s: %s by %s, Linux %s, zcbench %s\nModes, each tried there:\n", whose,
	       text_of(json_object_get(facts, "host"), "hostname"), text_of(facts, "agent"),
	       text_of(facts, "kernel"), text_of(facts, "zcbench"));
	trial_table_begin(&table, "lo");
	json_array_foreach(json_object_get(facts, "modes"), i, trial)
		trial_table_add(&table, trial);
	trial_table_end(&table);
	printf("Kernel probes: %s%s\n", *without ? "none: " : "they count, by ",
	       *without ? without : text_of(probes, "layer"));
	puts("Host, as far as it can spoil a measurement:");
	print_checks(json_object_get(facts, "checks"));
	putchar('\n');
}

static int examine_ends(const struct doctor *doctor, struct reason *why)
{
	const struct path_ends *ends = &doctor->ends;
	bool joined = ends->rx_address;
	int err = joined ? ends_check(ends, why) : ends_check_agents(ends, why);
	json_t *facts = err ? NULL : ends_facts(ends, true, true, why);
	if (!facts)
		return -1;
	if (doctor->as_json) {
		json_t *trials = joined ? trial_list(TRIAL_ALL, "hosts", ends) : json_array();
		print_json(json_pack("{so so}", "modes", trials, "ends", facts));
		return 0;
	}
	print_end("Sender's host", json_object_get(facts, "tx"));
	print_end("Receiver's host", json_object_get(facts, "rx"));
	if (joined) {
		puts("Modes from the one to the other:");
		print_trials("hosts", ends);
	}
	json_decref(facts);
	return 0;
}

static int doctor_main(int argc, char **argv)
{
	struct doctor doctor = { 0 };
	struct reason why;
	verb_parse(&verb_doctor, argc, argv, take, &doctor);
	signal(SIGPIPE, SIG_IGN);
	if (ends_none(&doctor.ends))
		return examine_here(&doctor);
	if (!examine_ends(&doctor, &why))
		return 0;
	fprintf(stderr, "zcbench: %s\n", why.text);
	return EXIT_TOOL_ERROR;
}

static const struct verb_option options[] = {
	{ "json", NULL, "Print JSON." },
	{ "tx-agent", "AGENT",
	  "Examine the hosts of two agents, see `zcbench run`; the sender's." },
	{ "rx-agent", "AGENT", "The receiver's." },
	{ "tx-address", "ADDRESS", "The sender's address. Preset: the kernel's choice." },
	{ "rx-address", "ADDRESS",
	  "The receiver's address: try every mode from the one host to the other, too." },
	{ 0 },
};

const struct verb verb_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "Try every mode on every path, say what stops those that do not run, and check "
		   "the host; or do so on the hosts of two agents.",
	.options = options,
	.main = doctor_main,
};
