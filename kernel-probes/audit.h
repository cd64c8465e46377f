/* SPDX-License-Identifier: MIT */
/* audit: what was counted, for people and for programs. */
#ifndef ZCPROBE_AUDIT_H
#define ZCPROBE_AUDIT_H

#include <jansson.h>
#include <stdio.h>

#include "histogram.h"
#include "probe.h"

#define AUDIT_DEVICES 256

struct audit_device {
	struct count_device_key key;
	struct count_device count;
};

struct audit {
	struct probe probe;
	struct probe_counts counts;
	struct histogram_counts histograms; /* if config.histograms */
	struct audit_device devices[AUDIT_DEVICES];
	size_t device_count;
	bool json, stacks;
	double seconds;
	int status; /* of the command, as wait(2) gives it; -1: none was run */
};

/* Reads the map of devices into the audit. */
void audit_devices_read(struct audit *audit);

void audit_print(const struct audit *audit, FILE *file);
json_t *audit_json(const struct audit *audit);

/* Late copies by kernel stack, folded for flame graphs: "a;b;c BYTES". */
void audit_stacks_print(const struct audit *audit, FILE *file);

/* Calls say for each cause of a copy that could have been none, in plain words. */
void audit_causes(const struct audit *audit, void (*say)(void *context, const char *sentence),
		  void *context);

#endif
