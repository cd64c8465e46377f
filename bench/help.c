/* SPDX-License-Identifier: MIT */
/* The verb `help`: for people, and as man page and bash completion, all from the verb table. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "companion.h"
#include "mode.h"
#include "service.h"
#include "verb.h"
#include "version.h"

struct wanted {
	bool man, completion;
	const struct verb *verb;
};

static int take(void *context, const char *name, const char *argument, struct reason *why)
{
	struct wanted *wanted = context;
	if (name) {
		wanted->man = wanted->man || !strcmp(name, "man");
		wanted->completion = wanted->completion || !strcmp(name, "completion");
		return 0;
	}
	wanted->verb = verb_find(argument);
	if (wanted->verb)
		return 0;
	char *words[] = { (char *)argument, "--help", NULL };
	companion_become(argument, words);
	return reason_set(why, EINVAL,
			  "there is no verb '%.40s', or its program is not built; `zcbench help` "
			  "lists them",
			  argument);
}

static void print_overview(void)
{
	puts("zcbench measures how bytes move between programs and the wire, and whether they are "
	     "copied.\n\nUsage: zcbench VERB [ARGUMENTS]\n");
	for (size_t i = 0; verbs[i]; i++)
		printf("  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
	puts("\nIn programs of their own, named zcbench-VERB:\n");
	for (const struct companion *c = companions; c->name; c++)
		printf("  %-9s %s\n", c->name, c->summary);
	puts("\n`zcbench help VERB` tells all about one of them. Start with `zcbench doctor` and "
	     "`zcbench run\nexperiments/quick.yaml`.");
}

/* Text for roff: a leading dot or quote would be a request, '-' a hyphen, '\' an escape. */
static void roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
}

static void man_option(const char *name, const char *argument, const char *text)
{
	fputs(".TP\n.B ", stdout);
	roff("--");
	roff(name);
	if (argument)
		printf("=\\fI%s\\fR", argument);
	putchar('\n');
	roff(text);
	putchar('\n');
}

static void man_fields(const struct field_table *table, const char *argument)
{
	for (size_t i = 0; i < table->count; i++) {
		char name[64], shape[FIELD_SHAPE], text[2 * FIELD_SHAPE];
		verb_option_name(&table->rows[i], name, sizeof(name));
		field_shape(&table->rows[i], shape, sizeof(shape));
		snprintf(text, sizeof(text), "%s Takes %s.", table->rows[i].summary, shape);
		man_option(name, argument, text);
	}
}

static void man_verb(const struct verb *verb)
{
	fputs(".SS ", stdout);
	roff(verb->name);
	putchar(' ');
	roff(verb->arguments);
	putchar('\n');
	roff(verb->summary);
	putchar('\n');
	if (verb->text) {
		fputs(".PP\n", stdout);
		roff(verb->text);
		putchar('\n');
	}
	for (const struct verb_option *o = verb->options; o && o->name; o++)
		man_option(o->name, o->argument, o->summary);
	if (!verb->dimensions)
		return;
	puts(".PP\nSettings of the experiment:");
	man_fields(&settings_table, "VALUE");
	puts(".PP\nDimensions; a list is A,B,C or a range A..B (powers of two) or all:");
	man_fields(&cell_table, "LIST");
}

static void man_services(void)
{
	puts(".SH SERVICES\nWhat carries the bytes; both modes of a cell have the same.");
	for (size_t i = 0; services[i]; i++) {
		char gives[128];
		service_gives(services[i], gives, sizeof(gives));
		printf(".TP\n.B %s\n", services[i]->name);
		roff(services[i]->summary);
		printf(": %s\n", gives);
	}
}

static void print_man(void)
{
	puts(".\\\" SPDX-License-Identifier: MIT\n.TH ZCBENCH 1 \"\" \"zcbench " ZCBENCH_VERSION
	     "\" \"User Commands\"\n.SH NAME\nzcbench \\- measure copy and zero\\-copy data paths\n"
	     ".SH SYNOPSIS\n.B zcbench\n\\fIVERB\\fR [\\fIARGUMENTS\\fR]\n.SH VERBS");
	for (size_t i = 0; verbs[i]; i++)
		man_verb(verbs[i]);
	puts(".SS Programs of their own\nTheir options: zcbench help \\fIVERB\\fR.");
	for (const struct companion *c = companions; c->name; c++)
		printf(".TP\n.B %s\n%s\n", c->name, c->summary);
	puts(".SH MODES");
	for (size_t i = 0; modes[i]; i++) {
		printf(".TP\n.B %s ", modes[i]->direction == MODE_TX ? "tx" : "rx");
		roff(modes[i]->name);
		putchar('\n');
		roff(modes[i]->summary);
		printf(" (service %s)\n", modes[i]->service->name);
	}
	man_services();
	puts(".SH EXIT STATUS\n0 fine, 1 tool error, 2 confirmed regression, 3 measurement invalid "
	     "or unstable, 4 skipped as a whole.\n.SH FILES\nresults/RUN_ID/samples.csv, "
	     "results/RUN_ID/run.json, results/RUN_ID/latency.csv");
}

static void complete_choices(const struct field_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		char name[64];
		if (field->type != FIELD_CHOICE)
			continue;
		verb_option_name(field, name, sizeof(name));
		printf("\t--%s) words='all", name);
		for (uint64_t c = 0; field->choice(c); c++)
			printf(" %s", field->choice(c));
		puts("' ;;");
	}
}

static void complete_verb(const struct verb *verb)
{
	printf("\t%s) words='--help", verb->name);
	for (const struct verb_option *o = verb->options; o && o->name; o++)
		printf(" --%s", o->name);
	const struct field_table *tables[] = { &settings_table, &cell_table };
	for (int t = 0; t < 2 && verb->dimensions; t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			char name[64];
			verb_option_name(&tables[t]->rows[i], name, sizeof(name));
			printf(" --%s", name);
		}
	/* The plain words of a verb are in its arguments: [a|b|c]. */
	for (const char *c = verb->arguments; *c; c++)
		putchar(islower((unsigned char)*c) && !strchr(verb->arguments, '.') ? *c : ' ');
	puts("' ;;");
}

static void print_completion(void)
{
	puts("# SPDX-License-Identifier: MIT\n# bash completion for zcbench\n_zcbench() {\n"
	     "\tlocal words='' current=\"${COMP_WORDS[COMP_CWORD]}\" "
	     "previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	     "\t[ \"$current\" = '=' ] && current=''\n"
	     "\t[ \"$previous\" = '=' ] && previous=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
	     "\tcase \"$previous\" in");
	complete_choices(&cell_table);
	puts("\tesac\n\tif [ -z \"$words\" ]; then case \"${COMP_WORDS[1]}\" in");
	for (size_t i = 0; verbs[i]; i++)
		complete_verb(verbs[i]);
	puts("\tesac; fi");
	fputs("\tif [ \"$COMP_CWORD\" -eq 1 ]; then words='", stdout);
	for (size_t i = 0; verbs[i]; i++)
		printf("%s ", verbs[i]->name);
	for (const struct companion *c = companions; c->name; c++)
		printf("%s ", c->name);
	puts("'; fi\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
	     "complete -o default -F _zcbench zcbench");
}

static int help_main(int argc, char **argv)
{
	struct wanted wanted = { 0 };
	verb_parse(&verb_help, argc, argv, take, &wanted);
	if (wanted.man)
		print_man();
	else if (wanted.completion)
		print_completion();
	else if (wanted.verb)
		verb_help_print(wanted.verb);
	else
		print_overview();
	return 0;
}

static const struct verb_option options[] = {
	{ "man", NULL, "Print the man page." },
	{ "completion", NULL, "Print the completion for bash." },
	{ 0 },
};

const struct verb verb_help = {
	.name = "help",
	.arguments = "[VERB]",
	.summary = "Tell what zcbench can do, or all about one verb.",
	.options = options,
	.main = help_main,
};
