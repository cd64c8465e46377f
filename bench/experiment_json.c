/* SPDX-License-Identifier: MIT */
/* The experiment inside run.json. */
#include <errno.h>
#include <string.h>

#include "experiment.h"

static json_t *list_to_json(const struct value_list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; array && i < list->count; i++)
		if (json_array_append_new(array, json_string(list->values[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *experiment_to_json(const struct experiment *experiment)
{
	json_t *object = json_object();
	int err = object ? 0 : -1;
	for (size_t i = 0; !err && i < settings_table.count; i++) {
		char text[FIELD_ROOM];
		field_format(&settings_table.rows[i], &experiment->settings, text);
		err = json_object_set_new(object, settings_table.rows[i].name, json_string(text));
	}
	for (size_t i = 0; !err && i < cell_table.count; i++)
		err = json_object_set_new(object, cell_table.rows[i].name,
					  list_to_json(&experiment->lists[i]));
	if (err)
		json_decref(object);
	return err ? NULL : object;
}

/* The text of a JSON string, NULL for anything else. A NUL inside would hide what follows it. */
static const char *text_of(const json_t *json)
{
	const char *text = json_string_value(json);
	return text && strlen(text) == json_string_length(json) ? text : NULL;
}

static int list_from_json(struct experiment *experiment, size_t row, const json_t *array,
			  struct reason *why)
{
	const struct field *field = &cell_table.rows[row];
	struct value_list list = { 0 };
	int err = json_array_size(array) ? 0 : -EINVAL;
	for (size_t i = 0; !err && i < json_array_size(array); i++) {
		const char *text = text_of(json_array_get(array, i));
		if (!text) {
			err = -EINVAL;
			break;
		}
		err = value_list_add(&list, field, text, why);
		if (err)
			goto out;
	}
	if (err)
		reason_set(why, EINVAL, "%s: it takes an array of strings", field->name);
	else
		experiment_take(experiment, row, &list);
out:
	value_list_free(&list);
	return err;
}

static int value_from_json(struct experiment *experiment, const char *key, const json_t *value,
			   struct reason *why)
{
	int number = experiment_key(key, why);
	if (number < 0)
		return number;
	if ((size_t)number < cell_table.count)
		return list_from_json(experiment, (size_t)number, value, why);
	const char *text = text_of(value);
	if (!text)
		return reason_set(why, EINVAL, "%.40s: it takes a string", key);
	return experiment_set(experiment, key, text, why);
}

int experiment_from_json(struct experiment *experiment, const json_t *json, struct reason *why)
{
	const char *key;
	json_t *value,
		*object = (json_t *)json; /* the iterator takes no const, and changes nothing */
	int err = 0;
	if (!json_is_object(json))
		return reason_set(why, EINVAL,
				  "the experiment in run.json is no object; start the "
				  "run anew without --resume");
	json_object_foreach(object, key, value)
	{
		err = value_from_json(experiment, key, value, why);
		if (err)
			break;
	}
	return err;
}
