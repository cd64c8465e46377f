/* SPDX-License-Identifier: MIT */
/* dmabuf: a dma-buf over this program's memory (udmabuf, 4.20), in place of a GPU's. */
#ifndef ZCBENCH_DMABUF_H
#define ZCBENCH_DMABUF_H

#include <stddef.h>

#include "reason.h"

struct dmabuf {
	int fd;               /* -1: none */
	unsigned char *bytes; /* its memory, as this program sees it */
	size_t size;
};

/* size: whole pages. 0, or -errno and a sentence, then nothing is left open. */
int dmabuf_open(struct dmabuf *dmabuf, size_t size, struct reason *why);
void dmabuf_close(struct dmabuf *dmabuf);

#endif
