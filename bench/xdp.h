/* SPDX-License-Identifier: MIT */
/* xdp: programs that a device's driver runs for every packet, each held by a BPF link. */
#ifndef ZCBENCH_XDP_H
#define ZCBENCH_XDP_H

#include "reason.h"

/*
 * Attaches a program (see bpf_program) in native mode to a device of the namespace, and reads
 * back that it is native: the generic mode is another path. The fd of the link (5.9), whose close
 * detaches it, also when the process is killed; or -errno and a sentence. A program that somebody
 * else has attached is left alone: -EBUSY.
 */
int xdp_attach(int netns, const char *device, int program, struct reason *why);

/* The same of a program that passes every packet on. */
int xdp_attach_pass(int netns, const char *device, struct reason *why);

#endif
