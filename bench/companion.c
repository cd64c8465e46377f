/* SPDX-License-Identifier: MIT */
#include "companion.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nearest.h"
#include "verb.h"

#ifndef ZCBENCH_LIBEXEC
#define ZCBENCH_LIBEXEC "/usr/local/libexec/zcbench"
#endif

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
	char self[PATH_MAX] = "", program[PATH_MAX + 64];
	if (strchr(name, '/') || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	snprintf(program, sizeof(program), "%s/zcbench-%s", dirname(self), name);
	execv(program, argv);
	snprintf(program, sizeof(program), ZCBENCH_LIBEXEC "/zcbench-%s", name);
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
		name, name, ZCBENCH_LIBEXEC, nearest.name);
}
