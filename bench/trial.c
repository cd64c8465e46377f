/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include <string.h>

#include "mode.h"
#include "repeat.h"
#include "service.h"

#define TRY_BYTES    (1UL << 20)
#define TRY_LIMIT_NS (10ULL * 1000000000)

static void set_modes(struct cell *cell, const char *tx, const char *rx)
{
	struct reason why;
	field_parse(field_find(&cell_table, "tx"), cell, tx, &why);
	field_parse(field_find(&cell_table, "rx"), cell, rx, &why);
}

/* A megabyte by this mode, to or from the plainest one of its service. */
static void make_trial(const struct copy_mode *mode, uint64_t path, struct cell *cell)
{
	const struct service *service = mode->service;
	bool tx = mode->direction == MODE_TX, null = mode->flags & MODE_NULL;
	field_presets(&cell_table, cell);
	cell->path = path;
	set_modes(cell, tx || null ? mode->name : service->tx->name,
		  !tx || null ? mode->name : service->rx->name);
	if (null) {
		cell->warmup_ns = 0;
		cell->duration_ns = 1000000;
	} else {
		cell->bytes = TRY_BYTES;
	}
}

static void try_cell(const struct cell *cell, const struct path_ends *ends, struct sample *sample)
{
	struct reason why;
	struct hist latency;
	sample_clear(sample);
	if (hist_open(&latency))
		return;
	if (repeat_run(cell, ends, TRY_LIMIT_NS, sample, &latency, &why)) {
		strcpy(sample->verdict, "fail");
		strcpy(sample->reason, why.text);
	}
	hist_close(&latency);
}

static json_t *trial_json(const struct copy_mode *mode, uint64_t path, const struct sample *sample)
{
	bool tx = mode->direction == MODE_TX;
	bool runs = strcmp(sample->verdict, "skip") && strcmp(sample->verdict, "fail");
	return json_pack("{ss ss ss ss sb ss ss ss*}", "direction", tx ? "tx" : "rx", "mode",
			 mode->name, "service", mode->service->name, "path", paths[path]->name,
			 "runs", runs, "verdict", sample->verdict, "side",
			 tx ? sample->tx_verdict : sample->rx_verdict, "reason",
			 *sample->reason ? sample->reason : NULL);
}

/* Where a path means nothing to the mode's service there is nothing to try. NULL: that. */
static json_t *try_mode(const struct copy_mode *mode, uint64_t path, const struct path_ends *ends)
{
	struct cell cell;
	struct sample sample;
	make_trial(mode, path, &cell);
	if (!service_fits(&cell))
		return NULL;
	try_cell(&cell, ends, &sample);
	return trial_json(mode, path, &sample);
}

static void try_direction(enum mode_direction direction, const char *path,
			  const struct path_ends *ends,
			  void (*say)(void *context, const json_t *trial), void *context)
{
	for (uint64_t i = 0; mode_get(direction, i); i++)
		for (uint64_t p = 0; paths[p]; p++) {
			if (path && strcmp(paths[p]->name, path) != 0)
				continue;
			json_t *trial = try_mode(mode_get(direction, i), p, ends);
			if (trial)
				say(context, trial);
			json_decref(trial);
		}
}

void trial_each(unsigned int which, const char *path, const struct path_ends *ends,
		void (*say)(void *context, const json_t *trial), void *context)
{
	if (which & TRIAL_TX)
		try_direction(MODE_TX, path, ends, say, context);
	if (which & TRIAL_RX)
		try_direction(MODE_RX, path, ends, say, context);
}

static void keep(void *list, const json_t *trial)
{
	json_array_append(list, (json_t *)trial);
}

json_t *trial_list(unsigned int which, const char *path, const struct path_ends *ends)
{
	json_t *list = json_array();
	if (list)
		trial_each(which, path, ends, keep, list);
	return list;
}
