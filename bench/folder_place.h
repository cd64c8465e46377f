/* SPDX-License-Identifier: MIT */
/* folder_place: where the folder of a run is, and its files as the file system has them. */
#ifndef ZCBENCH_FOLDER_PLACE_H
#define ZCBENCH_FOLDER_PLACE_H

#include <limits.h>
#include <stddef.h>

#include "reason.h"

struct folder_place {
	char path[PATH_MAX];
	char run_id[64]; /* of one that was made */
	int dir;         /* fd */
};

enum folder_file {
	FOLDER_SAMPLES_NEW, /* there must be none */
	FOLDER_SAMPLES,     /* to be read, and appended to */
	FOLDER_LATENCY_NEW, /* made unless there is one */
	FOLDER_LATENCY,
	FOLDER_MANIFEST,       /* to be read */
	FOLDER_MANIFEST_NEW,   /* to be written, beside the one that is there */
	FOLDER_MANIFEST_SET,   /* the new one takes the place of the old: no fd, but 0 */
	FOLDER_MANIFEST_UNSET, /* the new one goes away: 0 */
	FOLDER_FILES,
};

/*
 * Makes BASE/RUN_ID. run_id NULL: the usual name, with "-2" behind it if there is such a run. 0, or
 * -errno and a sentence; then nothing is open.
 */
int folder_place_make(struct folder_place *place, const char *base, const char *run_id,
		      struct reason *why);
int folder_place_find(struct folder_place *place, const char *path, struct reason *why);

/* Links are not followed: who may write there shall not choose what root opens. */
int folder_place_file(const struct folder_place *place, enum folder_file file, struct reason *why);

/* "20261122T231500123Z-HOST", the usual name of a run: UTC to the millisecond. */
void folder_name(char *run_id, size_t room);

#endif
