/* SPDX-License-Identifier: MIT */
/* filter: whose traffic is counted, from the command line into the programs' configuration. */
#ifndef ZCPROBE_FILTER_H
#define ZCPROBE_FILTER_H

#include "count.h"

#include "../bench/reason.h"

/* text: a port; a name of `ip netns`, a path or an inode number; a folder of the cgroup v2 tree. */
int filter_port(struct count_config *config, const char *text, struct reason *why);
int filter_netns(struct count_config *config, const char *text, struct reason *why);
int filter_cgroup(struct count_config *config, const char *text, struct reason *why);

/* Reads a whole number between min and max. 0 or -EINVAL and a sentence that names what. */
int filter_number(const char *what, const char *text, unsigned long min, unsigned long max,
		  unsigned long *value, struct reason *why);

#endif
