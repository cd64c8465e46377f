/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "companion.h"
#include "verb.h"
#include "version.h"

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
	companion_become(argv[1], argv + 1);
	companion_unknown(argv[1]);
	return EXIT_TOOL_ERROR;
}
