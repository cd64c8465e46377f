/* SPDX-License-Identifier: MIT */
/* host_json: single facts as JSON, and the few formats that many files of /sys share. */
#include "host.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *host_json_text(const char *text)
{
	/* json_string fails on what is no UTF-8: firmware tables contain such bytes. */
	json_t *json = text && text[0] ? json_string(text) : NULL;
	return json ? json : json_null();
}

json_t *host_json_file(const char *path)
{
	char text[HOST_TEXT];
	return host_read(text, sizeof(text), "%s", path) > 0 ? host_json_text(text) : json_null();
}

json_t *host_json_number(const char *path)
{
	int64_t value;
	return host_read_number(&value, "%s", path) ? json_null() : json_integer(value);
}

json_t *host_json_selected(const char *path)
{
	char text[HOST_TEXT];
	if (host_read(text, sizeof(text), "%s", path) < 0)
		return json_null();
	char *start = strchr(text, '[');
	char *end = start ? strchr(start, ']') : NULL;
	if (!end)
		return json_null();
	*end = '\0';
	return host_json_text(start + 1);
}

bool host_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = text; (at = strstr(at, word)); at += length)
		if ((at == text || isspace((unsigned char)at[-1])) &&
		    (!at[length] || isspace((unsigned char)at[length])))
			return true;
	return false;
}

/* Reads "3" or "0-3" at *list and steps over it and its comma. False: malformed. */
static bool range_next(const char **list, unsigned long *first, unsigned long *last)
{
	char *end;
	if (!isdigit((unsigned char)**list))
		return false;
	*first = *last = strtoul(*list, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return false;
		*last = strtoul(end + 1, &end, 10);
	}
	if (*last < *first || *last > 1UL << 20 || (*end && *end != ','))
		return false;
	*list = *end ? end + 1 : end;
	return true;
}

int host_list_count(const char *list)
{
	unsigned long first, last, count = 0;
	do {
		if (!range_next(&list, &first, &last))
			return -1;
		count += last - first + 1;
	} while (*list);
	return (int)count;
}

bool host_list_has(const char *list, unsigned int cpu)
{
	unsigned long first, last;
	while (range_next(&list, &first, &last))
		if (first <= cpu && cpu <= last)
			return true;
	return false;
}

static bool array_has(const json_t *array, const char *text)
{
	size_t i;
	json_t *item;
	json_array_foreach(array, i, item) if (!strcmp(json_string_value(item), text)) return true;
	return false;
}

#define MAX_CPUS 8192 /* NR_CPUS of the largest distribution kernels */

json_t *host_cpus_distinct(const char *leaf)
{
	char online[HOST_TEXT], text[256];
	json_t *texts = json_array();
	if (host_read(online, sizeof(online), "/sys/devices/system/cpu/online") < 0)
		return texts;
	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (host_list_has(online, cpu) &&
		    host_read(text, sizeof(text), "/sys/devices/system/cpu/cpu%u/%s", cpu, leaf) >
			    0 &&
		    !array_has(texts, text))
			json_array_append_new(texts, json_string(text));
	return texts;
}
