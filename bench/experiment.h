/* SPDX-License-Identifier: MIT */
/*
 * experiment: a list of values for each dimension, and the settings of a run. It is read from
 * YAML, from options and from the run.json of an earlier run, by one grammar of values.
 */
#ifndef ZCBENCH_EXPERIMENT_H
#define ZCBENCH_EXPERIMENT_H

#include <jansson.h>
#include <stddef.h>

#include "cell.h"
#include "field.h"
#include "value_list.h"

enum settings_probes { PROBES_OFF, PROBES_AUTO, PROBES_REQUIRE };

struct settings {
	char name[64];
	char description[FIELD_ROOM];
	uint64_t repeats, seed, limit_ns;
	uint64_t probes; /* enum settings_probes */
};

extern const struct field_table settings_table;

struct experiment {
	struct settings settings;
	struct value_list *lists; /* one for each row of cell_table, in its order */
};

/* Every list holds its dimension's preset; the settings have theirs. 0 or -ENOMEM. */
int experiment_open(struct experiment *experiment);
void experiment_close(struct experiment *experiment);

/*
 * The number of a key, '-' and '_' being the same: below cell_table.count it is a row of
 * cell_table, from there on one of settings_table. -EINVAL and a sentence that names the nearest
 * key if there is none.
 */
int experiment_key(const char *key, struct reason *why);

/*
 * Replaces one list or setting. text: as value_list_add reads it; a setting takes one value.
 * 0, or -EINVAL or -ENOMEM and a sentence that names the key; then nothing has changed.
 */
int experiment_set(struct experiment *experiment, const char *key, const char *text,
		   struct reason *why);

/* Replaces the list of one row of cell_table by *list, which is empty afterwards. */
void experiment_take(struct experiment *experiment, size_t row, struct value_list *list);

/*
 * Reads a YAML mapping of keys to scalars or sequences of scalars, and nothing more of YAML:
 * anchors, aliases, tags and nesting are refused. 0 or -errno; the sentence names file and line.
 * Keys before the mistake are set then. Bounded: 1 MiB, 4096 values a list.
 */
int experiment_load(struct experiment *experiment, const char *file, struct reason *why);

/* The same in two steps: the fd, or -errno and a sentence; and what is in it. */
int experiment_open_file(const char *file, struct reason *why);
int experiment_load_fd(struct experiment *experiment, int fd, const char *file, struct reason *why);

/* The same from memory; file is its name in sentences. */
int experiment_load_text(struct experiment *experiment, const char *file, const char *text,
			 size_t length, struct reason *why);

/* {"name": "quick", "size": ["4096", ...], ...}: every value is a string. NULL: out of memory. */
json_t *experiment_to_json(const struct experiment *experiment);

/*
 * And back. Keys that are not there keep their values, so that the run.json of a zcbench that did
 * not know a dimension yet is read as its preset. 0, or -EINVAL or -ENOMEM and a sentence.
 */
int experiment_from_json(struct experiment *experiment, const json_t *json, struct reason *why);

#endif
