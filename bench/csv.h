/* SPDX-License-Identifier: MIT */
/* csv: samples.csv as RFC 4180 writes it, one write(2) a row, valid at every instant. */
#ifndef ZCBENCH_CSV_H
#define ZCBENCH_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "reason.h"

/* Growing text of one row: zeroed, it is empty. */
struct csv_row {
	char *text; /* each cell is followed by a comma; csv_append makes the last one \n */
	size_t length, room;
	bool failed; /* out of memory: csv_append refuses it */
};

void csv_add(struct csv_row *row, const char *value); /* quotes where it has to; "" is unknown */
void csv_free(struct csv_row *row);

/*
 * Ends the row with \n and appends it to fd with one write. A row that does not fit (a full disk)
 * is cut off a file again, so that it ends with a whole row; a pipe or a terminal takes the rest
 * of a short write when it can. Ignore SIGXFSZ and SIGPIPE to get the error instead of the signal.
 * 0, or -errno and a sentence. The row is empty again afterwards.
 */
int csv_append(int fd, struct csv_row *row, struct reason *why);

/*
 * Reads a file of bounded size (1 GiB; 1024 columns; 64 KiB a row) row by row. A last line
 * without its newline is not a row; *valid_end is the offset after the last whole row, also when
 * an error follows it. The callback gets the unquoted cells and returns 0 to go on; anything else
 * is what csv_read returns, with the callback's own sentence. 0 or -errno and a sentence that
 * names file and line.
 */
typedef int csv_row_fn(void *context, size_t count, char *const *cells);
int csv_read(const char *file, csv_row_fn *row, void *context, off_t *valid_end,
	     struct reason *why);

/* The same of an open file, from its start; name: for the sentence. */
int csv_read_fd(int fd, const char *name, csv_row_fn *row, void *context, off_t *valid_end,
		struct reason *why);

#endif
