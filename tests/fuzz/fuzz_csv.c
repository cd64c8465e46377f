/* SPDX-License-Identifier: MIT */
/*
 * CSV from any bytes: refused with a sentence, or read; and the rows that were read, written
 * again, read the same. Built with clang -fsanitize=fuzzer,address,undefined.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
	int fd;         /* rows are written here, -1: only counted */
	uint64_t cells; /* a digest of their order and text */
	size_t rows;
};

static int take(void *context, size_t count, char *const *cells)
{
	struct copy *copy = context;
	struct csv_row row = { 0 };
	struct reason why;
	for (size_t i = 0; i < count; i++) {
		csv_add(&row, cells[i]);
		for (const char *c = cells[i];; c++) {
			copy->cells = (copy->cells ^ (unsigned char)*c) * 0x100000001b3;
			if (!*c)
				break;
		}
	}
	copy->cells = (copy->cells ^ count) * 0x100000001b3;
	copy->rows++;
	if (copy->fd >= 0 && csv_append(copy->fd, &row, &why))
		abort();
	csv_free(&row);
	return 0;
}

static int read_fd(int fd, struct copy *copy, off_t *valid_end)
{
	char file[32];
	struct reason why = { "" };
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	int err = csv_read(file, take, copy, valid_end, &why);
	if (err && !*why.text)
		abort();
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	off_t end, again_end;
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	if (in < 0 || out < 0 || write(in, data, size) != (ssize_t)size)
		abort();
	struct copy first = { .fd = out }, again = { .fd = -1 };
	int err = read_fd(in, &first, &end);
	if (end < 0 || end > (off_t)size || (!err && !first.rows != !end))
		abort();
	if (end && data[end - 1] != '\n')
		abort();

	/* Doubled quotes can make a row too long for a second reading; a digest cannot be had. */
	if (!read_fd(out, &again, &again_end) &&
	    (again.rows != first.rows || again.cells != first.cells ||
	     again_end != lseek(out, 0, SEEK_END)))
		abort();
	close(in);
	close(out);
	return 0;
}
