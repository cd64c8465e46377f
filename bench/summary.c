/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mode.h"
#include "service.h"
#include "validity.h"

typedef double value_fn(const struct sample *sample);

/* With probes on, speeds are not headline speeds. */
static bool measured(const struct sample *sample)
{
	return sample->probed != 1 && strcmp(sample->verdict, "skip") &&
	       strcmp(sample->verdict, "fail");
}

/* Has the repeat a say in the cell's figures? Of a cell without a valid one all have. */
static bool counts(const struct summary_cell *cell, const struct sample *sample)
{
	return sample->cell == cell->first->sample.cell && measured(sample) &&
	       (cell->invalid || validity_of(sample) == VALID);
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

static struct stats_interval gather(const struct samples *samples, const struct summary_cell *cell,
				    value_fn *value, double *room)
{
	size_t n = 0;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (counts(cell, sample) && !isnan(value(sample)))
			room[n++] = value(sample);
	}
	return stats_median(room, n);
}

static const struct sample *find_repeat(const struct samples *samples,
					const struct summary_cell *cell, uint64_t block)
{
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (sample->block == block && counts(cell, sample))
			return sample;
	}
	return NULL;
}

/*
 * Block by block, so that a drift of the machine hits both sides of each ratio alike; by logs, so
 * that the ratio the other way round is its inverse.
 */
static struct stats_interval gather_ratio(const struct samples *samples,
					  const struct summary_cell *cell,
					  const struct summary_cell *base, value_fn *value,
					  double *room)
{
	size_t n = 0;
	for (size_t i = 0; base && i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (!counts(cell, sample))
			continue;
		const struct sample *other = find_repeat(samples, base, sample->block);
		double ratio = other ? value(sample) / value(other) : NAN;
		if (isfinite(ratio) && ratio > 0)
			room[n++] = log(ratio);
	}
	struct stats_interval found = stats_median(room, n);
	found.median = exp(found.median);
	found.low = exp(found.low);
	found.high = exp(found.high);
	return found;
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

static const struct summary_cell *base_of(const struct summary *summary,
					  const struct summary_cell *cell)
{
	for (size_t i = 0; i < summary->count; i++) {
		const struct samples_row *row = summary->cells[i].first;
		const struct service *service = service_of(&row->cell);
		if (service && cell_tx(&row->cell) == service->tx &&
		    summary_same_but_tx(&row->cell, &cell->first->cell))
			return &summary->cells[i];
	}
	return NULL;
}

static double copied_share(const struct sample *sample)
{
	uint64_t copied = sample->abi_tx_copied_bytes, avoided = sample->abi_tx_zerocopy_bytes;
	if (copied == FIELD_UNKNOWN || avoided == FIELD_UNKNOWN || !(copied + avoided))
		return NAN;
	return (double)copied / (double)(copied + avoided);
}

/* Of all repeats together: a median would hide what one of them lost. */
static double lost_share(const struct samples *samples, const struct summary_cell *cell)
{
	double lost = 0, sent = 0;
	for (size_t i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->rows[i].sample;
		if (!counts(cell, sample) || sample->lost_bytes == FIELD_UNKNOWN)
			continue;
		lost += (double)sample->lost_bytes;
		sent += (double)sample->tx.total_bytes;
	}
	return sent > 0 ? lost / sent : NAN;
}

static void summarise(const struct summary *summary, struct summary_cell *cell,
		      const struct samples *samples, double *room)
{
	const struct summary_cell *base = base_of(summary, cell);
	cell->goodput = gather(samples, cell, goodput, room);
	cell->tx_cost = gather(samples, cell, tx_cost, room);
	cell->rx_cost = gather(samples, cell, rx_cost, room);
	cell->host_cost = gather(samples, cell, host_cost, room);
	cell->latency_p50 = gather(samples, cell, latency_p50, room);
	cell->copied_share = gather(samples, cell, copied_share, room).median;
	cell->lost_share = lost_share(samples, cell);
	cell->goodput_ratio = gather_ratio(samples, cell, base, goodput, room);
	cell->cost_ratio = gather_ratio(samples, cell, base, host_cost, room);
	cell->sure = cell->goodput_ratio.confident && !cell->invalid && !base->invalid;
}

static struct summary_cell *find_cell(struct summary *summary, uint64_t number)
{
	for (size_t i = 0; i < summary->count; i++)
		if (summary->cells[i].first->sample.cell == number)
			return &summary->cells[i];
	return NULL;
}

static void count_row(struct summary *summary, struct summary_cell *cell,
		      const struct sample *sample)
{
	if (!measured(sample))
		return;
	enum validity validity = validity_of(sample);
	summary->stolen += validity == INVALID_STEAL;
	summary->loaded += validity == INVALID_LOAD;
	summary->moving += steady_moves(sample->rx_slices);
	cell->measured++;
	cell->valid += validity == VALID;
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
	count_row(summary, cell, &row->sample);
	/* The probes have the last word: the other repeats had fewer witnesses. */
	if (cell->first->sample.probed == 1 && row->sample.probed != 1 &&
	    strcmp(cell->verdict, "fail") && strcmp(row->sample.verdict, "fail"))
		return;
	if (strcmp(cell->verdict, row->sample.verdict))
		cell->verdict = "varies";
	if (!strcmp(row->sample.verdict, "fail"))
		cell->reason = row->sample.reason;
}

static size_t count_services(const struct summary *summary)
{
	size_t count = 0;
	for (size_t s = 0; services[s]; s++)
		for (size_t i = 0; i < summary->count; i++)
			if (service_of(&summary->cells[i].first->cell) == services[s]) {
				count++;
				break;
			}
	return count;
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
	for (size_t i = 0; i < samples->count; i++)
		add_row(summary, &samples->rows[i]);
	qsort(summary->cells, summary->count, sizeof(*summary->cells), compare);
	for (size_t i = 0; i < summary->count; i++) {
		struct summary_cell *cell = &summary->cells[i];
		cell->invalid = cell->measured && !cell->valid;
		summary->invalid += cell->invalid;
	}
	for (size_t i = 0; i < summary->count; i++)
		summarise(summary, &summary->cells[i], samples, room);
	summary->services = count_services(summary);
	free(room);
	return 0;
}

void summary_close(struct summary *summary)
{
	free(summary->cells);
	*summary = (struct summary){ 0 };
}
