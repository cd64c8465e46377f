/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mode.h"

typedef double value_fn(const struct sample *sample);

/* Steal beyond this share of the CPUs' time spoils a repeat; a single tick is no measure of it. */
#define STEAL_SHARE 0.01

static bool stolen(const struct sample *sample)
{
	if (sample->host_steal_ns == FIELD_UNKNOWN || sample->elapsed_ns == FIELD_UNKNOWN)
		return false;
	double tick = 1e9 / (double)sysconf(_SC_CLK_TCK);
	double room = (double)sample->elapsed_ns * (double)sysconf(_SC_NPROCESSORS_ONLN);
	return (double)sample->host_steal_ns > fmax(tick, STEAL_SHARE * room);
}

/* With probes on, speeds are not headline speeds. */
static bool measured(const struct sample *sample)
{
	return sample->probed != 1 && strcmp(sample->verdict, "skip") &&
	       strcmp(sample->verdict, "fail") && !stolen(sample);
}

static double goodput(const struct sample *sample)
{
	return sample->goodput_bytes_per_s;
}

static double tx_cost(const struct sample *sample)
{
	return sample->tx_cpu_ns_per_byte;
}

static double rx_cost(const struct sample *sample)
{
	return sample->rx_cpu_ns_per_byte;
}

static double host_cost(const struct sample *sample)
{
	return sample->host_cpu_ns_per_byte;
}

static double latency_p50(const struct sample *sample)
{
	return sample->latency_p50_ns == FIELD_UNKNOWN ? NAN : (double)sample->latency_p50_ns;
}

static struct stats_interval gather(const struct samples *samples, uint64_t cell, value_fn *value,
				    double *room)
{
	size_t n = 0;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (sample->cell == cell && measured(sample) && !isnan(value(sample)))
			room[n++] = value(sample);
	}
	return stats_median(room, n);
}

static const struct sample *find_repeat(const struct samples *samples, uint64_t cell,
					uint64_t block)
{
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (sample->cell == cell && sample->block == block && measured(sample))
			return sample;
	}
	return NULL;
}

/* Block by block, so that a drift of the machine hits both sides of each ratio alike. */
static struct stats_interval gather_ratio(const struct samples *samples, uint64_t cell,
					  uint64_t base, value_fn *value, double *room)
{
	size_t n = 0;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (sample->cell != cell || !measured(sample))
			continue;
		const struct sample *other = find_repeat(samples, base, sample->block);
		double ratio = other ? value(sample) / value(other) : NAN;
		if (isfinite(ratio) && ratio > 0)
			room[n++] = ratio;
	}
	return stats_median(room, n);
}

bool summary_same_but_tx(const struct cell *a, const struct cell *b)
{
	for (size_t i = 0; i < cell_table.count; i++) {
		char x[FIELD_ROOM], y[FIELD_ROOM];
		if (!strcmp(cell_table.rows[i].name, "tx"))
			continue;
		field_format(&cell_table.rows[i], a, x);
		field_format(&cell_table.rows[i], b, y);
		if (strcmp(x, y))
			return false;
	}
	return true;
}

static uint64_t base_of(const struct summary *summary, const struct summary_cell *cell)
{
	for (size_t i = 0; i < summary->count; i++) {
		const struct samples_row *row = summary->cells[i].first;
		if (!strcmp(cell_tx(&row->cell)->name, "send") &&
		    summary_same_but_tx(&row->cell, &cell->first->cell))
			return row->sample.cell;
	}
	return FIELD_UNKNOWN;
}

static double copied_share(const struct sample *sample)
{
	uint64_t copied = sample->abi_tx_copied_bytes, avoided = sample->abi_tx_zerocopy_bytes;
	if (copied == FIELD_UNKNOWN || avoided == FIELD_UNKNOWN || !(copied + avoided))
		return NAN;
	return (double)copied / (double)(copied + avoided);
}

static void summarise(const struct summary *summary, struct summary_cell *cell,
		      const struct samples *samples, double *room)
{
	uint64_t number = cell->first->sample.cell, base = base_of(summary, cell);
	cell->goodput = gather(samples, number, goodput, room);
	cell->tx_cost = gather(samples, number, tx_cost, room);
	cell->rx_cost = gather(samples, number, rx_cost, room);
	cell->host_cost = gather(samples, number, host_cost, room);
	cell->latency_p50 = gather(samples, number, latency_p50, room);
	cell->copied_share = gather(samples, number, copied_share, room).median;
	cell->goodput_ratio = gather_ratio(samples, number, base, goodput, room);
	cell->cost_ratio = gather_ratio(samples, number, base, host_cost, room);
}

static struct summary_cell *find_cell(struct summary *summary, uint64_t number)
{
	for (size_t i = 0; i < summary->count; i++)
		if (summary->cells[i].first->sample.cell == number)
			return &summary->cells[i];
	return NULL;
}

static void add_row(struct summary *summary, const struct samples_row *row)
{
	struct summary_cell *cell = find_cell(summary, row->sample.cell);
	if (!cell) {
		cell = &summary->cells[summary->count++];
		*cell = (struct summary_cell){ .first = row,
					       .verdict = row->sample.verdict,
					       .reason = row->sample.reason };
	}
	/* The probes have the last word: the other repeats had fewer witnesses. */
	if (cell->first->sample.probed == 1 && row->sample.probed != 1 &&
	    strcmp(cell->verdict, "fail") && strcmp(row->sample.verdict, "fail"))
		return;
	if (strcmp(cell->verdict, row->sample.verdict))
		cell->verdict = "varies";
	if (!strcmp(row->sample.verdict, "fail"))
		cell->reason = row->sample.reason;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = ((const struct summary_cell *)a)->first->sample.cell;
	uint64_t y = ((const struct summary_cell *)b)->first->sample.cell;
	return (x > y) - (x < y);
}

int summary_open(struct summary *summary, const struct samples *samples)
{
	*summary = (struct summary){ .cells = calloc(samples->count + 1, sizeof(*summary->cells)) };
	double *room = calloc(samples->count + 1, sizeof(*room));
	if (!summary->cells || !room) {
		free(room);
		summary_close(summary);
		return -ENOMEM;
	}
	for (size_t i = 0; i < samples->count; i++) {
		add_row(summary, &samples->rows[i]);
		summary->stolen += stolen(&samples->rows[i].sample);
	}
	qsort(summary->cells, summary->count, sizeof(*summary->cells), compare);
	for (size_t i = 0; i < summary->count; i++)
		summarise(summary, &summary->cells[i], samples, room);
	free(room);
	return 0;
}

void summary_close(struct summary *summary)
{
	free(summary->cells);
	*summary = (struct summary){ 0 };
}
