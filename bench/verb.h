/* SPDX-License-Identifier: MIT */
/* verb: what zcbench can be told to do, as a table from which parser, help, man page and
 * completion are made. */
#ifndef ZCBENCH_VERB_H
#define ZCBENCH_VERB_H

#include "experiment.h"
#include "reason.h"

#define EXIT_TOOL_ERROR 1
#define EXIT_INVALID    3 /* measurement invalid: a repeat failed */
#define EXIT_SKIPPED    4 /* skipped as a whole */

struct verb_option {
	const char *name;     /* without the dashes */
	const char *argument; /* what it takes, in capitals; NULL: nothing */
	const char *summary;
};

struct verb {
	const char *name;
	const char *arguments;             /* "[EXPERIMENT.yaml]", or "" */
	const char *summary;               /* one line */
	const char *text;                  /* more, for `help VERB` and the man page; may be NULL */
	const struct verb_option *options; /* its name is NULL after the last; or NULL */
	bool dimensions;                   /* also takes every dimension and setting as an option */
	int (*main)(int argc, char **argv); /* argv[0] is the verb; returns an exit status */
};

extern const struct verb verb_run, verb_doctor, verb_list, verb_help, verb_agent;
extern const struct verb *const verbs[]; /* NULL ends it */

const struct verb *verb_find(const char *name);

/*
 * Takes one option (name without dashes, argument NULL if it takes none) or, with name NULL, one
 * plain argument. 0, or -errno and a sentence.
 */
typedef int verb_take_fn(void *context, const char *name, const char *argument, struct reason *why);

/* Parses the command line; a mistake ends the program with EXIT_TOOL_ERROR and a sentence. */
void verb_parse(const struct verb *verb, int argc, char **argv, verb_take_fn *take, void *context);

/* Prints what `zcbench help VERB` prints. */
void verb_help_print(const struct verb *verb);

/* Option name of a field: a_b becomes a-b. */
void verb_option_name(const struct field *field, char *name, size_t room);

#endif
