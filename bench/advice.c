/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "label.h"
#include "mode.h"
#include "path.h"
#include "service.h"
#include "summary.h"

#define WIDTH 88

/* A paragraph that breaks its lines. */
struct paragraph {
	FILE *out;
	int column;
};

__attribute__((format(printf, 2, 3))) static void say(struct paragraph *paragraph,
						      const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	char *rest = text;
	for (char *word; (word = strsep(&rest, " "));) {
		int length = (int)strlen(word);
		if (paragraph->column && paragraph->column + 1 + length > WIDTH)
			paragraph->column = 0, fputc('\n', paragraph->out);
		paragraph->column +=
			fprintf(paragraph->out, "%s%s", paragraph->column ? " " : "", word);
	}
}

/* On this path, by this service, and not by its plain sender, which the others are compared with?
 */
static bool is_rival(const struct summary_cell *cell, uint64_t path, const struct service *service)
{
	return cell->first->cell.path == path && service_of(&cell->first->cell) == service &&
	       cell_tx(&cell->first->cell) != service->tx;
}

static bool claims(const struct summary_cell *cell)
{
	return cell_tx(&cell->first->cell)->flags & MODE_CLAIMS;
}

/* The cell with the best ratio that is surely above 1, among those that are alike. */
static const struct summary_cell *best_on(const struct summary *summary, uint64_t path,
					  const struct service *service)
{
	const struct summary_cell *best = NULL;
	for (size_t i = 0; i < summary->count; i++) {
		const struct summary_cell *cell = &summary->cells[i];
		if (!is_rival(cell, path, service) || !cell->sure || cell->goodput_ratio.low <= 1)
			continue;
		if (!best || cell->goodput_ratio.median > best->goodput_ratio.median)
			best = cell;
	}
	return best;
}

static size_t compared_on(const struct summary *summary, uint64_t path,
			  const struct service *service)
{
	size_t n = 0;
	for (size_t i = 0; i < summary->count; i++)
		n += is_rival(&summary->cells[i], path, service) && summary->cells[i].sure;
	return n;
}

static void say_best(struct paragraph *paragraph, const struct summary *summary, uint64_t path,
		     const struct service *service)
{
	const struct summary_cell *best = best_on(summary, path, service);
	char size[32];
	if (!compared_on(summary, path, service))
		return;
	if (!best) {
		say(paragraph, "On %s no mode was surely faster than plain %s.", paths[path]->name,
		    service->tx->name);
		return;
	}
	label_size(best->first->cell.size, size, sizeof(size));
	say(paragraph,
	    "On %s the largest sure gain over plain %s was %s at %s: %.2fx [%.2f, %.2f].",
	    paths[path]->name, service->tx->name, cell_tx(&best->first->cell)->name, size,
	    best->goodput_ratio.median, best->goodput_ratio.low, best->goodput_ratio.high);
}

/* Cells of claiming modes on this path whose verdict is the word. */
static size_t count_verdict(const struct summary *summary, uint64_t path, const char *verdict,
			    const struct summary_cell **one)
{
	size_t n = 0;
	for (size_t i = 0; i < summary->count; i++) {
		const struct summary_cell *cell = &summary->cells[i];
		if (cell->first->cell.path != path || !claims(cell) ||
		    strcmp(cell->verdict, verdict))
			continue;
		*one = cell;
		n++;
	}
	return n;
}

static void say_claims(struct paragraph *paragraph, const struct summary *summary, uint64_t path)
{
	const struct summary_cell *one = NULL;
	const char *name = paths[path]->name;
	size_t copied = count_verdict(summary, path, "copied", &one);
	size_t contradicted = count_verdict(summary, path, "contradicted", &one);
	size_t unproven = count_verdict(summary, path, "unproven", &one);
	size_t proven = count_verdict(summary, path, "zero-copy", &one);
	if (proven)
		say(paragraph, "On %s %zu zero-copy cells were proved: no byte was copied.", name,
		    proven);
	if (contradicted)
		say(paragraph,
		    "On %s %zu cells were told zero-copy while the kernel copied: do not trust the "
		    "notification there.",
		    name, contradicted);
	if (copied)
		say(paragraph,
		    "On %s the kernel itself reports that it copied every byte of %zu zero-copy "
		    "cells: their setup cost bought nothing there.",
		    name, copied);
	if (unproven)
		say(paragraph,
		    "%zu zero-copy cells on %s are unproven: their speed is measured, their claim "
		    "is not.",
		    unproven, name);
}

/* Pacing by a model of the path bounds the speed where there is no path to model. */
static void say_pacing(struct paragraph *paragraph, const struct samples *samples)
{
	for (size_t i = 0; i < samples->count; i++)
		if (!strcmp(samples->rows[i].sample.congestion_used, "bbr")) {
			say(paragraph,
			    "The senders were paced by bbr, which hides what copying costs on lo and "
			    "veth: measure with --congestion cubic too.");
			return;
		}
}

static void say_trouble(struct paragraph *paragraph, const struct summary *summary)
{
	size_t skipped = 0, failed = 0;
	for (size_t i = 0; i < summary->count; i++) {
		skipped += !strcmp(summary->cells[i].verdict, "skip");
		failed += !strcmp(summary->cells[i].verdict, "fail") ||
			  !strcmp(summary->cells[i].verdict, "varies");
	}
	if (skipped)
		say(paragraph, "%zu cells were skipped: see their reason in samples.csv.", skipped);
	if (failed)
		say(paragraph,
		    "%zu cells failed or differ from repeat to repeat: see their reason in "
		    "samples.csv before using any figure.",
		    failed);
}

static void say_wire(struct paragraph *paragraph, const struct summary *summary)
{
	for (size_t i = 0; i < summary->count; i++)
		if (!cell_path(&summary->cells[i].first->cell)->wire) {
			say(paragraph,
			    "Loopback and veth hand pages from socket to socket, so take "
			    "their ratios as this kernel's costs and not as a network card's.");
			return;
		}
}

void advice_print(FILE *out, const struct samples *samples)
{
	struct summary summary;
	struct paragraph paragraph = { .out = out };
	if (summary_open(&summary, samples))
		return;
	fputc('\n', out);
	for (uint64_t path = 0; paths[path]; path++) {
		for (size_t s = 0; services[s]; s++)
			say_best(&paragraph, &summary, path, services[s]);
		say_claims(&paragraph, &summary, path);
	}
	say_pacing(&paragraph, samples);
	say_trouble(&paragraph, &summary);
	say_wire(&paragraph, &summary);
	fputc('\n', out);
	summary_close(&summary);
}
