/* SPDX-License-Identifier: MIT */
/*
 * xdp_program: the XDP program of this process's device, which all workers
 * share: the first one attaches it, the last one takes it away. An agent plays
 * one end, so there is one device.
 */
#ifndef ZCBENCH_MODES_XDP_PROGRAM_H
#define ZCBENCH_MODES_XDP_PROGRAM_H

#include "../xdp_redirect.h"

/*
 * A program that passes all. force: in the place of somebody else's, who gets it back. 0, or
 * -EOPNOTSUPP and a sentence.
 */
int xdp_program_pass(const char *device, bool force, struct reason *why);

/* The one that redirects a UDP port, which is reserved; see xdp_redirect_open.
 */
int xdp_program_redirect(const char *device, bool six, uint16_t port, uint32_t queues, bool force,
			 struct reason *why);
int xdp_program_serve(uint32_t queue, int fd, struct reason *why);
int xdp_program_count(struct xdp_redirect_counts *counts);

void xdp_program_release(void);

#endif
