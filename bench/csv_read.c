/* SPDX-License-Identifier: MIT */
/* Reading samples.csv back: RFC 4180 with \n or \r\n, and nothing looser. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"

#define FILE_MAX_BYTES (1LL << 30)
#define ROW_MAX_BYTES  (64U << 10)
#define COLUMNS_MAX    1024

enum state {
	CELL_START, /* at the start of a cell */
	PLAIN,      /* inside one without quotes */
	QUOTED,     /* inside quotes */
	QUOTE_SEEN, /* after a quote inside quotes: their end, or the first of a doubled one */
	CR_SEEN,    /* after \r: only \n may follow */
};

/* The row being read, its cells one after the other, each with its NUL. */
struct row {
	enum state state;
	size_t bytes; /* of the row as it is in the file */
	size_t length, count;
	char *cells[COLUMNS_MAX];
	char text[ROW_MAX_BYTES + 2]; /* a row without commas gains one NUL */
};

static void row_open(struct row *row)
{
	row->state = CELL_START;
	row->bytes = row->length = row->count = 0;
}

static const char *cell_start(struct row *row)
{
	if (row->count == COLUMNS_MAX)
		return "the row has more than 1024 cells";
	row->cells[row->count++] = row->text + row->length;
	return NULL;
}

static const char *cell_end(struct row *row, char c)
{
	row->text[row->length++] = '\0';
	row->state = c == '\r' ? CR_SEEN : CELL_START;
	return c == ',' ? cell_start(row) : NULL;
}

static void cell_grow(struct row *row, char c, enum state state)
{
	row->text[row->length++] = c;
	row->state = state;
}

static bool is_end(char c)
{
	return c == ',' || c == '\n' || c == '\r';
}

/* Takes one more character; returns NULL, or what is wrong with it. */
static const char *row_take(struct row *row, char c)
{
	const char *wrong = row->bytes ? NULL : cell_start(row);
	if (wrong)
		return wrong;
	if (++row->bytes > ROW_MAX_BYTES)
		return "the row is longer than 64 KiB";
	if (!c)
		return "there is a NUL character";

	switch (row->state) {
	case CELL_START:
	case PLAIN:
		if (is_end(c))
			return cell_end(row, c);
		if (c != '"')
			cell_grow(row, c, PLAIN);
		else if (row->state == PLAIN)
			return "there is a quote inside a cell that does not begin with one";
		else
			row->state = QUOTED;
		return NULL;
	case QUOTED:
		if (c == '"')
			row->state = QUOTE_SEEN;
		else
			cell_grow(row, c, QUOTED);
		return NULL;
	case QUOTE_SEEN:
		if (is_end(c))
			return cell_end(row, c);
		if (c != '"')
			return "a closing quote is followed by something else than a comma";
		cell_grow(row, c, QUOTED);
		return NULL;
	case CR_SEEN:
		return c == '\n' ? NULL : "there is a carriage return without quotes";
	}
	return NULL;
}

/* Did c, which row_take took, end the row? */
static bool row_ended(const struct row *row, char c)
{
	return c == '\n' && row->state != QUOTED;
}

/* Reads all of stream; line is where the reading stopped. */
static int read_rows(FILE *stream, struct row *row, csv_row_fn *take, void *context,
		     off_t *valid_end, size_t *line, const char **wrong)
{
	off_t offset = 0;
	int c, err = 0;
	row_open(row);
	while (!err && (c = getc_unlocked(stream)) != EOF) {
		*wrong = ++offset > FILE_MAX_BYTES ? "the file is larger than 1 GiB"
						   : row_take(row, (char)c);
		if (*wrong)
			return -EINVAL;
		if (row_ended(row, (char)c)) {
			err = take(context, row->count, row->cells);
			if (!err)
				*valid_end = offset;
			row_open(row);
		}
		*line += c == '\n';
	}
	if (!err && ferror(stream)) {
		*wrong = strerror(errno);
		err = -errno;
	}
	return err;
}

static int read_stream(FILE *stream, const char *name, csv_row_fn *row, void *context,
		       off_t *valid_end, struct reason *why)
{
	const char *wrong = NULL;
	size_t line = 1;
	struct row *current = malloc(sizeof(*current));
	int err = -ENOMEM;
	if (current)
		err = read_rows(stream, current, row, context, valid_end, &line, &wrong);
	else
		wrong = "out of memory";
	if (wrong)
		reason_set(why, -err, "%.120s:%zu: %s; mend the file, or run into a new folder",
			   name, line, wrong);
	free(current);
	return err;
}

int csv_read_fd(int fd, const char *name, csv_row_fn *row, void *context, off_t *valid_end,
		struct reason *why)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
	*valid_end = 0;
	if (!stream || fseek(stream, 0, SEEK_SET)) {
		int err = errno;
		if (stream)
			fclose(stream);
		else if (copy >= 0)
			close(copy);
		return reason_set(why, err, "%.120s cannot be read (%s)", name, strerror(err));
	}
	int err = read_stream(stream, name, row, context, valid_end, why);
	fclose(stream);
	return err;
}

int csv_read(const char *file, csv_row_fn *row, void *context, off_t *valid_end, struct reason *why)
{
	*valid_end = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return reason_set(why, errno, "%.120s cannot be opened (%s)", file,
				  strerror(errno));
	int err = csv_read_fd(fd, file, row, context, valid_end, why);
	close(fd);
	return err;
}
