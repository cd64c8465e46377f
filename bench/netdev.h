/* SPDX-License-Identifier: MIT */
/* netdev: the offloads and queues of a device, through the ethtool ioctls. */
#ifndef ZCBENCH_NETDEV_H
#define ZCBENCH_NETDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "reason.h"

/* Does the cell ask for anything but what the device comes with? */
bool netdev_offloads_wanted(const struct cell *cell);

/*
 * Switches sg, gso, tso and gro of a device of the namespace as the cell asks; what is auto
 * stays. 0, or -errno and a sentence when the device refuses one.
 */
int netdev_offloads_set(int netns, const char *device, const struct cell *cell, struct reason *why);

/*
 * Reads back that the device has what the cell asks for: the kernel drops an offload silently
 * when another one that it needs is off. Call it once nothing changes any more.
 */
int netdev_offloads_check(int netns, const char *device, const struct cell *cell,
			  struct reason *why);

/* 0: off, 1: on, or -errno and a sentence. offload: "sg", "gso", "tso" or "gro". */
int netdev_offload_read(int netns, const char *device, const char *offload, struct reason *why);

/* How many queues a device uses in each direction (ethtool -l). 0, or -errno and a sentence. */
struct netdev_queues {
	uint32_t rx, tx;
};
int netdev_queues(int netns, const char *device, struct netdev_queues *queues, struct reason *why);

#endif
