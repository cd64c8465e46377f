/* SPDX-License-Identifier: MIT */
/*
 * Experiments from any bytes: refused with one sentence, or taken, and then the same again after
 * a trip through JSON. Built with clang -fsanitize=fuzzer,address,undefined.
 */
#include <stdlib.h>
#include <string.h>

#include "experiment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_trip(const struct experiment *experiment)
{
	struct experiment back;
	struct reason why;
	json_t *json = experiment_to_json(experiment);
	if (!json || experiment_open(&back) || experiment_from_json(&back, json, &why))
		abort();
	json_t *again = experiment_to_json(&back);
	if (!json_equal(json, again))
		abort();
	json_decref(again);
	json_decref(json);
	experiment_close(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct experiment experiment;
	struct reason why = { "" };
	if (experiment_open(&experiment))
		abort();
	int err = experiment_load_text(&experiment, "fuzz", (const char *)data, size, &why);
	if (!err)
		check_trip(&experiment);
	else if (strncmp(why.text, "fuzz:", 5) || strchr(why.text, '\n'))
		abort();
	experiment_close(&experiment);
	return 0;
}
