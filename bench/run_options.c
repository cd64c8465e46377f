/* SPDX-License-Identifier: MIT */
#include "run_options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ends.h"
#include "keeper.h"
#include "privilege.h"
#include "run_ends.h"
#include "verb.h"

static bool is_dimension(const char *name)
{
	for (const struct verb_option *option = verb_run.options; option->name; option++)
		if (!strcmp(option->name, name))
			return false;
	return true;
}

static int take_name(struct run *run, const char *file, struct reason *why)
{
	run->changed = true;
	if (run->file_count == RUN_FILES)
		return reason_set(why, E2BIG, "more than %d experiments", RUN_FILES);
	int fd = experiment_open_file(file, why);
	if (fd < 0)
		return fd;
	run->files[run->file_count++] = fd;
	return 0;
}

/* What is typed for the run as a whole. Nothing is read yet: that is not root's business. */
static int take_run(void *context, const char *name, const char *argument, struct reason *why)
{
	struct run *run = context;
	struct run_options *options = &run->options;
	if (!name)
		return take_name(run, argument, why);
	if (!strcmp(name, "out"))
		options->out = argument;
	else if (!strcmp(name, "run-id"))
		options->run_id = argument;
	else if (!strcmp(name, "resume"))
		options->resume = argument;
	else if (!strcmp(name, "csv"))
		options->csv = argument;
	else if (ends_take(&options->ends, name, argument))
		return 0;
	else if (!strcmp(name, "agent-user"))
		return run_ends_user(run, argument, why);
	else if (!strcmp(name, "dry-run"))
		options->dry_run = true;
	else if (!strcmp(name, "quiet"))
		options->quiet = true;
	else
		run->changed = true;
	return 0;
}

/* The files first, whatever the order of the arguments: options override them. */
static int take_file(void *context, const char *name, const char *argument, struct reason *why)
{
	struct run *run = context;
	if (name)
		return 0;
	int fd = run->files[run->file_next++];
	int err = experiment_load_fd(&run->experiment, fd, argument, why);
	close(fd);
	return err;
}

static int take_dimension(void *context, const char *name, const char *argument, struct reason *why)
{
	struct run *run = context;
	if (!name || !is_dimension(name))
		return 0;
	return experiment_set(&run->experiment, name, argument, why);
}

/* From here on root's work is done by children: the keeper, and the agents that it starts. */
static int leave_privilege(const struct run *run, struct reason *why)
{
	const struct run_options *options = &run->options;
	const struct keeper_orders orders = { .ends = &options->ends,
					      .out = options->out,
					      .run_id = options->run_id,
					      .resume = options->resume,
					      .csv = options->csv };
	int err = keeper_start(&orders, why);
	return err ? err : privilege_leave(why);
}

int run_options_take(struct run *run, int argc, char **argv, struct reason *why)
{
	verb_parse(&verb_run, argc, argv, take_run, run);
	int err = leave_privilege(run, why);
	if (err)
		return err;
	verb_parse(&verb_run, argc, argv, take_file, run);
	verb_parse(&verb_run, argc, argv, take_dimension, run);
	return 0;
}
