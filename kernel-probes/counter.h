/* SPDX-License-Identifier: MIT */
/* counter: the table of what can be counted, and by which programs in which layer. */
#ifndef ZCPROBE_COUNTER_H
#define ZCPROBE_COUNTER_H

#include "count.h"

struct counter {
	const char *name;
	const char *summary;
	/*
	 * Programs of each layer, all of which are needed; a|b: one of them; ?a: if there is one.
	 * NULL: this layer cannot see it.
	 */
	const char *programs[LAYER_NUMBER];
};

extern const struct counter counters[COUNT_NUMBER];

/* Programs that keep the books, whatever the layer. */
extern const char counter_books[];

const char *counter_layer_name(enum count_layer layer); /* "fentry", "kprobe", "tracepoint" */
enum count_layer counter_layer_find(const char *name);  /* LAYER_NONE: there is none */

#endif
