/* SPDX-License-Identifier: MIT */
/*
 * xdp_displace: takes somebody else's XDP program off a device for a while. A process of its own
 * waits to put it back, so that it comes back however this one ends.
 */
#ifndef ZCBENCH_XDP_DISPLACE_H
#define ZCBENCH_XDP_DISPLACE_H

#include <sys/types.h>

#include "reason.h"

struct xdp_displaced {
	pid_t guard; /* 0: there is nothing to put back */
	int hold;    /* a pipe: the guard acts when nobody has it open any more */
};

/*
 * Of a device of the caller's namespace; one without a program stays as it is. 0, or -errno and a
 * sentence: -EBUSY for a program that a BPF link holds, which only the link's owner can take off.
 */
int xdp_displace(const char *device, struct xdp_displaced *displaced, struct reason *why);

/* After our own program is off the device. Returns when theirs is back. */
void xdp_put_back(struct xdp_displaced *displaced);

#endif
