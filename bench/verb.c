/* SPDX-License-Identifier: MIT */
#include "verb.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

const char *argp_program_version = "zcbench " ZCBENCH_VERSION;

const struct verb *const verbs[] = { &verb_run,  &verb_doctor, &verb_list,
				     &verb_help, &verb_agent,  NULL };

#define FIRST_KEY 1000 /* of options without a letter */

struct parse {
	const struct verb *verb;
	verb_take_fn *take;
	void *context;
	struct argp_option *options;
	size_t count;
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

void verb_option_name(const struct field *field, char *name, size_t room)
{
	snprintf(name, room, "%s", field->name);
	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = '-';
}

static void add_option(struct parse *parse, const char *name, const char *argument,
		       const char *text, int group)
{
	parse->options[parse->count] = (struct argp_option){ .name = strdup(name),
							     .key = FIRST_KEY + (int)parse->count,
							     .arg = argument,
							     .doc = strdup(text),
							     .group = group };
	parse->count++;
}

static void add_fields(struct parse *parse, const struct field_table *table, const char *argument,
		       int group)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		char name[64], shape[FIELD_SHAPE], text[2 * FIELD_SHAPE];
		verb_option_name(field, name, sizeof(name));
		field_shape(field, shape, sizeof(shape));
		snprintf(text, sizeof(text), "%s Takes %s. Preset: %s.", field->summary, shape,
			 field->preset && *field->preset ? field->preset : "none");
		add_option(parse, name, argument, text, group);
	}
}

static void add_title(struct parse *parse, const char *title, int group)
{
	parse->options[parse->count++] =
		(struct argp_option){ .doc = strdup(title), .group = group };
}

static void build_options(struct parse *parse)
{
	const struct verb_option *option = parse->verb->options;
	size_t room = 8 + cell_table.count + settings_table.count;
	for (size_t i = 0; option && option[i].name; i++)
		room++;
	parse->options = calloc(room, sizeof(*parse->options));
	if (!parse->options)
		exit(EXIT_TOOL_ERROR);
	for (; option && option->name; option++)
		add_option(parse, option->name, option->argument, option->summary, 0);
	if (!parse->verb->dimensions)
		return;
	add_title(parse, "Settings of the experiment:", 1);
	add_fields(parse, &settings_table, "VALUE", 1);
	add_title(
		parse,
		"Dimensions; a LIST is A,B,C or a range A..B (powers of two) or all, and cells are "
		"every combination:",
		2);
	add_fields(parse, &cell_table, "LIST", 2);
}

static void free_options(struct parse *parse)
{
	for (size_t i = 0; i < parse->count; i++) {
		free((char *)parse->options[i].name);
		free((char *)parse->options[i].doc);
	}
	free(parse->options);
}

static error_t parse_one(int key, char *argument, struct argp_state *state)
{
	struct parse *parse = state->input;
	const char *name = NULL;
	if (key >= FIRST_KEY && (size_t)(key - FIRST_KEY) < parse->count)
		name = parse->options[key - FIRST_KEY].name;
	else if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;

	struct reason why;
	if (parse->take(parse->context, name, argument, &why))
		argp_failure(state, EXIT_TOOL_ERROR, 0, "%s%s", name ? "--" : "", why.text);
	return 0;
}

static struct argp make_argp(struct parse *parse, char *text, size_t room)
{
	build_options(parse);
	snprintf(text, room, "%s\v%s", parse->verb->summary,
		 parse->verb->text ? parse->verb->text : "");
	argp_err_exit_status = EXIT_TOOL_ERROR;
	return (struct argp){ .options = parse->options,
			      .parser = parse_one,
			      .args_doc = parse->verb->arguments,
			      .doc = text };
}

void verb_parse(const struct verb *verb, int argc, char **argv, verb_take_fn *take, void *context)
{
	struct parse parse = { .verb = verb, .take = take, .context = context };
	char text[4096], name[64];
	struct argp argp = make_argp(&parse, text, sizeof(text));
	snprintf(name, sizeof(name), "zcbench %s", verb->name);
	argv[0] = name;
	argp_parse(&argp, argc, argv, ARGP_NO_ARGS * !*verb->arguments, NULL, &parse);
	free_options(&parse);
}

void verb_help_print(const struct verb *verb)
{
	struct parse parse = { .verb = verb };
	char text[4096], name[64];
	struct argp argp = make_argp(&parse, text, sizeof(text));
	snprintf(name, sizeof(name), "zcbench %s", verb->name);
	argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned int)ARGP_HELP_EXIT_OK, name);
	free_options(&parse);
}
