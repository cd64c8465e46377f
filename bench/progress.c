/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "label.h"
#include "worker.h"

#define PLAIN_EVERY_NS (10ULL * 1000000000)

void progress_duration(uint64_t seconds, char *text, size_t room)
{
	if (seconds >= 3600)
		snprintf(text, room, "%" PRIu64 " h %02" PRIu64 " min", seconds / 3600,
			 seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(text, room, "%" PRIu64 " min %02" PRIu64 " s", seconds / 60, seconds % 60);
	else
		snprintf(text, room, "%" PRIu64 " s", seconds);
}

void progress_open(struct progress *progress, bool quiet, size_t total, size_t done)
{
	*progress = (struct progress){ .quiet = quiet,
				       .terminal = isatty(STDERR_FILENO),
				       .total = total,
				       .done = done,
				       .started = done,
				       .start_ns = worker_now_ns() };
	progress->said_ns = progress->start_ns;
}

static void left(const struct progress *progress, char *text, size_t room)
{
	size_t here = progress->done - progress->started;
	size_t rest = progress->total > progress->done ? progress->total - progress->done : 0;
	uint64_t spent = worker_now_ns() - progress->start_ns;
	char duration[32];
	uint64_t ns = spent / (here ? here : 1) * rest;
	progress_duration((ns + 999999999) / 1000000000, duration, sizeof(duration));
	snprintf(text, room, "%zu of %zu repeats, about %s left", progress->done, progress->total,
		 duration);
}

static void redraw(const char *text)
{
	struct winsize window = { 0 };
	int width =
		ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || !window.ws_col ? 80 : window.ws_col;
	fprintf(stderr, "\r\033[K%.*s", width - 1, text);
	fflush(stderr);
}

void progress_step(struct progress *progress, const struct cell *cell, const struct sample *sample)
{
	char line[512], time_left[96], label[256];
	uint64_t now = worker_now_ns();
	progress->done++;
	if (progress->quiet)
		return;
	left(progress, time_left, sizeof(time_left));
	if (progress->terminal) {
		label_cell(cell, label, sizeof(label));
		snprintf(line, sizeof(line), "%s  %s %s", time_left, label, sample->verdict);
		redraw(line);
	} else if (now - progress->said_ns >= PLAIN_EVERY_NS) {
		fprintf(stderr, "%s\n", time_left);
		progress->said_ns = now;
	}
}

void progress_close(struct progress *progress)
{
	if (progress->terminal && !progress->quiet)
		fputs("\r\033[K", stderr);
}
