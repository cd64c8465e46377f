/* SPDX-License-Identifier: MIT */
/*
 * data_split: whether a device puts headers and payload into buffers of their own (ethtool -g:
 * tcp-data-split, hds-thresh), which it must for payload to arrive in memory lent to it.
 */
#ifndef ZCBENCH_DATA_SPLIT_H
#define ZCBENCH_DATA_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"

struct data_split {
	bool known; /* the driver says */
	bool on;
	bool has_threshold; /* 6.14, and not every driver */
	uint32_t threshold; /* shorter packets are not split */
};

/* 0, or -errno and a sentence. */
int data_split_read(int netns, const char *device, struct data_split *split, struct reason *why);
int data_split_write(int netns, const char *device, const struct data_split *split,
		     struct reason *why);

#endif
