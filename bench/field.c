/* SPDX-License-Identifier: MIT */
#include "field.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000UL

static bool name_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const struct field *field_find(const struct field_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (name_equal(table->rows[i].name, name))
			return &table->rows[i];
	return NULL;
}

static void *member(const struct field *field, const void *object)
{
	return (char *)object + field->offset;
}

static uint64_t *number(const struct field *field, const void *object)
{
	return member(field, object);
}

/* Plain decimal digits only: strtoull would take signs, blanks and hexadecimal. */
static int read_integer(const char *text, const char **end, uint64_t *value)
{
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, (char **)end, 10);
	return errno ? -errno : 0;
}

int field_read_size(const char *text, uint64_t *value)
{
	const char *end;
	if (read_integer(text, &end, value))
		return -EINVAL;
	static const char units[] = "KMGT";
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	if (unit) {
		end++;
		if (end[0] == 'i' && end[1] == 'B')
			end += 2;
	}
	if (*end || (shift && *value >> (64 - shift)))
		return -EINVAL;
	*value <<= shift;
	return 0;
}

static int read_duration(const char *text, uint64_t *ns)
{
	char *end;
	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	if (strpbrk(text, "xXpPnN"))
		return -EINVAL;
	double seconds = strtod(text, &end);
	if (*end == 's')
		end++;
	if (*end || !(seconds >= 0) || seconds > 1e9)
		return -EINVAL;
	*ns = (uint64_t)llround(seconds * (double)NS_PER_S);
	return 0;
}

static int read_choice(const struct field *field, const char *text, uint64_t *index)
{
	for (uint64_t i = 0; field->choice(i); i++)
		if (!strcmp(field->choice(i), text)) {
			*index = i;
			return 0;
		}
	return -EINVAL;
}

static int read_switch(const char *text, uint64_t *value)
{
	static const char *const off[] = { "off", "no", "false", "0", NULL };
	static const char *const on[] = { "on", "yes", "true", "1", NULL };
	for (int i = 0; off[i]; i++)
		if (!strcmp(text, off[i])) {
			*value = 0;
			return 0;
		}
	for (int i = 0; on[i]; i++)
		if (!strcmp(text, on[i])) {
			*value = 1;
			return 0;
		}
	return -EINVAL;
}

static int read_number(const struct field *field, const char *text, uint64_t *value)
{
	const char *end;
	switch (field->type) {
	case FIELD_COUNT:
		return read_integer(text, &end, value) || *end ? -EINVAL : 0;
	case FIELD_SIZE:
		return field_read_size(text, value);
	case FIELD_DURATION:
		return read_duration(text, value);
	case FIELD_SWITCH:
		return read_switch(text, value);
	case FIELD_CHOICE:
		return read_choice(field, text, value);
	default:
		return -EINVAL;
	}
}

static int refuse(const struct field *field, const char *text, struct reason *why)
{
	char shape[160];
	field_shape(field, shape, sizeof(shape));
	return reason_set(why, EINVAL, "%s: '%.40s' is not valid; it takes %s", field->name, text,
			  shape);
}

static int parse_text(const struct field *field, void *object, const char *text, struct reason *why)
{
	if (strlen(text) >= field->room)
		return reason_set(why, EINVAL, "%s: '%.20s...' is longer than %zu characters",
				  field->name, text, field->room - 1);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			return reason_set(why, EINVAL, "%s: control characters are not allowed",
					  field->name);
	memset(member(field, object), 0, field->room);
	memcpy(member(field, object), text, strlen(text));
	return 0;
}

static int parse_real(const struct field *field, void *object, const char *text, struct reason *why)
{
	char *end;
	double value = strtod(text, &end);
	if (end == text || *end || !isfinite(value))
		return refuse(field, text, why);
	*(double *)member(field, object) = value;
	return 0;
}

int field_parse(const struct field *field, void *object, const char *text, struct reason *why)
{
	if (field->type == FIELD_TEXT)
		return parse_text(field, object, text, why);
	if (field->type == FIELD_REAL)
		return parse_real(field, object, text, why);

	uint64_t value;
	if ((field->flags & FIELD_MAY_AUTO) && !strcmp(text, "auto"))
		value = FIELD_AUTO;
	else if ((field->flags & FIELD_MAY_PAGE) && !strcmp(text, "page"))
		value = FIELD_PAGE;
	else if (read_number(field, text, &value) || value < field->min ||
		 (field->max && value > field->max) || value > FIELD_MAX)
		return refuse(field, text, why);
	*number(field, object) = value;
	return 0;
}

static void format_duration(uint64_t ns, char text[FIELD_ROOM])
{
	int n = snprintf(text, FIELD_ROOM, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
}

static void format_number(const struct field *field, uint64_t value, char text[FIELD_ROOM])
{
	if (value == FIELD_UNKNOWN)
		text[0] = '\0';
	else if (value == FIELD_AUTO)
		strcpy(text, "auto");
	else if (value == FIELD_PAGE)
		strcpy(text, "page");
	else if (field->type == FIELD_DURATION)
		format_duration(value, text);
	else if (field->type == FIELD_SWITCH)
		strcpy(text, value ? "on" : "off");
	else if (field->type == FIELD_CHOICE)
		snprintf(text, FIELD_ROOM, "%s", field->choice(value));
	else
		snprintf(text, FIELD_ROOM, "%" PRIu64, value);
}

void field_format(const struct field *field, const void *object, char text[FIELD_ROOM])
{
	if (field->type == FIELD_TEXT) {
		snprintf(text, FIELD_ROOM, "%.*s", (int)field->room,
			 (const char *)member(field, object));
	} else if (field->type == FIELD_REAL) {
		double value = *(const double *)member(field, object);
		if (!isfinite(value)) /* what no reader takes is unknown */
			text[0] = '\0';
		else
			snprintf(text, FIELD_ROOM, "%.9g", value);
	} else {
		format_number(field, *number(field, object), text);
	}
}

bool field_known(const struct field *field, const void *object)
{
	if (field->type == FIELD_TEXT)
		return *(const char *)member(field, object) != '\0';
	if (field->type == FIELD_REAL)
		return isfinite(*(const double *)member(field, object));
	return *number(field, object) != FIELD_UNKNOWN;
}

static void set_unknown(const struct field *field, void *object)
{
	if (field->type == FIELD_TEXT)
		memset(member(field, object), 0, field->room);
	else if (field->type == FIELD_REAL)
		*(double *)member(field, object) = NAN;
	else
		*number(field, object) = FIELD_UNKNOWN;
}

void field_presets(const struct field_table *table, void *object)
{
	struct reason why;
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		set_unknown(field, object);
		if (field->preset && field_parse(field, object, field->preset, &why)) {
			fprintf(stderr, "zcbench: preset of %s\n", why.text);
			abort(); /* a mistake in the table itself; a unit test walks them all */
		}
	}
}
