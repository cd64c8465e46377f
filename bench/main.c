/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nearest.h"
#include "verb.h"
#include "version.h"

#ifndef ZCBENCH_LIBEXEC
#define ZCBENCH_LIBEXEC "/usr/local/libexec/zcbench"
#endif

/*
 * A verb that is not in the table belongs to a program of its own, zcbench-VERB, beside this one
 * or in the libexec folder, as git does it.
 */
static void hand_over(const char *verb, char **argv)
{
	char self[PATH_MAX] = "", program[PATH_MAX + 64];
	if (strchr(verb, '/') || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	snprintf(program, sizeof(program), "%s/zcbench-%s", dirname(self), verb);
	execv(program, argv);
	snprintf(program, sizeof(program), ZCBENCH_LIBEXEC "/zcbench-%s", verb);
	execv(program, argv);
}

static int unknown(const char *verb)
{
	struct nearest nearest;
	nearest_open(&nearest, verb);
	for (size_t i = 0; verbs[i]; i++)
		nearest_try(&nearest, verbs[i]->name);
	fprintf(stderr,
		"zcbench: there is no verb '%s', and no program zcbench-%s beside zcbench or in "
		"%s; the nearest verb is %s, and `zcbench help` lists them\n",
		verb, verb, ZCBENCH_LIBEXEC, nearest.name);
	return EXIT_TOOL_ERROR;
}

int main(int argc, char **argv)
{
	static char *help[] = { "help", NULL };
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return verb_help.main(1, help);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("zcbench " ZCBENCH_VERSION);
		return 0;
	}
	const struct verb *verb = verb_find(argv[1]);
	if (verb)
		return verb->main(argc - 1, argv + 1);
	hand_over(argv[1], argv + 1);
	return unknown(argv[1]);
}
