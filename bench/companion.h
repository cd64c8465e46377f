/* SPDX-License-Identifier: MIT */
/* companion: verbs that are programs of their own, zcbench-VERB, as git has them. */
#ifndef ZCBENCH_COMPANION_H
#define ZCBENCH_COMPANION_H

struct companion {
	const char *name, *summary;
};

extern const struct companion companions[]; /* those of zcbench itself; a NULL name ends them */

/*
 * Becomes zcbench-NAME, which lies beside this program or in the libexec folder, with argv, or
 * returns because there is none. The name need not be in the table.
 */
void companion_become(const char *name, char **argv);

/* The sentence for a verb that nobody has, with the nearest name, on stderr. */
void companion_unknown(const char *name);

#endif
