/* SPDX-License-Identifier: MIT */
/* field_shape: what a value looks like, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "field.h"

static void add(char *text, size_t room, const char *word)
{
	size_t used = strlen(text);
	snprintf(text + used, room - used, "%s", word);
}

static void add_choices(const struct field *field, char *text, size_t room)
{
	static const char more[] = " ...";
	for (uint64_t i = 0; field->choice(i); i++) {
		if (strlen(text) + strlen(", ") + strlen(field->choice(i)) + sizeof(more) > room) {
			add(text, room, more);
			return;
		}
		if (i)
			add(text, room, field->choice(i + 1) ? ", " : " or ");
		add(text, room, field->choice(i));
	}
}

static void add_bounds(const struct field *field, char *text, size_t room)
{
	char bounds[64];
	if (field->max)
		snprintf(bounds, sizeof(bounds), " from %" PRIu64 " to %" PRIu64, field->min,
			 field->max);
	else if (field->min)
		snprintf(bounds, sizeof(bounds), " of at least %" PRIu64, field->min);
	else
		return;
	add(text, room, bounds);
}

void field_shape(const struct field *field, char *text, size_t room)
{
	static const char *const words[] = {
		[FIELD_COUNT] = "a number",   [FIELD_SIZE] = "bytes (K, M, G allowed)",
		[FIELD_DURATION] = "seconds", [FIELD_SWITCH] = "on or off",
		[FIELD_CHOICE] = "",          [FIELD_REAL] = "a decimal number",
		[FIELD_TEXT] = "text",
	};
	snprintf(text, room, "%s", words[field->type]);
	if (field->type == FIELD_CHOICE)
		add_choices(field, text, room);
	else if (field->type == FIELD_COUNT || field->type == FIELD_SIZE)
		add_bounds(field, text, room);
	if (field->flags & FIELD_MAY_AUTO)
		add(text, room, ", or auto");
	if (field->flags & FIELD_MAY_PAGE)
		add(text, room, ", or page");
}
