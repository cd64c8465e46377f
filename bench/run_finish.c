/* SPDX-License-Identifier: MIT */
#include "run_finish.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "ends.h"
#include "table.h"
#include "verb.h"

static int say_results(const struct run *run)
{
	char file[PATH_MAX + 32];
	struct samples samples;
	struct reason why;
	off_t end;
	snprintf(file, sizeof(file), "%s/samples.csv", run->folder.place.path);
	if (samples_read(&samples, run->folder.samples_fd, file, &end, &why)) {
		fprintf(stderr, "zcbench: %s\n", why.text);
		return EXIT_TOOL_ERROR;
	}
	if (!run->options.quiet) {
		table_print(run->people, &samples);
		advice_print(run->people, &samples);
		fprintf(run->people, "\nThe samples are in %s\n", file);
	}
	size_t good = 0, failed = 0;
	for (size_t i = 0; i < samples.count; i++) {
		failed += !strcmp(samples.rows[i].sample.verdict, "fail");
		good += strcmp(samples.rows[i].sample.verdict, "fail") &&
			strcmp(samples.rows[i].sample.verdict, "skip");
	}
	samples_free(&samples);
	return failed ? EXIT_INVALID : good ? 0 : EXIT_SKIPPED;
}

int run_finish(struct run *run, int err, const struct reason *why)
{
	struct reason noted;
	const char *state = !err ? "complete" : err == -EINTR ? "interrupted" : "broken";
	/* Without its keeper nothing more is noted; that is said once. */
	if (folder_note(&run->folder, "state", json_string(state), &noted) && err != -ECONNRESET)
		fprintf(stderr, "zcbench: %s\n", noted.text);
	if (!err)
		return say_results(run);
	if (err != -EINTR)
		fprintf(stderr, "zcbench: %s\n", why->text);
	fprintf(stderr,
		"zcbench: stopped after %zu of %zu repeats; go on with\n"
		"  zcbench run --resume %s",
		run->progress.done, run->progress.total, run->folder.place.path);
	ends_print(stderr, &run->options.ends);
	fputc('\n', stderr);
	return err == -EINTR ? 128 + 2 : EXIT_TOOL_ERROR;
}
