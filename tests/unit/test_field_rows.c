/* SPDX-License-Identifier: MIT */
/* What holds of every row of every table. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "experiment.h"
#include "sample.h"

static struct reason why;

/* Every table of the program, with the struct that it describes. */
static const struct {
	const struct field_table *table;
	size_t size;
} tables[] = {
	{ &cell_table, sizeof(struct cell) },
	{ &settings_table, sizeof(struct settings) },
	{ &sample_key_table, sizeof(struct sample) },
	{ &sample_table, sizeof(struct sample) },
};

typedef void row_fn(const struct field *field, void *object, size_t size);

static void each_row(row_fn *run)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		assert_true(tables[t].table->count > 0);
		void *object = calloc(1, tables[t].size);
		for (size_t i = 0; i < tables[t].table->count; i++)
			run(&tables[t].table->rows[i], object, tables[t].size);
		free(object);
	}
}

static uint64_t *number(const struct field *field, void *object)
{
	return (uint64_t *)((char *)object + field->offset);
}

static bool is_number(const struct field *field)
{
	return field->type != FIELD_TEXT && field->type != FIELD_REAL;
}

static size_t room_of(const struct field *field)
{
	return field->type == FIELD_TEXT ? field->room : sizeof(uint64_t);
}

/* What is formatted is read back as the same, and formatted the same again. */
static void trip(const struct field *field, void *object)
{
	char text[FIELD_ROOM], again[FIELD_ROOM], before[FIELD_ROOM];
	memcpy(before, (char *)object + field->offset, room_of(field));
	memset(text, 'x', sizeof(text));
	field_format(field, object, text);
	memset((char *)object + field->offset, 0x7f, room_of(field));
	if (field_parse(field, object, text, &why))
		fail_msg("%s: '%s': %s", field->name, text, why.text);
	if (memcmp(before, (char *)object + field->offset, room_of(field)))
		fail_msg("%s: '%s' is read as something else", field->name, text);
	field_format(field, object, again);
	assert_string_equal(text, again);
	assert_int_equal(field_known(field, object), *text != '\0');
}

static void trip_row(const struct field *field, void *object, size_t size)
{
	(void)size;
	if (field->type == FIELD_CHOICE) {
		uint64_t i = 0;
		for (; field->choice(i); i++) {
			*number(field, object) = i;
			trip(field, object);
		}
		assert_true(i > 1);
	} else if (field->type == FIELD_TEXT) {
		memset((char *)object + field->offset, 'z', field->room - 1);
		((char *)object)[field->offset + field->room - 1] = '\0';
		trip(field, object);
	} else if (field->type == FIELD_REAL) {
		static const double values[] = { 0, 1, -1.5, 0.123456789, 1e-300, 1.25e300 };
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			*(double *)(void *)number(field, object) = values[i];
			trip(field, object);
		}
	} else {
		uint64_t max = field->max ? field->max : FIELD_MAX;
		uint64_t values[] = { field->min, field->min + (max - field->min) / 3, max };
		if (field->type == FIELD_DURATION && !field->max)
			return; /* beyond what a double of seconds keeps */
		for (size_t i = 0; i < 3; i++) {
			*number(field, object) = values[i];
			trip(field, object);
		}
	}
}

static void test_what_is_formatted_is_read_back(void **state)
{
	(void)state;
	each_row(trip_row);
}

static void special_row(const struct field *field, void *object, size_t size)
{
	(void)size;
	char text[FIELD_ROOM];
	if (!is_number(field))
		return;
	const struct {
		const char *word;
		bool taken;
		uint64_t value;
	} words[] = {
		{ "auto", field->flags & FIELD_MAY_AUTO, FIELD_AUTO },
		{ "page", field->flags & FIELD_MAY_PAGE, FIELD_PAGE },
	};
	for (size_t i = 0; i < 2; i++) {
		if (field->type == FIELD_CHOICE && !words[i].taken)
			continue; /* "auto" may be one of the choices */
		*number(field, object) = 77;
		assert_int_equal(field_parse(field, object, words[i].word, &why),
				 words[i].taken ? 0 : -EINVAL);
		assert_true(*number(field, object) == (words[i].taken ? words[i].value : 77));
		field_format(field, object, text);
		if (words[i].taken)
			assert_string_equal(text, words[i].word);
	}
}

static void test_auto_and_page_are_taken_where_allowed(void **state)
{
	(void)state;
	each_row(special_row);
}

static void unknown_row(const struct field *field, void *object, size_t size)
{
	struct field_table one = { field, 1 };
	struct field bare = *field;
	char text[FIELD_ROOM] = "x";
	(void)size;
	field_presets(&one, object); /* would abort at a preset that is refused */
	if (field->preset && *field->preset) {
		assert_true(field_known(field, object));
		trip(field, object);
	}
	bare.preset = NULL;
	one.rows = &bare;
	field_presets(&one, object);
	assert_false(field_known(field, object));
	field_format(field, object, text);
	assert_string_equal(text, "");
	if (field->type != FIELD_TEXT)
		assert_int_equal(field_parse(field, object, "", &why), -EINVAL);
}

static void test_without_preset_a_field_is_unknown(void **state)
{
	(void)state;
	each_row(unknown_row);
}

static void bounds_row(const struct field *field, void *object, size_t size)
{
	(void)size;
	char text[64];
	if (field->type != FIELD_COUNT && field->type != FIELD_SIZE)
		return;
	*number(field, object) = 77;
	uint64_t beyond = (field->max ? field->max : FIELD_MAX) + 1;
	snprintf(text, sizeof(text), "%lu", (unsigned long)beyond);
	assert_int_equal(field_parse(field, object, text, &why), -EINVAL);
	if (field->min) {
		snprintf(text, sizeof(text), "%lu", (unsigned long)field->min - 1);
		assert_int_equal(field_parse(field, object, text, &why), -EINVAL);
		assert_non_null(strstr(why.text, field->name));
	}
	assert_true(*number(field, object) == 77);
}

static void test_beyond_bounds_is_refused(void **state)
{
	(void)state;
	each_row(bounds_row);
}

static void shape_row(const struct field *field, void *object, size_t size)
{
	char shape[FIELD_SHAPE], little[64];
	(void)object;
	assert_true(field->offset + room_of(field) <= size);
	assert_true(strlen(field->summary) > 3);
	assert_int_equal(field->summary[strlen(field->summary) - 1], '.');
	assert_null(strpbrk(field->summary, "\n\r\t"));
	for (const char *c = field->name; *c; c++)
		assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
	field_shape(field, shape, sizeof(shape));
	assert_true(*shape);
	assert_null(strstr(shape, "..."));
	for (uint64_t i = 0; field->choice && field->choice(i); i++)
		assert_non_null(strstr(shape, field->choice(i)));
	field_shape(field, little, sizeof(little));
	assert_true(strcmp(little, shape) == 0 || strstr(little, " ..."));
	assert_true(field->type == FIELD_TEXT ? field->room > 1 && field->room <= FIELD_ROOM
					      : !field->room);
	assert_true((field->type == FIELD_CHOICE) == (field->choice != NULL));
}

static void test_rows_are_whole(void **state)
{
	(void)state;
	each_row(shape_row);
}

/* The columns of samples.csv, and the keys of an experiment, are each found under one name. */
static void test_names_are_unique(void **state)
{
	(void)state;
	for (size_t a = 0; a < 4; a++)
		for (size_t i = 0; i < tables[a].table->count; i++)
			for (size_t b = 0; b < 4; b++) {
				const struct field *row = &tables[a].table->rows[i];
				if (a > 1 && b == 1) /* a setting may be called as a column is */
					continue;
				if (a == 1 && b > 1)
					continue;
				const struct field *found = field_find(tables[b].table, row->name);
				if (a == b ? found != row : found != NULL)
					fail_msg("%s is there twice", row->name);
			}
}

static void test_members_are_apart(void **state)
{
	(void)state;
	/* 2 and 3 describe one struct */
	for (size_t a = 0; a < 4; a++)
		for (size_t b = a; b < 4; b++) {
			if (a != b && (a != 2 || b != 3))
				continue;
			for (size_t i = 0; i < tables[a].table->count; i++)
				for (size_t j = 0; j < tables[b].table->count; j++) {
					const struct field *x = &tables[a].table->rows[i];
					const struct field *y = &tables[b].table->rows[j];
					if (x != y && x->offset < y->offset + room_of(y) &&
					    y->offset < x->offset + room_of(x))
						fail_msg("%s lies over %s", x->name, y->name);
				}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_formatted_is_read_back),
		cmocka_unit_test(test_auto_and_page_are_taken_where_allowed),
		cmocka_unit_test(test_without_preset_a_field_is_unknown),
		cmocka_unit_test(test_beyond_bounds_is_refused),
		cmocka_unit_test(test_rows_are_whole),
		cmocka_unit_test(test_names_are_unique),
		cmocka_unit_test(test_members_are_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
