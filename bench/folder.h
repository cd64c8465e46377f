/* SPDX-License-Identifier: MIT */
/*
 * folder: the folder of a run: samples.csv, latency.csv and run.json, new or taken up again. Where
 * there is a keeper it opens them, and takes the names from the command line.
 */
#ifndef ZCBENCH_FOLDER_H
#define ZCBENCH_FOLDER_H

#include <jansson.h>

#include "experiment.h"
#include "folder_place.h"
#include "hist.h"
#include "sample.h"
#include "samples.h"

struct folder {
	struct folder_place place;
	int samples_fd;
	int latency_fd;   /* -1 until the first histogram */
	json_t *manifest; /* what run.json holds */
};

/*
 * Makes BASE/RUN_ID and the files in it. run_id NULL: the usual name, with "-2" behind it if there
 * is such a run. 0, or -errno and a sentence; then nothing is open.
 */
int folder_create(struct folder *folder, const char *base, const char *run_id, struct reason *why);

/*
 * Takes up a folder: reads its run.json into the experiment and its rows into samples, and cuts
 * half a row off the end of samples.csv, if a crash left one.
 */
int folder_resume(struct folder *folder, const char *path, struct experiment *experiment,
		  struct samples *samples, struct reason *why);

/* Sets a key of run.json (takes the reference) and writes the file anew, whole or not at all. */
int folder_note(struct folder *folder, const char *key, json_t *value, struct reason *why);

int folder_add_latency(struct folder *folder, const struct sample *sample,
		       const struct hist *latency, struct reason *why);

void folder_close(struct folder *folder);

#endif
