/* SPDX-License-Identifier: MIT */
/* xdp: a program that passes every packet, run by a device's driver, held by a BPF link. */
#ifndef ZCBENCH_XDP_H
#define ZCBENCH_XDP_H

#include "reason.h"

/*
 * Attaches XDP_PASS, written for packets with fragments, in native mode to a device of the
 * namespace, and reads back that it is native: the generic mode is another path. The fd of the
 * link (5.9), whose close detaches the program; or -errno and a sentence.
 */
int xdp_attach(int netns, const char *device, struct reason *why);

#endif
