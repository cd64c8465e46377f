/* SPDX-License-Identifier: MIT */
/*
 * pages: for senders whose pages the kernel refers to without ever saying when it has done. Such a
 * buffer can never be written again: before the next message its pages are given away, and the
 * buffer gets others, at the price of a call and of page faults.
 */
#ifndef ZCBENCH_MODES_PAGES_H
#define ZCBENCH_MODES_PAGES_H

#include "../mode.h"
#include "../worker.h"

/* Can this cell's buffers be given away, where it writes them? A mode's probe. */
int pages_probe(const struct cell *cell, struct reason *why);

/* In a mode's open, once: tries it. 0, or -errno and worker->why. */
int pages_open(struct worker *worker);

/* A mode's renew. */
void pages_renew(struct worker *worker, struct buffer *buffer);

#endif
