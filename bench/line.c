/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "worker.h"

static char *take(struct line_reader *reader, int *err)
{
	char *start = reader->data + reader->taken;
	char *end = memchr(start, '\n', reader->used - reader->taken);
	if (!end)
		return NULL;
	*end = '\0';
	reader->taken = (size_t)(end + 1 - reader->data);
	if (strlen(start) != (size_t)(end - start)) {
		*err = -EBADMSG;
		return NULL;
	}
	return start;
}

/* Waits for input; 0 or -errno. */
static int wait_input(const struct line_reader *reader, uint64_t deadline_ns, int other_fd)
{
	struct pollfd fds[2] = { { .fd = reader->fd, .events = POLLIN },
				 { .fd = other_fd, .events = POLLIN } };
	uint64_t now = worker_now_ns();
	/* Not even what is there already: one who never stops talking must meet the deadline. */
	if (now >= deadline_ns)
		return -ETIMEDOUT;
	uint64_t left = deadline_ns - now;
	struct timespec timeout = { .tv_sec = (time_t)(left / 1000000000),
				    .tv_nsec = (long)(left % 1000000000) };
	int n = ppoll(fds, 2, &timeout, NULL);
	if (n == 0)
		return -ETIMEDOUT;
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents)
		return 0;
	return -EINTR;
}

static int fill(struct line_reader *reader)
{
	memmove(reader->data, reader->data + reader->taken, reader->used - reader->taken);
	reader->used -= reader->taken;
	reader->taken = 0;
	if (reader->used == sizeof(reader->data))
		return -EMSGSIZE;
	ssize_t n =
		read(reader->fd, reader->data + reader->used, sizeof(reader->data) - reader->used);
	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	reader->used += (size_t)n;
	return 0;
}

static int input_ready(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	return poll(&wait, 1, 0) > 0;
}

char *line_read(struct line_reader *reader, uint64_t deadline_ns, int other_fd, int *err)
{
	for (;;) {
		*err = 0;
		char *line = take(reader, err);
		if (line || *err)
			return line;
		*err = wait_input(reader, deadline_ns, other_fd);
		if (!*err && input_ready(reader->fd))
			*err = fill(reader);
		if (*err)
			return NULL;
	}
}

char *line_after(char *line, const char *word)
{
	size_t length = strlen(word);
	if (!length)
		return line;
	if (strncmp(line, word, length))
		return NULL;
	if (line[length] == ' ')
		return line + length + 1;
	return line[length] ? NULL : line + length;
}
