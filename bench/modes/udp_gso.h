/* SPDX-License-Identifier: MIT */
/* udp_gso: senders that give the kernel many datagrams at once, for it to cut (UDP_SEGMENT). */
#ifndef ZCBENCH_MODES_UDP_GSO_H
#define ZCBENCH_MODES_UDP_GSO_H

#include "../worker.h"

/* Does this kernel know UDP_SEGMENT? */
int udp_gso_probe(const struct cell *cell, struct reason *why);

/* Sets it on the worker's flows. most: datagrams of a send. 0, or -errno and worker->why. */
int udp_gso_enable(struct worker *worker, uint64_t *most);

/* A send failed: 0 if it may pass, or -errno and worker->why, which says what to change. */
int udp_send_failed(struct worker *worker, const char *call, int err);

#endif
