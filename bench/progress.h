/* SPDX-License-Identifier: MIT */
/* progress: what people see while a run goes on: one line that is redrawn on a terminal, plain
 * lines now and then elsewhere, always on stderr. */
#ifndef ZCBENCH_PROGRESS_H
#define ZCBENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samples.h"

struct progress {
	bool quiet, terminal;
	size_t total, done, started; /* repeats; started: done before this process began */
	uint64_t start_ns, said_ns;
};

void progress_open(struct progress *progress, bool quiet, size_t total, size_t done);
void progress_step(struct progress *progress, const struct cell *cell, const struct sample *sample);
void progress_close(struct progress *progress);

/* "1 h 02 min", "3 min 20 s", "7 s". */
void progress_duration(uint64_t seconds, char *text, size_t room);

#endif
