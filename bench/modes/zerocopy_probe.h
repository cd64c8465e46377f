/* SPDX-License-Identifier: MIT */
/* zerocopy_probe: does this kernel take MSG_ZEROCOPY sends of TCP? */
#ifndef ZCBENCH_MODES_ZEROCOPY_PROBE_H
#define ZCBENCH_MODES_ZEROCOPY_PROBE_H

#include "../cell.h"
#include "../reason.h"

/* Sets SO_ZEROCOPY, without which the kernel ignores MSG_ZEROCOPY in silence. 0 or -errno. */
int zerocopy_enable(int fd, struct reason *why);

/* Tries a send over loopback. 0, or -errno and a sentence. */
int zerocopy_probe(const struct cell *cell, struct reason *why);

#endif
