/* SPDX-License-Identifier: MIT */
/* summary: the repeats of each cell as medians, and their ratios to plain send. */
#ifndef ZCBENCH_SUMMARY_H
#define ZCBENCH_SUMMARY_H

#include "samples.h"
#include "stats.h"

struct summary_cell {
	const struct samples_row *first;                   /* any row of the cell: its dimensions */
	struct stats_interval goodput;                     /* bytes/s */
	struct stats_interval tx_cost, rx_cost, host_cost; /* ns/byte */
	/*
	 * Goodput, and CPU of the host per byte, over those of the cell that differs in tx only
	 * and has tx=send: the median of the ratios of repeats in the same block.
	 */
	struct stats_interval goodput_ratio, cost_ratio;
	struct stats_interval latency_p50;
	double copied_share; /* of the sender's bytes, as far as anybody told; NaN: nobody did */
	const char *verdict; /* "varies" if the repeats differ */
	const char *reason;
};

struct summary {
	struct summary_cell *cells;
	size_t count;
	size_t stolen; /* repeats without say: the hypervisor took over 1 % of the CPUs meanwhile */
};

/* 0 or -ENOMEM. Points into the samples, which have to outlive it. */
int summary_open(struct summary *summary, const struct samples *samples);
void summary_close(struct summary *summary);

/* Do the two cells agree in every dimension but tx? */
bool summary_same_but_tx(const struct cell *a, const struct cell *b);

#endif
