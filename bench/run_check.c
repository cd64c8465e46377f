/* SPDX-License-Identifier: MIT */
#include "run_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "label.h"

/* What starting and ending two agents takes, beside the windows. */
#define REPEAT_OVERHEAD_NS 100000000ULL

int run_check_print(const struct run *run)
{
	uint64_t ns = 0, repeats = run->experiment.settings.repeats;
	size_t sensible = 0, unbounded = 0;
	for (size_t i = 0; i < run->plan.count; i++) {
		const struct cell *cell = &run->plan.cells[i];
		char label[256];
		struct reason why;
		bool skip = cell_check(cell, &why);
		label_cell(cell, label, sizeof(label));
		printf("%zu  %s%s%s\n", i + 1, label, skip ? ": skip: " : "", skip ? why.text : "");
		if (skip)
			continue;
		sensible++;
		unbounded += cell->bytes != FIELD_AUTO;
		ns += cell->bytes == FIELD_AUTO ? cell->warmup_ns + cell->duration_ns : 0;
		ns += REPEAT_OVERHEAD_NS;
	}
	char duration[32];
	progress_duration(ns / 1000000000 * repeats + 1, duration, sizeof(duration));
	printf("%zu cells, %zu of them make sense; %" PRIu64 " repeats each; about %s%s\n",
	       run->plan.count, sensible, repeats, duration,
	       unbounded ? " and the time of the transfers bounded by bytes" : "");
	return 0;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	for (size_t i = 0; i < cell_table.count; i++) {
		char x[FIELD_ROOM], y[FIELD_ROOM];
		field_format(&cell_table.rows[i], a, x);
		field_format(&cell_table.rows[i], b, y);
		if (strcmp(x, y))
			return false;
	}
	return true;
}

int run_check_resume(const struct run *run, const struct samples *samples, struct reason *why)
{
	for (size_t i = 0; i < samples->count; i++) {
		const struct samples_row *row = &samples->rows[i];
		uint64_t number = row->sample.cell;
		if (number < 1 || number > run->plan.count ||
		    !same_cell(&row->cell, &run->plan.cells[number - 1]))
			return reason_set(why, EINVAL,
					  "--resume: row %zu of samples.csv is no cell of this "
					  "experiment; resume without options that change it",
					  i + 1);
	}
	return 0;
}
