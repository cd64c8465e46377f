/* SPDX-License-Identifier: MIT */
/* probe: chooses a layer for each counter, attaches what they need, and reads the counts. */
#ifndef ZCPROBE_PROBE_H
#define ZCPROBE_PROBE_H

#include <stddef.h>

#include "count.h"
#include "kernel.h"

struct bpf_object;
struct bpf_link;

#define PROBE_PROGRAMS 128

struct probe {
	struct kernel kernel;
	struct count_config config;      /* set filters before probe_attach */
	enum count_layer only;           /* LAYER_NONE: the best for each counter */
	struct reason why[COUNT_NUMBER]; /* of counters with LAYER_NONE */
	struct bpf_object *object;
	struct bpf_link *links[PROBE_PROGRAMS];
	size_t link_count;
	char refused[PROBE_PROGRAMS][32]; /* programs that the verifier or attaching refused */
	struct reason refusals[PROBE_PROGRAMS];
	size_t refused_count;
};

struct probe_counts {
	__u64 n[GROUP_NUMBER][COUNT_NUMBER];
	__u64 lost;
	bool missed; /* a program was left out; the counters that it feeds are unknown */
};

/* Finds out what the kernel allows. 0, or -errno and a sentence when it allows nothing. */
int probe_open(struct probe *probe, struct reason *why);

/*
 * Chooses layers, loads and attaches. A program that is refused takes its layer from its counters,
 * not the rest. 0, or -errno and a sentence when no counter is left.
 */
int probe_attach(struct probe *probe, struct reason *why);

/* Only chooses: config.layer and why are filled in. */
int probe_choose(struct probe *probe, struct reason *why);

/* Unknown counts (no layer, or events were lost) are UINT64_MAX. */
int probe_read(struct probe *probe, struct probe_counts *counts, struct reason *why);

/* Run time of each program that is attached, if the kernel measures it (bpf_enable_stats). */
void probe_costs(const struct probe *probe,
		 void (*say)(const char *program, __u64 calls, __u64 ns));

/* Adds a process whose sockets are counted (config.by_task). */
int probe_add_task(struct probe *probe, __u32 pid);

/* Sets the port of config.port_later, after probe_attach. 0 or -errno. */
int probe_set_port(struct probe *probe, __u32 port);

/* "fentry", "tracepoint", "fentry+tracepoint": the layers in use by the ledger's counters. */
void probe_layers(const struct probe *probe, char *text, size_t room);

void probe_close(struct probe *probe);

#endif
