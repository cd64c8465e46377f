/* SPDX-License-Identifier: MIT */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "doctor", verb_doctor, "Which counter is counted how, or why not." },
	{ "audit", verb_audit, "The ledger of any program's TCP bytes." },
	{ "count", verb_count, "Count until told to stop; for `zcbench run`." },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int usage(FILE *file, int status)
{
	fprintf(file, "Usage: zcprobe VERB [OPTION...]\n"
		      "Counts in the kernel which bytes of TCP connections are copied.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(file, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(file, "\n`zcprobe VERB --help` has the options.\n");
	return status;
}

int main(int argc, char **argv)
{
	/* `zcbench audit` starts us as zcbench-audit, by a link. */
	char *name = basename(argv[0]);
	if (!strcmp(name, "audit") || !strcmp(name, "zcbench-audit"))
		return verb_audit(argc, argv);
	if (argc < 2)
		return usage(stderr, EXIT_TOOL_ERROR);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout, 0);
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].main(argc - 1, argv + 1);
	fprintf(stderr, "zcprobe: there is no verb '%s'\n", argv[1]);
	return usage(stderr, EXIT_TOOL_ERROR);
}
