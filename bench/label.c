/* SPDX-License-Identifier: MIT */
#include "label.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mode.h"
#include "path.h"

void label_size(uint64_t bytes, char *text, size_t room)
{
	static const char units[] = "KMGT";
	int unit = -1;
	while (bytes && bytes % 1024 == 0 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, room, "%" PRIu64 "%.*s", bytes, unit >= 0, unit >= 0 ? &units[unit] : "");
}

void label_dimension(const struct field *field, const struct cell *cell, char *text, size_t room)
{
	char value[FIELD_ROOM];
	const uint64_t *number = (const void *)((const char *)cell + field->offset);
	if (field->type == FIELD_SIZE && *number <= FIELD_MAX) {
		label_size(*number, text, room);
		return;
	}
	field_format(field, cell, value);
	snprintf(text, room, "%s", value);
}

static bool at_preset(const struct field *field, const struct cell *cell)
{
	struct cell preset = *cell;
	struct reason why;
	char now[FIELD_ROOM], then[FIELD_ROOM];
	if (field_parse(field, &preset, field->preset, &why))
		return false;
	field_format(field, cell, now);
	field_format(field, &preset, then);
	return !strcmp(now, then);
}

void label_cell(const struct cell *cell, char *text, size_t room)
{
	static const char *const shown[] = { "tx", "rx", "path", "size", "warmup", "duration" };
	char value[64];
	label_size(cell->size, value, sizeof(value));
	size_t used = (size_t)snprintf(text, room, "%s > %s, %s, %s", cell_tx(cell)->name,
				       cell_rx(cell)->name, cell_path(cell)->name, value);
	for (size_t i = 0; i < cell_table.count && used < room; i++) {
		const struct field *field = &cell_table.rows[i];
		bool skip = at_preset(field, cell);
		for (size_t s = 0; s < sizeof(shown) / sizeof(shown[0]); s++)
			skip = skip || !strcmp(field->name, shown[s]);
		if (skip)
			continue;
		label_dimension(field, cell, value, sizeof(value));
		used += (size_t)snprintf(text + used, room - used, ", %s=%s", field->name, value);
	}
}

static void scale(double value, double step, const char *const *units, const char *suffix,
		  char *text, size_t room)
{
	if (isnan(value)) {
		*text = '\0';
		return;
	}
	/* What would be printed as 1000 is 1.00 of the next unit. */
	while (value >= step - 0.5 && units[1]) {
		value /= step;
		units++;
	}
	int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	snprintf(text, room, "%.*f %s%s", digits, value, *units, suffix);
}

void label_rate(double bytes_per_s, char *text, size_t room)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", NULL };
	scale(bytes_per_s, 1000, units, "/s", text, room);
}

void label_ns(double ns, char *text, size_t room)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };
	scale(ns, 1000, units, "", text, room);
}
