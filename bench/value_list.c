/* SPDX-License-Identifier: MIT */
#include "value_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "nearest.h"

static int out_of_memory(struct reason *why)
{
	return reason_set(why, ENOMEM, "out of memory for the list of values; name fewer of them");
}

/* Appends the canonical text of the member that field has in *cell. */
static int add_member(struct value_list *list, const struct field *field, const struct cell *cell,
		      struct reason *why)
{
	char text[FIELD_ROOM];
	field_format(field, cell, text);
	if (list->named == VALUE_LIST_MAX)
		return reason_set(why, EINVAL, "%s: more than %d values; name fewer of them",
				  field->name, VALUE_LIST_MAX);
	list->named++;
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->values[i], text))
			return 0;

	char **values = reallocarray(list->values, list->count + 1, sizeof(*values));
	if (!values)
		return out_of_memory(why);
	list->values = values;
	values[list->count] = strdup(text);
	if (!values[list->count])
		return out_of_memory(why);
	list->count++;
	return 0;
}

static uint64_t *number(const struct field *field, struct cell *cell)
{
	return (uint64_t *)((char *)cell + field->offset);
}

static int refuse_choice(const struct field *field, const char *item, struct reason *why)
{
	char shape[140]; /* with the rest it fits into a reason */
	struct nearest nearest;
	nearest_open(&nearest, item);
	for (uint64_t i = 0; field->choice(i); i++)
		nearest_try(&nearest, field->choice(i));
	field_shape(field, shape, sizeof(shape));
	return reason_set(why, EINVAL, "%s: there is no '%.40s', the nearest is %s; it takes %s",
			  field->name, item, nearest.name ? nearest.name : "nothing", shape);
}

static int add_one(struct value_list *list, const struct field *field, const char *item,
		   struct reason *why)
{
	struct cell cell;
	int err = field_parse(field, &cell, item, why);
	if (err && field->type == FIELD_CHOICE)
		return refuse_choice(field, item, why);
	return err ? err : add_member(list, field, &cell, why);
}

static int add_all(struct value_list *list, const struct field *field, struct reason *why)
{
	struct cell cell;
	int err = 0;
	for (uint64_t i = 0; !err; i++) {
		if (field->type == FIELD_CHOICE ? !field->choice(i) : i > 1)
			break;
		*number(field, &cell) = i;
		err = add_member(list, field, &cell, why);
	}
	return err;
}

/* One end of a range: a number, so neither auto nor page. */
static int read_end(const struct field *field, const char *text, uint64_t *value,
		    struct reason *why)
{
	struct cell cell;
	int err = field_parse(field, &cell, text, why);
	if (err)
		return err;
	*value = *number(field, &cell);
	if (*value > FIELD_MAX)
		return reason_set(why, EINVAL, "%s: a range goes from number to number, not to %s",
				  field->name, text);
	return 0;
}

static int add_range(struct value_list *list, const struct field *field, char *item, char *dots,
		     struct reason *why)
{
	uint64_t first = 0, last = 0;
	struct cell cell;
	if (field->type != FIELD_COUNT && field->type != FIELD_SIZE)
		return reason_set(why, EINVAL,
				  "%s: '%.40s' is a range, which only counts and sizes take; name "
				  "each value",
				  field->name, item);
	*dots = '\0';
	int err = read_end(field, item, &first, why);
	if (!err)
		err = read_end(field, dots + 2, &last, why);
	if (!err && first > last)
		err = reason_set(why, EINVAL, "%s: the range %s..%s ends below its start",
				 field->name, item, dots + 2);
	if (!err && !first && last)
		err = reason_set(why, EINVAL,
				 "%s: a range doubles, so it cannot start at 0; use 0,1..%s",
				 field->name, dots + 2);
	for (uint64_t value = first; !err; value = value > last / 2 ? last : value * 2) {
		*number(field, &cell) = value;
		err = add_member(list, field, &cell, why);
		if (value == last)
			break;
	}
	return err;
}

static int add_item(struct value_list *list, const struct field *field, char *item,
		    struct reason *why)
{
	char *dots = strstr(item, "..");
	if (!*item)
		return reason_set(why, EINVAL,
				  "%s: a value is empty; name one, or take the comma away",
				  field->name);
	if ((field->type == FIELD_CHOICE || field->type == FIELD_SWITCH) && !strcmp(item, "all"))
		return add_all(list, field, why);
	if (dots && field->type != FIELD_TEXT)
		return add_range(list, field, item, dots, why);
	return add_one(list, field, item, why);
}

int value_list_add(struct value_list *list, const struct field *field, const char *text,
		   struct reason *why)
{
	int err;
	do {
		char item[FIELD_ROOM];
		text += strspn(text, " \t");
		size_t length = strcspn(text, ","), used = length;
		while (used && (text[used - 1] == ' ' || text[used - 1] == '\t'))
			used--;
		if (used >= sizeof(item))
			return reason_set(why, EINVAL, "%s: '%.20s...' is too long for a value",
					  field->name, text);
		memcpy(item, text, used);
		item[used] = '\0';
		err = add_item(list, field, item, why);
		text += length;
	} while (!err && *text++ == ',');
	return err;
}

void value_list_free(struct value_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->values[i]);
	free(list->values);
	*list = (struct value_list){ 0 };
}
