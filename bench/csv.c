/* SPDX-License-Identifier: MIT */
/* Writing; csv_read.c reads. */
#include "csv.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_room(struct csv_row *row, size_t more)
{
	size_t room = row->room ? row->room : 1024;
	while (room - row->length < more)
		room *= 2;
	if (room != row->room && !row->failed) {
		char *text = realloc(row->text, room);
		row->failed = !text;
		if (text) {
			row->text = text;
			row->room = room;
		}
	}
	return !row->failed;
}

void csv_add(struct csv_row *row, const char *value)
{
	bool quoted = strpbrk(value, ",\"\r\n");
	/* At worst every character is a quote that is doubled; two quotes and a comma around. */
	if (!has_room(row, 2 * strlen(value) + 3))
		return;
	char *end = row->text + row->length;
	if (quoted)
		*end++ = '"';
	for (; *value; value++) {
		if (*value == '"')
			*end++ = '"';
		*end++ = *value;
	}
	if (quoted)
		*end++ = '"';
	*end++ = ',';
	row->length = (size_t)(end - row->text);
}

void csv_free(struct csv_row *row)
{
	free(row->text);
	*row = (struct csv_row){ 0 };
}

/* One write, unless a signal, a slow pipe or a full disk cuts it short. */
static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);
		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n == 0)
			return -ENOSPC;
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* err: of the write that failed. start: where the row began, -1 when fd is no file. */
static int refuse_write(int fd, off_t start, int err, struct reason *why)
{
	const char *rest = "";
	if (start >= 0 && ftruncate(fd, start))
		rest = "; the row's beginning could not be cut off again";
	if (err == -ENOSPC || err == -EDQUOT || err == -EFBIG)
		return reason_set(
			why, -err,
			"the CSV cannot grow (%s); free some disk space or raise the quota "
			"or `ulimit -f`, then resume%s",
			strerror(-err), rest);
	if (err == -EPIPE)
		return reason_set(why, EPIPE,
				  "the program that reads the CSV has ended; keep it running, or "
				  "write to a file");
	return reason_set(why, -err, "the CSV cannot be written (%s)%s; write it elsewhere",
			  strerror(-err), rest);
}

static int append(int fd, const struct csv_row *row, struct reason *why)
{
	struct stat status;
	off_t start = -1;
	if (fstat(fd, &status))
		return refuse_write(fd, start, -errno, why);
	if (S_ISREG(status.st_mode)) {
		start = lseek(fd, 0, SEEK_END);
		if (start < 0)
			return refuse_write(fd, start, -errno, why);
	}
	row->text[row->length - 1] = '\n';
	int err = write_all(fd, row->text, row->length);
	return err ? refuse_write(fd, start, err, why) : 0;
}

int csv_append(int fd, struct csv_row *row, struct reason *why)
{
	int err;
	if (row->failed)
		err = reason_set(why, ENOMEM,
				 "out of memory for a row of the CSV; free some memory");
	else if (!row->length)
		err = reason_set(why, EINVAL, "a row of the CSV has no cell");
	else
		err = append(fd, row, why);
	row->length = 0;
	row->failed = false;
	return err;
}
