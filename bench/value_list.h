/* SPDX-License-Identifier: MIT */
/* value_list: the values of one dimension, as an option or a key of an experiment lists them. */
#ifndef ZCBENCH_VALUE_LIST_H
#define ZCBENCH_VALUE_LIST_H

#include <stddef.h>

#include "field.h"
#include "reason.h"

#define VALUE_LIST_MAX 4096

struct value_list {
	char **values; /* canonical text, as field_format writes it; none is there twice */
	size_t count;
	size_t named; /* values that were named, duplicates too: what VALUE_LIST_MAX bounds */
};

/*
 * Adds the values that text names for a row of cell_table: "4K,64K,1M", "4K..1M" (the first,
 * doubled for as long as it stays below the last, and the last), "all" (every choice), or
 * mixtures. Blanks around a value do not count; a value that is there already is not added again.
 * 0, or -EINVAL or -ENOMEM and a sentence; free the list in either case.
 */
int value_list_add(struct value_list *list, const struct field *field, const char *text,
		   struct reason *why);

/* Frees the values; the list is empty again, and so may be used again. */
void value_list_free(struct value_list *list);

#endif
