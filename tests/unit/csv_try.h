/* SPDX-License-Identifier: MIT */
/* csv_try: what the tests of CSV share: a file in memory, read back. */
#ifndef ZCBENCH_TEST_CSV_TRY_H
#define ZCBENCH_TEST_CSV_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csv.h"

static struct reason why;

/* A file in memory, and what csv_read found in it: cells in [], rows in lines. */
struct file {
	int fd;
	off_t valid_end;
	size_t refuse_row; /* the callback refuses this one, counted from 1 */
	size_t rows;
	char text[1 << 18];
	size_t length;
};

static inline int set_up(void **state)
{
	struct file *file = calloc(1, sizeof(*file));
	*state = file;
	file->fd = memfd_create("csv", MFD_CLOEXEC);
	return file->fd < 0;
}

static inline int tear_down(void **state)
{
	struct file *file = *state;
	close(file->fd);
	free(file);
	return 0;
}

static inline int note_row(void *context, size_t count, char *const *cells)
{
	struct file *file = context;
	if (++file->rows == file->refuse_row)
		return -ECANCELED;
	for (size_t i = 0; i < count; i++)
		file->length +=
			(size_t)snprintf(file->text + file->length,
					 sizeof(file->text) - file->length, "[%s]", cells[i]);
	file->text[file->length++] = '\n';
	file->text[file->length] = '\0';
	return 0;
}

static inline int read_back(struct file *file)
{
	char name[32];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file->fd);
	file->rows = file->length = 0;
	file->text[0] = why.text[0] = '\0';
	return csv_read(name, note_row, file, &file->valid_end, &why);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
