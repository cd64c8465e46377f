/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "label.h"
#include "service.h"
#include "summary.h"

#define MAX_COLUMNS 64
#define CELL_ROOM   64

struct table {
	size_t columns, rows;
	int width[MAX_COLUMNS];
	bool left[MAX_COLUMNS];
	char (*text)[CELL_ROOM]; /* row-major, the header first */
};

static char *at(const struct table *table, size_t row, size_t column)
{
	return table->text[row * MAX_COLUMNS + column];
}

static bool varies(const struct summary *summary, const struct field *field)
{
	char first[FIELD_ROOM], other[FIELD_ROOM];
	for (size_t i = 0; i < summary->count; i++) {
		field_format(field, &summary->cells[i].first->cell, i ? other : first);
		if (i && strcmp(first, other))
			return true;
	}
	return false;
}

static void add_dimensions(struct table *table, const struct summary *summary)
{
	for (size_t d = 0; d < cell_table.count && table->columns < MAX_COLUMNS - 10; d++) {
		const struct field *field = &cell_table.rows[d];
		if (!varies(summary, field) && strcmp(field->name, "tx") &&
		    strcmp(field->name, "size"))
			continue;
		snprintf(at(table, 0, table->columns), CELL_ROOM, "%s", field->name);
		for (size_t i = 0; i < summary->count; i++)
			label_dimension(field, &summary->cells[i].first->cell,
					at(table, i + 1, table->columns), CELL_ROOM);
		table->left[table->columns++] =
			field->type == FIELD_CHOICE || field->type == FIELD_TEXT;
	}
}

/* Cells of different services are no better or worse for their speed: each says which it has. */
static void add_service(struct table *table, const struct summary *summary)
{
	if (summary->services < 2)
		return;
	strcpy(at(table, 0, table->columns), "service");
	for (size_t i = 0; i < summary->count; i++) {
		const struct service *service = service_of(&summary->cells[i].first->cell);
		snprintf(at(table, i + 1, table->columns), CELL_ROOM, "%s",
			 service ? service->name : "-");
	}
	table->left[table->columns++] = true;
}

static void print_number(char *text, double value, const char *format)
{
	if (isnan(value))
		snprintf(text, CELL_ROOM, "-");
	else
		snprintf(text, CELL_ROOM, format, value); /* a literal of this file */
}

static void put_n(char *text, const struct summary_cell *cell)
{
	snprintf(text, CELL_ROOM, "%zu%s", cell->goodput.count, cell->invalid ? "*" : "");
}

static void put_goodput(char *text, const struct summary_cell *cell)
{
	label_rate(cell->goodput.median, text, CELL_ROOM);
	if (!*text)
		strcpy(text, "-");
}

static void put_tx(char *text, const struct summary_cell *cell)
{
	print_number(text, cell->tx_cost.median, "%.3f");
}

static void put_rx(char *text, const struct summary_cell *cell)
{
	print_number(text, cell->rx_cost.median, "%.3f");
}

static void put_host(char *text, const struct summary_cell *cell)
{
	print_number(text, cell->host_cost.median, "%.3f");
}

static void put_ratio(char *text, const struct summary_cell *cell)
{
	const struct stats_interval *ratio = &cell->goodput_ratio;
	if (!ratio->count)
		snprintf(text, CELL_ROOM, "-");
	else
		snprintf(text, CELL_ROOM, "%.2fx [%.2f, %.2f]", ratio->median, ratio->low,
			 ratio->high);
}

static void put_copied(char *text, const struct summary_cell *cell)
{
	print_number(text, 100 * cell->copied_share, "%.0f %%");
}

static void put_lost(char *text, const struct summary_cell *cell)
{
	print_number(text, 100 * cell->lost_share, "%.3g %%");
}

static void put_latency(char *text, const struct summary_cell *cell)
{
	label_ns(cell->latency_p50.median, text, CELL_ROOM);
	if (!*text)
		strcpy(text, "-");
}

static void put_verdict(char *text, const struct summary_cell *cell)
{
	snprintf(text, CELL_ROOM, "%s", cell->verdict);
}

static const struct column {
	const char *title;
	bool left;
	void (*put)(char *text, const struct summary_cell *cell);
} columns[] = {
	{ "n", false, put_n },
	{ "goodput", false, put_goodput },
	{ "tx ns/B", false, put_tx },
	{ "rx ns/B", false, put_rx },
	{ "host ns/B", false, put_host },
	{ "vs plain", false, put_ratio },
	{ "lost", false, put_lost },
	{ "tx copied", false, put_copied },
	{ "p50", false, put_latency },
	{ "verdict", true, put_verdict },
};

static bool all_dashes(const struct table *table, size_t column)
{
	for (size_t row = 1; row < table->rows; row++)
		if (strcmp(at(table, row, column), "-"))
			return false;
	return true;
}

static void add_metrics(struct table *table, const struct summary *summary)
{
	for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
		snprintf(at(table, 0, table->columns), CELL_ROOM, "%s", columns[c].title);
		for (size_t i = 0; i < summary->count; i++)
			columns[c].put(at(table, i + 1, table->columns), &summary->cells[i]);
		table->left[table->columns] = columns[c].left;
		if (!all_dashes(table, table->columns))
			table->columns++;
	}
}

static void print_rows(FILE *out, struct table *table)
{
	for (size_t row = 0; row < table->rows; row++)
		for (size_t c = 0; c < table->columns; c++) {
			int width = (int)strlen(at(table, row, c));
			if (width > table->width[c])
				table->width[c] = width;
		}
	for (size_t row = 0; row < table->rows; row++)
		for (size_t c = 0; c < table->columns; c++) {
			bool last = c + 1 == table->columns;
			int width = last && table->left[c] ? 0 : table->width[c];
			fprintf(out, "%*s%s", table->left[c] ? -width : width, at(table, row, c),
				last ? "\n" : "  ");
		}
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void print_validity(FILE *out, const struct summary *summary)
{
	size_t stolen = summary->stolen, loaded = summary->loaded, moving = summary->moving;
	if (stolen)
		fprintf(out,
			"Not valid: %zu repeat%s in which the hypervisor took more than 1 %% of the CPUs "
			"(host_steal_ns).\n",
			stolen, plural(stolen));
	if (loaded)
		fprintf(out,
			"Not valid: %zu repeat%s in which other programs used more than 5 %% of the CPUs "
			"(host_foreign_ns);\nstop them, or isolate CPUs: see `zcbench doctor`.\n",
			loaded, plural(loaded));
	if (stolen + loaded)
		fputs("What is not valid has no say in a median.\n", out);
	if (summary->invalid)
		fprintf(out,
			"*: %zu cell%s without a valid repeat: the figures are of those there are, for a "
			"first look,\nand not to be cited.\n",
			summary->invalid, plural(summary->invalid));
	if (moving)
		fprintf(out,
			"Kept: %zu repeat%s with a trend or a step inside the window (rx_slices); a longer "
			"--warmup may help.\n",
			moving, plural(moving));
}

static void print_services(FILE *out, const struct summary *summary)
{
	char gives[128];
	for (size_t s = 0; summary->services > 1 && services[s]; s++)
		for (size_t i = 0; i < summary->count; i++)
			if (service_of(&summary->cells[i].first->cell) == services[s]) {
				service_gives(services[s], gives, sizeof(gives));
				fprintf(out, "service %s: %s.\n", services[s]->name, gives);
				break;
			}
}

static void print_notes(FILE *out, const struct summary *summary)
{
	bool ratios = false, confident = true;
	for (size_t i = 0; i < summary->count; i++) {
		const struct stats_interval *ratio = &summary->cells[i].goodput_ratio;
		ratios = ratios || ratio->count;
		confident = confident && (!ratio->count || ratio->confident);
	}
	fputs("\nMedians of n repeats. tx, rx: CPU of the two ends; host: of all CPUs, softirq "
	      "included.\n",
	      out);
	if (ratios)
		fprintf(out,
			"vs plain: goodput over that of the service's plain sender (tcp: send) in "
			"the same block, median [%s].\n",
			confident ? "interval of at least 95 %"
				  : "range: fewer than 6 repeats give no interval");
	print_services(out, summary);
	print_validity(out, summary);
}

void table_print(FILE *out, const struct samples *samples)
{
	struct summary summary;
	struct table table = { 0 };
	if (summary_open(&summary, samples))
		return;
	table.rows = summary.count + 1;
	table.text = calloc(table.rows * MAX_COLUMNS, CELL_ROOM);
	if (table.text && summary.count) {
		add_dimensions(&table, &summary);
		add_service(&table, &summary);
		add_metrics(&table, &summary);
		fputc('\n', out);
		print_rows(out, &table);
		print_notes(out, &summary);
	}
	free(table.text);
	summary_close(&summary);
}
