/* SPDX-License-Identifier: MIT */
/* trial_table: trials as a table for people, a row a mode, printed as they end. */
#ifndef ZCBENCH_TRIAL_TABLE_H
#define ZCBENCH_TRIAL_TABLE_H

#include <jansson.h>
#include <stddef.h>

struct trial_table {
	const char *path; /* the only one shown; NULL: all that are registered */
	json_t *reasons;  /* each once; its number stands in the cells that did not run */
	char mode[64];    /* of the row that is open */
	size_t column;    /* the next of that row */
	size_t pad;       /* spaces that are due before it */
};

/* Prints the head, which names the paths. path: show only that one; NULL: each. */
void trial_table_begin(struct trial_table *table, const char *path);

/* table: a struct trial_table, for trial_all. Trials of one mode come one after the other. */
void trial_table_add(void *table, const json_t *trial);

/* Prints the reasons of the numbers, and frees them. */
void trial_table_end(struct trial_table *table);

#endif
