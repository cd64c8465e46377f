/* SPDX-License-Identifier: MIT */
/* folder: the folder of a run: samples.csv, latency.csv and run.json, new or taken up again. */
#ifndef ZCBENCH_FOLDER_H
#define ZCBENCH_FOLDER_H

#include <jansson.h>
#include <limits.h>

#include "experiment.h"
#include "hist.h"
#include "sample.h"
#include "samples.h"

struct folder {
	char path[PATH_MAX];
	char run_id[64];
	int samples_fd;
	int latency_fd;   /* -1 until the first histogram */
	json_t *manifest; /* what run.json holds */
};

/* Makes BASE/RUN_ID and the files in it. 0, or -errno and a sentence; then nothing is open. */
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

/* "20261122T231500123Z-HOST", the usual name of a run: UTC to the millisecond. */
void folder_name(char *run_id, size_t room);

#endif
