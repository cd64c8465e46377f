/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ends.h"
#include "host.h"
#include "keeper.h"
#include "run_check.h"
#include "run_ends.h"
#include "run_finish.h"
#include "run_options.h"
#include "service.h"
#include "verb.h"
#include "version.h"

static int draw_seed(struct run *run, struct reason *why)
{
	uint32_t seed;
	if (run->experiment.settings.seed != FIELD_AUTO)
		return 0;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return reason_set(why, errno, "drawing a seed: %s; give one with --seed",
				  strerror(errno));
	run->experiment.settings.seed = seed;
	return 0;
}

static void mark_done(struct run *run, const struct samples *samples)
{
	uint64_t repeats = run->experiment.settings.repeats;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (sample->cell < 1 || sample->cell > run->plan.count || sample->repeat < 1 ||
		    sample->repeat > repeats)
			continue;
		if (sample->probed == 1) {
			run->probed[sample->cell - 1] = true;
			continue;
		}
		run->done[(sample->cell - 1) * repeats + sample->repeat - 1] = 1;
		run->shown[sample->cell - 1]++;
		if (!strcmp(sample->verdict, "skip"))
			run->ended[sample->cell - 1] = true;
	}
}

static size_t count_done(const struct run *run)
{
	uint64_t repeats = run->experiment.settings.repeats;
	size_t done = 0;
	for (size_t i = 0; i < run->plan.count * repeats; i++)
		done += run->done[i]; /* those of a cell that ended leave the total one by one */
	return done;
}

static int open_plan(struct run *run, struct reason *why)
{
	int err = draw_seed(run, why);
	if (!err)
		err = plan_open(&run->plan, &run->experiment, why);
	if (err)
		return err;
	run->done = calloc(run->plan.count, run->experiment.settings.repeats);
	run->probed = calloc(run->plan.count, sizeof(*run->probed));
	run->ended = calloc(run->plan.count, sizeof(*run->ended));
	run->shown = calloc(run->plan.count, sizeof(*run->shown));
	if (!run->done || !run->probed || !run->ended || !run->shown)
		return reason_set(why, ENOMEM, "no memory for %zu cells", run->plan.count);
	return 0;
}

static json_t *arguments_json(int argc, char **argv)
{
	json_t *list = json_array();
	for (int i = 0; i < argc; i++)
		json_array_append_new(list, json_string(argv[i]));
	return list;
}

static int note_start(struct run *run, json_t *arguments, json_t *ends, struct reason *why)
{
	json_t *manifest = run->folder.manifest;
	json_object_set_new(manifest, "schema", json_integer(ZCBENCH_SCHEMA));
	json_object_set_new(manifest, "run_id", json_string(run->folder.place.run_id));
	json_object_set_new(manifest, "arguments", json_incref(arguments));
	json_object_set_new(manifest, "seed",
			    json_integer((json_int_t)run->experiment.settings.seed));
	json_object_set_new(manifest, "cells", json_integer((json_int_t)run->plan.count));
	json_object_set_new(manifest, "experiment", experiment_to_json(&run->experiment));
	json_object_set_new(manifest, "services", services_json());
	json_object_set_new(manifest, "build", host_build());
	json_object_set_new(manifest, "host", keeper_facts());
	if (ends)
		json_object_set(manifest, "ends", ends);
	if (run->options.ends.agent_user)
		json_object_set_new(manifest, "agent_user",
				    json_string(run->options.ends.agent_user));
	return folder_note(&run->folder, "state", json_string("running"), why);
}

static int open_new(struct run *run, json_t *arguments, struct reason *why)
{
	json_t *ends = NULL;
	int err = open_plan(run, why);
	if (!err)
		err = run_ends_ask(run, &ends, why);
	if (!err)
		err = folder_create(&run->folder, run->options.out, run->options.run_id, why);
	if (!err)
		err = note_start(run, arguments, ends, why);
	json_decref(ends);
	return err;
}

static int open_again(struct run *run, struct reason *why)
{
	struct samples samples = { 0 };
	if (run->changed)
		return reason_set(
			why, EINVAL,
			"--resume takes the experiment from the folder; leave out the file "
			"and the options that describe one");
	int err = folder_resume(&run->folder, run->options.resume, &run->experiment, &samples, why);
	if (!err)
		err = open_plan(run, why);
	if (!err)
		err = run_check_resume(run, &samples, why);
	if (!err)
		err = run_ends_resume(run, why);
	if (!err) {
		mark_done(run, &samples);
		if (!run->options.dry_run)
			err = folder_note(&run->folder, "state", json_string("running"), why);
	}
	samples_free(&samples);
	return err;
}

static int open_csv(struct run *run, struct reason *why)
{
	const char *name = run->options.csv;
	run->csv_fd = -1;
	run->people = stdout;
	if (!name)
		return 0;
	if (!strcmp(name, "-")) {
		run->csv_fd = STDOUT_FILENO;
		run->people = stderr;
	} else {
		run->csv_fd = keeper_csv(why);
	}
	return run->csv_fd < 0 ? run->csv_fd : samples_write_header(run->csv_fd, why);
}

static void close_run(struct run *run)
{
	folder_close(&run->folder);
	plan_close(&run->plan);
	experiment_close(&run->experiment);
	free(run->done);
	free(run->probed);
	free(run->ended);
	free(run->shown);
}

static int run_opened(struct run *run, json_t *arguments, struct reason *why)
{
	if (run->options.dry_run && !run->options.resume) {
		json_t *none;
		int err = open_plan(run, why);
		if (!err)
			err = run_ends_ask(run, &none, why);
		return err ? err : run_check_print(run);
	}
	int err = open_csv(run, why);
	if (!err)
		err = run->options.resume ? open_again(run, why) : open_new(run, arguments, why);
	if (err)
		return err;
	if (run->options.dry_run)
		return run_check_print(run);
	size_t total = run->plan.count * run->experiment.settings.repeats;
	progress_open(&run->progress, run->options.quiet, total, count_done(run));
	if (!run->options.quiet)
		fprintf(stderr, "%zu cells, %" PRIu64 " repeats each, into %s\n", run->plan.count,
			run->experiment.settings.repeats, run->folder.place.path);
	err = run_blocks(run, why);
	if (!err)
		run_ends_doctor(run);
	return run_finish(run, err, why);
}

static int run_main(int argc, char **argv)
{
	struct run run = { .options.out = "results", .folder = { .samples_fd = -1 } };
	run.folder.latency_fd = -1;
	struct reason why;
	json_t *arguments = arguments_json(argc, argv);
	if (experiment_open(&run.experiment)) {
		fprintf(stderr, "zcbench: no memory for the experiment\n");
		return EXIT_TOOL_ERROR;
	}
	signal(SIGPIPE, SIG_IGN); /* an agent that is gone is told by the write */
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is told as a full disk is */
	int status = run_options_take(&run, argc, argv, &why);
	if (!status)
		status = run_opened(&run, arguments, &why);
	if (status < 0)
		fprintf(stderr, "zcbench: %s\n", why.text);
	json_decref(arguments);
	close_run(&run);
	return status < 0 ? EXIT_TOOL_ERROR : status;
}

static const struct verb_option options[] = {
	{ "out", "DIR", "Folder in which the run's own folder is made. Preset: results." },
	{ "run-id", "NAME", "Name of the run and of its folder. Preset: UTC time and host name." },
	{ "resume", "DIR",
	  "Go on with the run in this folder: exactly what is missing, in the order it had." },
	{ "csv", "FILE", "Also write samples.csv there while the run goes on; - is stdout." },
	{ "tx-agent", "AGENT",
	  "For the path hosts: how the sender's agent is reached: local, netns:NAME, "
	  "ssh:[USER@]HOST[:PORT] or cmd:COMMAND, a command whose stdin and stdout reach `zcbench "
	  "agent`. Preset: local." },
	{ "rx-agent", "AGENT", "The same for the receiver's." },
	{ "tx-address", "ADDRESS",
	  "For the path hosts: the sender's numeric address. Preset: the kernel's choice." },
	{ "rx-address", "ADDRESS",
	  "For the path hosts: the receiver's numeric address, to which the data goes." },
	{ "agent-user", "USER",
	  "Agents become this user, with no capability but what their mode needs, before they do "
	  "anything for a cell; for agents that are started as root. On every path." },
	{ "dry-run", NULL, "Only say which cells would run, and how long it would take." },
	{ "quiet", NULL, "No progress, no table; errors only." },
	{ 0 },
};

const struct verb verb_run = {
	.name = "run",
	.arguments = "[EXPERIMENT.yaml]",
	.summary = "Measure the cells of an experiment and keep every sample.",
	.text = "Options override the file. The samples go to samples.csv in the run's folder, a row "
		"a repeat, with run.json beside it. Exit status: 0 fine, 1 tool error, 3 a repeat "
		"failed, 4 every cell was skipped, 130 stopped by the user.",
	.options = options,
	.dimensions = true,
	.main = run_main,
};
