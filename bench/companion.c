/* SPDX-License-Identifier: MIT */
#include "companion.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nearest.h"
#include "self.h"
#include "verb.h"

const struct companion companions[] = {
	{ "audit", "Count what the kernel copies for any program, and say why." },
	{ "push", "Copy zcbench and its libraries to another host, by ssh." },
	{ "fleet", "Which runs differ from those between like hosts." },
	{ "summary", "Medians, intervals and ratios of each cell of a run." },
	{ "crossover", "The message size from which each mode pays." },
	{ "compare", "Two runs, or two sets of runs: what changed, and is it sure?" },
	{ "history", "The nights of a folder of runs: what changed, and since when?" },
	{ "nightly", "Run, judge against the nights before, and report." },
	{ "export", "The medians of runs, or nights of a history, for another tool." },
	{ "plot", "Figures of a run or of a history." },
	{ "report", "One HTML file and Markdown of a run, to be cited." },
	{ 0 },
};

void companion_become(const char *name, char **argv)
{
	char program[PATH_MAX + 64], file[64];
	snprintf(file, sizeof(file), "zcbench-%s", name);
	if (!strchr(name, '/') && strlen(name) < sizeof(file) - sizeof("zcbench-") &&
	    self_beside(file, program, sizeof(program)))
		execv(program, argv);
}

void companion_unknown(const char *name)
{
	struct nearest nearest;
	nearest_open(&nearest, name);
	for (size_t i = 0; verbs[i]; i++)
		nearest_try(&nearest, verbs[i]->name);
	for (const struct companion *c = companions; c->name; c++)
		nearest_try(&nearest, c->name);
	fprintf(stderr,
		"zcbench: there is no verb '%s', and no program zcbench-%s beside zcbench or in "
		"%s; the nearest verb is %s, and `zcbench help` lists them\n",
		name, name, self_libexec(), nearest.name);
}
