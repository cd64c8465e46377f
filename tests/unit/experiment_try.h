/* SPDX-License-Identifier: MIT */
/* experiment_try: what the tests of experiments share: one of presets, and its lists as text. */
#ifndef ZCBENCH_TEST_EXPERIMENT_TRY_H
#define ZCBENCH_TEST_EXPERIMENT_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment.h"

static struct reason why;

static inline int set_up(void **state)
{
	*state = calloc(1, sizeof(struct experiment));
	return experiment_open(*state);
}

static inline int tear_down(void **state)
{
	experiment_close(*state);
	free(*state);
	return 0;
}

static inline const struct value_list *list_of(const struct experiment *experiment, const char *key)
{
	return &experiment->lists[experiment_key(key, &why)];
}

/* The values of a dimension with commas between them. */
static inline const char *values(const struct experiment *experiment, const char *key)
{
	static char text[8192];
	const struct value_list *list = list_of(experiment, key);
	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		strcat(text, i ? "," : "");
		strcat(text, list->values[i]);
	}
	return text;
}

static inline void assert_said(const char *part)
{
	if (!strstr(why.text, part))
		fail_msg("'%s' is not in '%s'", part, why.text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
