/* SPDX-License-Identifier: MIT */
/* line: bounded lines from a file descriptor, with a deadline. */
#ifndef ZCBENCH_LINE_H
#define ZCBENCH_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "agent.h"

struct line_reader {
	int fd;
	size_t used, taken;
	char data[AGENT_LINE];
};

/*
 * The next line without its newline, valid until the next call; NULL and *err: -ETIMEDOUT at
 * the deadline (CLOCK_MONOTONIC ns), -EPIPE at the end, -EMSGSIZE for a line that is too long,
 * -EINTR when other_fd (-1: none) became readable first, -EBADMSG for a NUL byte.
 */
char *line_read(struct line_reader *reader, uint64_t deadline_ns, int other_fd, int *err);

/* What follows the word and one blank, or NULL; the empty word starts every line. */
char *line_after(char *line, const char *word);

#endif
