/* SPDX-License-Identifier: MIT */
/* pair: two devices in two namespaces of our own that reach each other. What paths share. */
#ifndef ZCBENCH_PAIR_H
#define ZCBENCH_PAIR_H

#include "../path.h"

/* Fresh namespaces for both ends. 0, or -errno and a sentence that names the path. */
int pair_namespaces(struct path_link *link, const char *path, struct reason *why);

/*
 * Raises tx_device and rx_device in those namespaces, gives them addresses and the cell's
 * offloads, and fills in the link's transports and its address. A carrier may take wait_ms.
 */
int pair_raise(const struct cell *cell, struct path_link *link, int wait_ms, struct reason *why);

#endif
