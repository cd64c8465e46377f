/* SPDX-License-Identifier: MIT */
/* The verb `list`: the tables of the program, as tables. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mode.h"
#include "path.h"
#include "sample.h"
#include "service.h"
#include "transport.h"
#include "verb.h"
#include "workload.h"

#ifndef ZCBENCH_DATA
#define ZCBENCH_DATA "/usr/local/share/zcbench"
#endif

static int list_modes(void)
{
	for (enum mode_direction direction = MODE_TX; direction <= MODE_RX; direction++)
		for (uint64_t i = 0; mode_get(direction, i); i++) {
			const struct copy_mode *mode = mode_get(direction, i);
			printf("%s  %-22s %-8s %s\n", direction == MODE_TX ? "tx" : "rx",
			       mode->name, mode->service->name, mode->summary);
		}
	return 0;
}

static int list_services(void)
{
	for (size_t i = 0; services[i]; i++) {
		char gives[128];
		service_gives(services[i], gives, sizeof(gives));
		printf("%-10s %s: %s\n", services[i]->name, services[i]->summary, gives);
	}
	return 0;
}

static int list_paths(void)
{
	for (size_t i = 0; paths[i]; i++)
		printf("%-10s %s\n", paths[i]->name, paths[i]->summary);
	return 0;
}

static int list_workloads(void)
{
	for (size_t i = 0; workloads[i]; i++)
		printf("%-10s %s\n", workloads[i]->name, workloads[i]->summary);
	return 0;
}

static int list_transports(void)
{
	for (unsigned int i = 0; transport_name(i); i++)
		printf("%-10s %s\n", transport_name(i), transport_summary(i));
	return 0;
}

static const char *kind(const struct field *field)
{
	static const char *const names[] = {
		[FIELD_COUNT] = "integer",    [FIELD_SIZE] = "bytes",  [FIELD_DURATION] = "seconds",
		[FIELD_SWITCH] = "on or off", [FIELD_CHOICE] = "name", [FIELD_REAL] = "decimal",
		[FIELD_TEXT] = "text",
	};
	return names[field->type];
}

static void list_columns(const char *title, const struct field_table *table)
{
	printf("\n## %s\n\n| column | type | meaning |\n| --- | --- | --- |\n", title);
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		printf("| `%s` | %s%s | %s |\n", field->name, kind(field),
		       field->flags & FIELD_MAY_AUTO ? " or auto" : "", field->summary);
	}
}

/* Markdown: it is also the file results/COLUMNS.md. */
static int list_fields(void)
{
	puts("<!-- SPDX-License-Identifier: MIT -->\n<!-- Made by `zcbench list fields`. -->\n"
	     "# Columns of samples.csv\n\n"
	     "One row is one repeat of one cell. Unknown is empty, never 0. Sizes are bytes, times "
	     "are ns\nunless a name says otherwise.");
	list_columns("Keys", &sample_key_table);
	list_columns("Dimensions: also options of `zcbench run` and keys of an experiment",
		     &cell_table);
	list_columns("Metrics", &sample_table);
	list_columns("Settings: of the experiment, in run.json only", &settings_table);
	return 0;
}

static void list_experiment(const char *folder, const char *file)
{
	char path[4096];
	struct experiment experiment;
	struct reason why;
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (experiment_open(&experiment))
		return;
	if (experiment_load(&experiment, path, &why))
		printf("%-32s %s\n", path, why.text);
	else
		printf("%-32s %s\n", path, experiment.settings.description);
	experiment_close(&experiment);
}

static int is_experiment(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);
	return length > 5 && !strcmp(entry->d_name + length - 5, ".yaml");
}

static int list_experiments(void)
{
	static const char *const folders[] = { "experiments", ZCBENCH_DATA "/experiments" };
	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
		struct dirent **entries;
		int n = scandir(folders[f], &entries, is_experiment, alphasort);
		for (int i = 0; i < n; i++) {
			list_experiment(folders[f], entries[i]->d_name);
			free(entries[i]);
		}
		if (n >= 0)
			free(entries);
		if (n > 0)
			return 0;
	}
	fprintf(stderr, "zcbench: no experiments in ./experiments or %s\n", folders[1]);
	return EXIT_TOOL_ERROR;
}

static const struct {
	const char *name;
	int (*print)(void);
} lists[] = {
	{ "modes", list_modes },
	{ "services", list_services },
	{ "paths", list_paths },
	{ "workloads", list_workloads },
	{ "transports", list_transports },
	{ "fields", list_fields },
	{ "experiments", list_experiments },
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

struct chosen {
	int (*print)(void);
};

static int take(void *context, const char *name, const char *argument, struct reason *why)
{
	struct chosen *chosen = context;
	(void)name;
	for (size_t i = 0; i < LISTS; i++)
		if (!strcmp(lists[i].name, argument)) {
			chosen->print = lists[i].print;
			return 0;
		}
	return reason_set(
		why, 22,
		"there is no list '%.40s'; there are modes, services, paths, workloads, transports, "
		"fields and experiments",
		argument);
}

static int list_main(int argc, char **argv)
{
	struct chosen chosen = { 0 };
	verb_parse(&verb_list, argc, argv, take, &chosen);
	if (chosen.print)
		return chosen.print();
	for (size_t i = 0; i < LISTS; i++)
		puts(lists[i].name);
	return 0;
}

const struct verb verb_list = {
	.name = "list",
	.arguments = "[modes|services|paths|workloads|transports|fields|experiments]",
	.summary = "Print one of the program's tables.",
	.main = list_main,
};
