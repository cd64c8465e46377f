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
	 * and has its service's plain tx (send): the median of the ratios of repeats in the same
	 * block.
	 */
	struct stats_interval goodput_ratio, cost_ratio;
	struct stats_interval latency_p50;
	bool sure;              /* goodput_ratio is an interval, of valid repeats on both sides */
	size_t measured, valid; /* repeats without probes; those that no event has spoilt */
	bool invalid;           /* none is valid: then the figures are of all of them */
	double copied_share;    /* of the sender's bytes, as far as anybody told; NaN: nobody did */
	double lost_share;      /* of the bytes of all its repeats; NaN: of streams */
	const char *verdict;    /* "varies" if the repeats differ */
	const char *reason;
};

struct summary {
	struct summary_cell *cells;
	size_t count;
	size_t services;       /* of its cells */
	size_t stolen, loaded; /* repeats that are not valid: see validity.h */
	size_t moving;         /* repeats that did not keep their pace: see steady.h */
	size_t invalid;        /* cells without a valid repeat */
};

/* 0 or -ENOMEM. Points into the samples, which have to outlive it. */
int summary_open(struct summary *summary, const struct samples *samples);
void summary_close(struct summary *summary);

/* Do the two cells agree in every dimension but tx? */
bool summary_same_but_tx(const struct cell *a, const struct cell *b);

#endif
