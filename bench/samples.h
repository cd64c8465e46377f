/* SPDX-License-Identifier: MIT */
/* samples: samples.csv as rows of cell and sample, written and read through the field tables. */
#ifndef ZCBENCH_SAMPLES_H
#define ZCBENCH_SAMPLES_H

#include <stddef.h>
#include <sys/types.h>

#include "cell.h"
#include "reason.h"
#include "sample.h"

struct samples_row {
	struct cell cell;
	struct sample sample;
};

struct samples {
	struct samples_row *rows;
	size_t count, room;
	bool foreign; /* read from other columns than those that samples_write writes */
};

/* The columns: keys, dimensions, metrics. 0, or -errno and a sentence. */
int samples_write_header(int fd, struct reason *why);
int samples_write(int fd, const struct cell *cell, const struct sample *sample, struct reason *why);

/*
 * Reads all whole rows. Columns are found by name, in any order; unknown ones are passed over and
 * missing ones are unknown or preset. name: for the sentence. *valid_end: see csv_read.
 */
int samples_read(struct samples *samples, int fd, const char *name, off_t *valid_end,
		 struct reason *why);
void samples_free(struct samples *samples);

#endif
