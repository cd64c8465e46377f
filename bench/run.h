/* SPDX-License-Identifier: MIT */
/* run: one execution of an experiment. */
#ifndef ZCBENCH_RUN_H
#define ZCBENCH_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "experiment.h"
#include "folder.h"
#include "path.h"
#include "plan.h"
#include "progress.h"
#include "samples.h"

#define RUN_FILES 16

struct run_options {
	const char *out, *run_id, *resume, *csv;
	bool dry_run, quiet;
	struct path_ends ends;
};

struct run {
	struct run_options options;
	int files[RUN_FILES]; /* experiments, opened before they are read */
	size_t file_count, file_next;
	bool changed; /* the command line describes an experiment */
	struct experiment experiment;
	struct plan plan;
	struct folder folder;
	struct progress progress;
	unsigned char *done; /* of cell * repeats + repeat: it is in samples.csv */
	bool *probed;        /* of cell: its probed repeat is in samples.csv */
	bool *ended;         /* of cell: no more repeats, it cannot run here */
	size_t *shown;       /* of cell: repeats that are through */
	int csv_fd;          /* of --csv, -1: none */
	FILE *people;        /* where tables go: stdout, or stderr when stdout has the CSV */
	size_t failed, skipped, measured; /* rows of this process */
};

/*
 * Goes through all blocks. 0 when all is through, -EINTR when the user stopped it, another -errno
 * and a sentence when a row could not be kept.
 */
int run_blocks(struct run *run, struct reason *why);

#endif
