/* SPDX-License-Identifier: MIT */
/*
 * Experiments from YAML. libyaml's events rather than its documents: an event carries its line,
 * and what is refused (nesting, aliases) is refused before anything is built from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "experiment.h"

#define FILE_MAX_BYTES (1U << 20)
#define NAME_SHOWN     90 /* characters of a file's name in a sentence: its end */

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one; no event (0) before the first and after an error */
	struct experiment *experiment;
	const char *file;
	struct reason *why;
	bool *seen; /* by experiment_key */
};

static const char *name_end(const char *file)
{
	size_t length = strlen(file);
	return length > NAME_SHOWN ? file + length - NAME_SHOWN : file;
}

static int refuse_at(struct reader *reader, const yaml_mark_t *mark, int err, const char *sentence)
{
	return reason_set(reader->why, err, "%s:%zu: %s", name_end(reader->file), mark->line + 1,
			  sentence);
}

/* Refuses the current event. */
static int refuse(struct reader *reader, const char *sentence)
{
	return refuse_at(reader, &reader->event.start_mark, EINVAL, sentence);
}

/* Puts file and line before the sentence that a callee left, and passes its error on. */
static int refuse_value(struct reader *reader, int err)
{
	struct reason inner = *reader->why;
	return refuse_at(reader, &reader->event.start_mark, -err, inner.text);
}

static int refuse_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	char sentence[REASON_ROOM];
	if (parser->error == YAML_MEMORY_ERROR)
		return refuse_at(reader, &parser->mark, ENOMEM, "out of memory");
	snprintf(sentence, sizeof(sentence), "this is not YAML: %s",
		 parser->problem ? parser->problem : "no more is known");
	/* A reader error (bytes that are no UTF-8) has no mark of its own. */
	bool marked = parser->error == YAML_SCANNER_ERROR || parser->error == YAML_PARSER_ERROR;
	return refuse_at(reader, marked ? &parser->problem_mark : &parser->mark, EINVAL, sentence);
}

/* An experiment is plain data: what one reads is what is run. */
static int check_plain(struct reader *reader)
{
	const yaml_event_t *event = &reader->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (event->type == YAML_ALIAS_EVENT)
		return refuse(reader, "aliases (*name) are not taken; write the value out");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor)
		return refuse(reader, "anchors (&name) are not taken; write the value alone");
	if (tag)
		return refuse(reader, "tags (!name) are not taken; write the value alone");
	return 0;
}

/* Makes the next event the current one. */
static int next(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	memset(&reader->event, 0, sizeof(reader->event));
	if (!yaml_parser_parse(&reader->parser, &reader->event))
		return refuse_syntax(reader);
	return check_plain(reader);
}

/* The text of the current scalar. NULL if a NUL ("\0" in quotes) would hide what follows it. */
static const char *text_of(const struct reader *reader)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	return strlen(text) == reader->event.data.scalar.length ? text : NULL;
}

/* The current event is the scalar of a setting, a dimension, or an item of its sequence. */
static int read_scalar(struct reader *reader, size_t row, struct value_list *list)
{
	const char *text = text_of(reader);
	int err;
	if (!text)
		return refuse(reader, "a value cannot hold a NUL character");
	if (row < cell_table.count)
		err = value_list_add(list, &cell_table.rows[row], text, reader->why);
	else
		err = experiment_set(reader->experiment,
				     settings_table.rows[row - cell_table.count].name, text,
				     reader->why);
	return err ? refuse_value(reader, err) : 0;
}

static int read_sequence(struct reader *reader, size_t row, struct value_list *list)
{
	yaml_mark_t start = reader->event.start_mark;
	int err;
	if (row >= cell_table.count)
		return refuse(reader, "this key takes one value, not a sequence");
	while (!(err = next(reader)) && reader->event.type == YAML_SCALAR_EVENT) {
		err = read_scalar(reader, row, list);
		if (err)
			return err;
	}
	if (err)
		return err;
	if (reader->event.type != YAML_SEQUENCE_END_EVENT)
		return refuse(reader, "a sequence holds values only: nothing is nested here");
	if (!list->count)
		return refuse_at(reader, &start, EINVAL,
				 "the sequence is empty; name a value, or leave the key out");
	return 0;
}

static int read_value(struct reader *reader, size_t row)
{
	struct value_list list = { 0 };
	int err = next(reader);
	if (err)
		return err;
	if (reader->event.type == YAML_SCALAR_EVENT)
		err = read_scalar(reader, row, &list);
	else if (reader->event.type == YAML_SEQUENCE_START_EVENT)
		err = read_sequence(reader, row, &list);
	else
		err = refuse(reader, "a key takes a value or a sequence: nothing is nested here");
	if (!err && row < cell_table.count)
		experiment_take(reader->experiment, row, &list);
	value_list_free(&list);
	return err;
}

/* The current event is a key. */
static int read_pair(struct reader *reader)
{
	if (reader->event.type != YAML_SCALAR_EVENT)
		return refuse(reader, "a key is a name: nothing is nested here");
	const char *key = text_of(reader);
	if (!key)
		return refuse(reader, "a key cannot hold a NUL character");
	int number = experiment_key(key, reader->why);
	if (number < 0)
		return refuse_value(reader, number);
	if (reader->seen[number])
		return refuse(reader, "this key is there a second time; keep one of the two");
	reader->seen[number] = true;
	return read_value(reader, (size_t)number);
}

static int read_mapping(struct reader *reader)
{
	int err;
	if (reader->event.type != YAML_MAPPING_START_EVENT)
		return refuse(reader, "an experiment is a mapping, lines of `key: value`");
	while (!(err = next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
		err = read_pair(reader);
		if (err)
			return err;
	}
	return err;
}

/* stream start, document start, the mapping, document end, stream end */
static int read_stream(struct reader *reader)
{
	int err = next(reader);
	if (!err)
		err = next(reader);
	if (!err && reader->event.type == YAML_STREAM_END_EVENT)
		return refuse(reader, "the file is empty; an experiment is lines of `key: value`");
	if (!err)
		err = next(reader);
	if (!err)
		err = read_mapping(reader);
	if (!err)
		err = next(reader);
	if (!err)
		err = next(reader);
	if (!err && reader->event.type != YAML_STREAM_END_EVENT)
		return refuse(reader, "a file holds one experiment; put the second document into "
				      "a file of its own");
	return err;
}

int experiment_load_text(struct experiment *experiment, const char *file, const char *text,
			 size_t length, struct reason *why)
{
	struct reader reader = { .experiment = experiment, .file = file, .why = why };
	if (length > FILE_MAX_BYTES)
		return reason_set(why, EFBIG,
				  "%s:1: the file is larger than 1 MiB; name fewer values",
				  name_end(file));
	reader.seen = calloc(cell_table.count + settings_table.count, sizeof(*reader.seen));
	if (!reader.seen || !yaml_parser_initialize(&reader.parser)) {
		free(reader.seen);
		return reason_set(why, ENOMEM, "%s:1: out of memory", name_end(file));
	}
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
	int err = read_stream(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	free(reader.seen);
	return err;
}

static int cannot_read(const char *file, int err, struct reason *why)
{
	return reason_set(why, err, "%s:1: cannot be read (%s); name a file that you may read",
			  name_end(file), strerror(err));
}

int experiment_open_file(const char *file, struct reason *why)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? cannot_read(file, errno, why) : fd;
}

int experiment_load_fd(struct experiment *experiment, int fd, const char *file, struct reason *why)
{
	/* One byte more than is allowed, so that a file that is too long shows itself. */
	const size_t room = FILE_MAX_BYTES + 1;
	char *text = malloc(room);
	size_t length = 0;
	ssize_t got = text ? 1 : -1;
	while (got > 0 && length < room) {
		got = read(fd, text + length, room - length);
		length += got > 0 ? (size_t)got : 0;
	}
	int err = got < 0 ? cannot_read(file, errno, why)
			  : experiment_load_text(experiment, file, text, length, why);
	free(text);
	return err;
}

int experiment_load(struct experiment *experiment, const char *file, struct reason *why)
{
	int fd = experiment_open_file(file, why);
	if (fd < 0)
		return fd;
	int err = experiment_load_fd(experiment, fd, file, why);
	close(fd);
	return err;
}
