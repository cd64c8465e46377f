/* SPDX-License-Identifier: MIT */
/* The loop of a run: blocks of shuffled repeats, a row each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ends.h"
#include "label.h"
#include "mode.h"
#include "path.h"
#include "prober.h"
#include "repeat.h"
#include "run.h"
#include "service.h"

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
	static const char text[] = "\nfinishing this repeat; once more to stop at once\n";
	if (interrupts++) {
		/* The keeper sees it, ends the agents and closes the path. */
		signal(number, SIG_DFL);
		raise(number);
	}
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)ignored;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = SA_RESTART };
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/* A cell is through: one line for people. */
static void show_cell(struct run *run, const struct cell *cell, const struct sample *sample)
{
	char label[256], rate[32];
	if (run->options.quiet)
		return;
	progress_close(&run->progress);
	label_cell(cell, label, sizeof(label));
	label_rate(sample->goodput_bytes_per_s, rate, sizeof(rate));
	bool reason = !strcmp(sample->verdict, "skip") || !strcmp(sample->verdict, "fail");
	fprintf(run->people, "%s: %s%s%s%s%s\n", label, rate, *rate ? ", " : "", sample->verdict,
		reason ? ": " : "", reason ? sample->reason : "");
	fflush(run->people);
}

static int keep(struct run *run, const struct cell *cell, const struct sample *sample,
		const struct hist *latency, struct reason *why)
{
	int err = latency->count ? folder_add_latency(&run->folder, sample, latency, why) : 0;
	if (!err)
		err = samples_write(run->folder.samples_fd, cell, sample, why);
	if (!err && run->csv_fd >= 0)
		err = samples_write(run->csv_fd, cell, sample, why);
	return err;
}

static void account(struct run *run, size_t index, const struct sample *sample)
{
	bool skip = !strcmp(sample->verdict, "skip"), fail = !strcmp(sample->verdict, "fail");
	run->skipped += skip;
	run->failed += fail;
	run->measured += !skip && !fail;
	run->ended[index] = skip; /* it would be skipped for the same reason each time */
	run->shown[index]++;
	if (skip || run->shown[index] == run->experiment.settings.repeats)
		show_cell(run, &run->plan.cells[index], sample);
}

static void name_sample(const struct run *run, size_t index, uint64_t repeat, bool probed,
			struct sample *sample)
{
	snprintf(sample->run_id, sizeof(sample->run_id), "%s", run->folder.place.run_id);
	sample->block = sample->repeat = repeat;
	sample->cell = index + 1;
	sample->probed = probed;
}

/* Sleeps a while before another host is tried again. -EINTR: the user wants to stop. */
static int wait_seconds(unsigned int seconds)
{
	for (unsigned int i = 0; i < 10 * seconds; i++) {
		if (interrupts)
			return -EINTR;
		usleep(100000);
	}
	return 0;
}

/*
 * A host that is out of reach is no property of the cell: a row would say so for ever. It is tried
 * for half a minute, and then the run ends as one that can be resumed.
 */
static int measure(struct run *run, const struct cell *cell, struct sample *sample,
		   struct hist *latency, struct reason *why)
{
	for (unsigned int seconds = 1;; seconds *= 2) {
		struct sample fresh = *sample;
		int err = repeat_run(cell, &run->options.ends, run->experiment.settings.limit_ns,
				     &fresh, latency, why);
		if (!err)
			*sample = fresh;
		if (err != -EHOSTUNREACH || seconds > 16)
			return err;
		if (!run->options.quiet)
			fprintf(stderr, "\nzcbench: %s; trying again in %u s\n", why->text,
				seconds);
		err = wait_seconds(seconds);
		if (err)
			return err;
	}
}

static int one_repeat(struct run *run, size_t index, uint64_t repeat, struct hist *latency,
		      struct reason *why)
{
	const struct cell *cell = &run->plan.cells[index];
	struct sample sample;
	sample_clear(&sample);
	memset(latency->buckets, 0, HIST_BUCKETS * sizeof(*latency->buckets));
	latency->count = 0;
	name_sample(run, index, repeat, false, &sample);
	int err = measure(run, cell, &sample, latency, why);
	if (!err)
		err = keep(run, cell, &sample, latency, why);
	if (err)
		return err;
	progress_step(&run->progress, cell, &sample);
	account(run, index, &sample);
	return 0;
}

/* A cell that cannot run here says so in its unprobed row; latency with probes on is of no use. */
static int one_probed(struct run *run, size_t index, struct hist *latency, struct reason *why)
{
	const struct cell *cell = &run->plan.cells[index];
	struct sample sample;
	sample_clear(&sample);
	name_sample(run, index, 1, true, &sample);
	int err = measure(run, cell, &sample, latency, why);
	if (err)
		return err;
	memset(latency->buckets, 0, HIST_BUCKETS * sizeof(*latency->buckets));
	latency->count = 0;
	if (!strcmp(sample.verdict, "skip"))
		return 0;
	run->failed += !strcmp(sample.verdict, "fail");
	return keep(run, cell, &sample, latency, why);
}

/* Does zcprobe count for this kind of path? 0, or -errno and a sentence. */
static int check_probes(const struct run *run, bool elsewhere, struct reason *why)
{
	const json_t *ends = json_object_get(run->folder.manifest, "ends");
	struct sample ignored;
	struct reason rx_why;
	if (!elsewhere)
		return prober_check(&ignored, why);
	bool tx = ends_probed(ends, "tx", why), rx = ends_probed(ends, "rx", &rx_why);
	bool all = run->experiment.settings.probes == PROBES_REQUIRE;
	if ((tx && rx) || (!all && (tx || rx)))
		return 0;
	if (tx)
		*why = rx_why;
	return -EOPNOTSUPP;
}

static bool has_cells(const struct run *run, bool elsewhere)
{
	for (size_t i = 0; i < run->plan.count; i++)
		if (cell_path(&run->plan.cells[i])->elsewhere == elsewhere)
			return true;
	return false;
}

/* Is the cell of sockets that zcprobe counts? 0, or -EOPNOTSUPP. */
static int check_seen(const struct cell *cell, struct reason *why)
{
	const struct service *service = service_of(cell);
	if (service && !(service->flags & SERVICE_PROBED))
		return reason_set(why, EOPNOTSUPP,
				  "zcprobe does not count what service %s carries; use --probes "
				  "auto or off",
				  service->name);
	return 0;
}

static int check_all_seen(const struct run *run, bool elsewhere, struct reason *why)
{
	int err = 0;
	for (size_t i = 0; !err && i < run->plan.count; i++)
		if (cell_path(&run->plan.cells[i])->elsewhere == elsewhere)
			err = check_seen(&run->plan.cells[i], why);
	return err;
}

/* Before the first block: one probed repeat of each cell, for the ledger and not for speed. */
static int probed_cells(struct run *run, bool elsewhere, struct hist *latency, struct reason *why)
{
	struct reason unseen;
	int err = check_probes(run, elsewhere, why);
	int some = err ? 0 : check_all_seen(run, elsewhere, why);
	if ((err || some) && run->experiment.settings.probes == PROBES_REQUIRE)
		return err ? err : some;
	if ((err || some) && !run->options.quiet)
		fprintf(stderr, "zcbench: without kernel probes: %s\n", why->text);
	for (size_t i = 0; !err && i < run->plan.count; i++) {
		if (run->probed[i] || run->ended[i] ||
		    (cell_tx(&run->plan.cells[i])->flags & MODE_NULL) ||
		    cell_path(&run->plan.cells[i])->elsewhere != elsewhere ||
		    check_seen(&run->plan.cells[i], &unseen))
			continue;
		if (interrupts)
			return -EINTR;
		int failed = one_probed(run, i, latency, why);
		if (failed)
			return failed;
	}
	return 0;
}

static int probed_pass(struct run *run, struct hist *latency, struct reason *why)
{
	int err = 0;
	if (run->experiment.settings.probes == PROBES_OFF)
		return 0;
	for (int elsewhere = 0; !err && elsewhere < 2; elsewhere++)
		if (has_cells(run, elsewhere))
			err = probed_cells(run, elsewhere, latency, why);
	return err;
}

static int one_block(struct run *run, uint64_t block, size_t *order, struct hist *latency,
		     struct reason *why)
{
	uint64_t repeats = run->experiment.settings.repeats;
	plan_order(&run->plan, block, order);
	for (size_t i = 0; i < run->plan.count; i++) {
		size_t index = order[i];
		if (run->done[index * repeats + block - 1])
			continue;
		if (run->ended[index]) {
			run->progress.total--;
			continue;
		}
		if (interrupts)
			return -EINTR;
		int err = one_repeat(run, index, block, latency, why);
		if (err)
			return err;
	}
	return 0;
}

int run_blocks(struct run *run, struct reason *why)
{
	size_t *order = calloc(run->plan.count, sizeof(*order));
	struct hist latency;
	int err = hist_open(&latency);
	if (!order || err)
		err = reason_set(why, ENOMEM, "no memory for %zu cells", run->plan.count);
	catch_signals();
	if (!err)
		err = probed_pass(run, &latency, why);
	for (uint64_t block = 1; !err && block <= run->experiment.settings.repeats; block++)
		err = one_block(run, block, order, &latency, why);
	progress_close(&run->progress);
	hist_close(&latency);
	free(order);
	return err;
}
