/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"

#define MAX_COLUMNS 1024

/* In the order of the columns; `cell` says which half of a row the table describes. */
static const struct {
	const struct field_table *table;
	bool cell;
} parts[] = {
	{ &sample_key_table, false },
	{ &cell_table, true },
	{ &sample_table, false },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

int samples_write_header(int fd, struct reason *why)
{
	struct csv_row row = { 0 };
	for (size_t p = 0; p < PARTS; p++)
		for (size_t i = 0; i < parts[p].table->count; i++)
			csv_add(&row, parts[p].table->rows[i].name);
	int err = csv_append(fd, &row, why);
	csv_free(&row);
	return err;
}

int samples_write(int fd, const struct cell *cell, const struct sample *sample, struct reason *why)
{
	struct csv_row row = { 0 };
	for (size_t p = 0; p < PARTS; p++)
		for (size_t i = 0; i < parts[p].table->count; i++) {
			char text[FIELD_ROOM];
			field_format(&parts[p].table->rows[i],
				     parts[p].cell ? (const void *)cell : (const void *)sample,
				     text);
			csv_add(&row, text);
		}
	int err = csv_append(fd, &row, why);
	csv_free(&row);
	return err;
}

struct reading {
	struct samples *samples;
	struct reason *why;
	bool have_header;
	size_t columns;
	const struct field *field[MAX_COLUMNS]; /* NULL: a column we do not know */
	bool of_cell[MAX_COLUMNS];
};

static bool is_own_header(size_t count, char *const *cells)
{
	size_t c = 0;
	for (size_t p = 0; p < PARTS; p++)
		for (size_t i = 0; i < parts[p].table->count; i++, c++)
			if (c >= count || strcmp(cells[c], parts[p].table->rows[i].name))
				return false;
	return c == count;
}

static int read_header(struct reading *reading, size_t count, char *const *cells)
{
	if (count > MAX_COLUMNS)
		return reason_set(reading->why, EINVAL, "more than %d columns", MAX_COLUMNS);
	for (size_t c = 0; c < count; c++)
		for (size_t p = 0; p < PARTS && !reading->field[c]; p++) {
			reading->field[c] = field_find(parts[p].table, cells[c]);
			reading->of_cell[c] = parts[p].cell;
		}
	reading->have_header = true;
	reading->columns = count;
	reading->samples->foreign = !is_own_header(count, cells);
	return 0;
}

static struct samples_row *add_row(struct samples *samples)
{
	if (samples->count == samples->room) {
		size_t room = samples->room ? samples->room * 2 : 64;
		struct samples_row *rows = realloc(samples->rows, room * sizeof(*rows));
		if (!rows)
			return NULL;
		samples->rows = rows;
		samples->room = room;
	}
	struct samples_row *row = &samples->rows[samples->count++];
	memset(row, 0, sizeof(*row));
	field_presets(&cell_table, &row->cell);
	sample_clear(&row->sample);
	return row;
}

static int take_row(struct reading *reading, size_t count, char *const *cells)
{
	if (!reading->have_header)
		return read_header(reading, count, cells);
	if (count != reading->columns)
		return reason_set(reading->why, EINVAL, "a row has %zu cells, the header has %zu",
				  count, reading->columns);
	struct samples_row *row = add_row(reading->samples);
	if (!row)
		return reason_set(reading->why, ENOMEM, "no memory for the samples");
	for (size_t c = 0; c < count; c++) {
		void *object = reading->of_cell[c] ? (void *)&row->cell : (void *)&row->sample;
		if (!reading->field[c] || !*cells[c])
			continue;
		int err = field_parse(reading->field[c], object, cells[c], reading->why);
		if (err)
			return err;
	}
	return 0;
}

static int read_row(void *context, size_t count, char *const *cells)
{
	struct reading *reading = context;
	int err = take_row(reading, count, cells);
	struct reason inner = *reading->why;
	return err ? reason_set(reading->why, -err, "row %zu of samples.csv: %s",
				reading->samples->count + (count != reading->columns), inner.text)
		   : 0;
}

int samples_read(struct samples *samples, int fd, const char *name, off_t *valid_end,
		 struct reason *why)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	*samples = (struct samples){ 0 };
	if (!reading)
		return reason_set(why, ENOMEM, "no memory for reading %s", name);
	reading->samples = samples;
	reading->why = why;
	int err = csv_read_fd(fd, name, read_row, reading, valid_end, why);
	free(reading);
	if (err)
		samples_free(samples);
	return err;
}

void samples_free(struct samples *samples)
{
	free(samples->rows);
	*samples = (struct samples){ 0 };
}
