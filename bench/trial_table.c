/* SPDX-License-Identifier: MIT */
#include "trial_table.h"

#include <stdio.h>
#include <string.h>

#include "path.h"

#define TITLE  37
#define COLUMN 12 /* the longest verdict is contradicted */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static bool shows(const struct trial_table *table, size_t path)
{
	return !table->path || strcmp(paths[path]->name, table->path) == 0;
}

/* pad: what the cell before left of its column, so that no line ends in spaces. */
static size_t cell_put(size_t pad, const char *text)
{
	size_t length = strlen(text);
	printf("%*s%s", (int)pad + 1, "", text);
	return length < COLUMN ? COLUMN - length : 0;
}

void trial_table_begin(struct trial_table *table, const char *path)
{
	*table = (struct trial_table){ .path = path, .reasons = json_array() };
	printf("%*s", TITLE, "");
	for (size_t i = 0, pad = 0; paths[i]; i++)
		if (shows(table, i))
			pad = cell_put(pad, paths[i]->name);
	putchar('\n');
}

/* Counted from 1: a reason that was there before keeps its number. */
static size_t reason_number(struct trial_table *table, const char *reason)
{
	size_t i;
	json_t *known;
	json_array_foreach(table->reasons, i,
			   known) if (strcmp(json_string_value(known), reason) == 0) return i +
		1;
	json_array_append_new(table->reasons, json_string(reason));
	return i + 1;
}

static void row_open(struct trial_table *table, const json_t *trial)
{
	char mode[sizeof(table->mode)];
	snprintf(mode, sizeof(mode), "%.3s  %-22.30s %.16s", text_of(trial, "direction"),
		 text_of(trial, "mode"), text_of(trial, "service"));
	if (strcmp(mode, table->mode) == 0)
		return;
	if (*table->mode)
		putchar('\n');
	strcpy(table->mode, mode);
	table->column = 0;
	table->pad = (size_t)(TITLE - printf("  %s", mode));
}

/* What it says is of the mode's own side; the other end is plain. */
static void cell_add(struct trial_table *table, const json_t *trial)
{
	const char *side = text_of(trial, "side");
	char text[32];
	if (json_is_true(json_object_get(trial, "runs")))
		snprintf(text, sizeof(text), "%s", *side ? side : "runs");
	else
		snprintf(text, sizeof(text), "[%zu]",
			 reason_number(table, text_of(trial, "reason")));
	table->pad = cell_put(table->pad, text);
}

void trial_table_add(void *context, const json_t *trial)
{
	struct trial_table *table = context;
	row_open(table, trial);
	for (; paths[table->column]; table->column++) {
		if (!shows(table, table->column))
			continue;
		if (strcmp(paths[table->column]->name, text_of(trial, "path")) != 0) {
			table->pad = cell_put(table->pad, "-");
			continue;
		}
		cell_add(table, trial);
		table->column++;
		break;
	}
	fflush(stdout);
}

void trial_table_end(struct trial_table *table)
{
	size_t i;
	json_t *reason;
	puts("\n  The verdict is of the mode's own side, by what its interface says; runs: it makes "
	     "no claim.");
	json_array_foreach(table->reasons, i, reason)
		printf("  [%zu] does not run: %s\n", i + 1, json_string_value(reason));
	json_decref(table->reasons);
}
