/* SPDX-License-Identifier: MIT */
#include "experiment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"

static const char *probes_name(uint64_t i)
{
	static const char *const names[] = { "off", "auto", "require" };
	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

static const struct field rows[] = {
	{ .name = "name",
	  .type = FIELD_TEXT,
	  .summary = "Name of the experiment.",
	  .offset = offsetof(struct settings, name),
	  .room = sizeof(((struct settings *)0)->name),
	  .preset = "custom" },
	{ .name = "description",
	  .type = FIELD_TEXT,
	  .summary = "What the experiment is for.",
	  .offset = offsetof(struct settings, description),
	  .room = sizeof(((struct settings *)0)->description),
	  .preset = "" },
	{ .name = "repeats",
	  .type = FIELD_COUNT,
	  .summary = "Fresh measurements of each cell.",
	  .offset = offsetof(struct settings, repeats),
	  .min = 1,
	  .max = 1000,
	  .preset = "5" },
	{ .name = "seed",
	  .type = FIELD_COUNT,
	  .summary = "Decides the order of the repeats; auto: drawn by the run, and recorded.",
	  .flags = FIELD_MAY_AUTO,
	  .offset = offsetof(struct settings, seed),
	  .preset = "auto" },
	{ .name = "limit",
	  .type = FIELD_DURATION,
	  .summary = "Longest that a repeat may take beyond its warm-up and duration (and all of a "
		     "transfer bounded by bytes); agents that hang are killed then.",
	  .offset = offsetof(struct settings, limit_ns),
	  .min = 1000000000,
	  .max = 86400000000000,
	  .preset = "30" },
	{ .name = "probes",
	  .type = FIELD_CHOICE,
	  .summary =
		  "Kernel probes: auto measures each cell once more, first, with zcprobe counting "
		  "its copies (rows with probed=1, whose speeds are left out), if zcprobe can "
		  "count here; require fails those rows if it cannot.",
	  .offset = offsetof(struct settings, probes),
	  .choice = probes_name,
	  .preset = "off" },
};

const struct field_table settings_table = { rows, sizeof(rows) / sizeof(rows[0]) };

int experiment_open(struct experiment *experiment)
{
	*experiment = (struct experiment){ 0 };
	field_presets(&settings_table, &experiment->settings);
	experiment->lists = calloc(cell_table.count, sizeof(*experiment->lists));
	int err = experiment->lists ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < cell_table.count; i++) {
		const struct field *field = &cell_table.rows[i];
		struct reason why;
		err = value_list_add(&experiment->lists[i], field, field->preset, &why);
	}
	if (err)
		experiment_close(experiment);
	return err;
}

void experiment_close(struct experiment *experiment)
{
	for (size_t i = 0; experiment->lists && i < cell_table.count; i++)
		value_list_free(&experiment->lists[i]);
	free(experiment->lists);
	experiment->lists = NULL;
}

static int refuse_key(const char *key, struct reason *why)
{
	struct nearest nearest;
	nearest_open(&nearest, key);
	for (size_t i = 0; i < cell_table.count; i++)
		nearest_try(&nearest, cell_table.rows[i].name);
	for (size_t i = 0; i < settings_table.count; i++)
		nearest_try(&nearest, settings_table.rows[i].name);
	return reason_set(why, EINVAL,
			  "there is no key '%.40s', the nearest is %s; `zcbench list fields` names "
			  "them all",
			  key, nearest.name);
}

int experiment_key(const char *key, struct reason *why)
{
	const struct field *field = field_find(&cell_table, key);
	if (field)
		return (int)(field - cell_table.rows);
	field = field_find(&settings_table, key);
	if (field)
		return (int)(cell_table.count + (size_t)(field - settings_table.rows));
	return refuse_key(key, why);
}

/* run.json is UTF-8: what could not be written there is better refused before the run. */
static int check_utf8(const char *key, const char *text, struct reason *why)
{
	json_t *string = json_string(text);
	if (!string)
		return reason_set(why, EINVAL, "%.40s: the value is not UTF-8", key);
	json_decref(string);
	return 0;
}

int experiment_set(struct experiment *experiment, const char *key, const char *text,
		   struct reason *why)
{
	int number = experiment_key(key, why);
	if (number < 0)
		return number;
	int err = check_utf8(key, text, why);
	if (err)
		return err;

	size_t row = (size_t)number;
	if (row >= cell_table.count)
		return field_parse(&settings_table.rows[row - cell_table.count],
				   &experiment->settings, text, why);

	struct value_list list = { 0 };
	err = value_list_add(&list, &cell_table.rows[row], text, why);
	if (!err)
		experiment_take(experiment, row, &list);
	value_list_free(&list);
	return err;
}

void experiment_take(struct experiment *experiment, size_t row, struct value_list *list)
{
	value_list_free(&experiment->lists[row]);
	experiment->lists[row] = *list;
	*list = (struct value_list){ 0 };
}
