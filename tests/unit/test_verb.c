/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mode.h"
#include "path.h"
#include "verb.h"

static char output[1 << 18]; /* stdout and stderr of the last child */

/* Runs a verb in a child, since a parser may end its process. Returns the exit status. */
static int run(const struct verb *verb, int argc, char **argv)
{
	int fd = memfd_create("output", MFD_CLOEXEC), status;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		status = verb->main(argc, argv);
		fflush(NULL);
		_exit(status); /* not exit: glibc's argp_help leaks a byte, and LeakSanitizer tells
				*/
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ssize_t n = pread(fd, output, sizeof(output) - 1, 0);
	assert_true(n >= 0 && (size_t)n < sizeof(output) - 1);
	output[n] = '\0';
	close(fd);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run_help(const char *argument)
{
	char verb[] = "help", word[64];
	char *argv[] = { verb, word, NULL };
	snprintf(word, sizeof(word), "%s", argument);
	return run(&verb_help, *argument ? 2 : 1, argv);
}

static void has(const char *text)
{
	if (!strstr(output, text))
		fail_msg("there is no '%s'", text);
}

static void has_option(const char *before, const char *name, const char *after)
{
	char text[128];
	snprintf(text, sizeof(text), "%s%s%s", before, name, after);
	has(text);
}

static void has_fields(const struct field_table *table, const char *before, const char *after,
		       bool roff)
{
	for (size_t i = 0; i < table->count; i++) {
		char name[64], escaped[128] = "";
		verb_option_name(&table->rows[i], name, sizeof(name));
		assert_null(strchr(name, '_'));
		for (char *c = name; *c; c++)
			snprintf(escaped + strlen(escaped), 3, "%s%c",
				 roff && *c == '-' ? "\\" : "", *c);
		has_option(before, escaped, after);
	}
}

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; verbs[i]; i++) {
		assert_ptr_equal(verb_find(verbs[i]->name), verbs[i]);
		assert_true(*verbs[i]->summary);
		assert_non_null(verbs[i]->arguments);
		assert_non_null(verbs[i]->main);
	}
	assert_null(verb_find("ru"));
	assert_null(verb_find("runs"));
	assert_null(verb_find(""));
}

/* No option of a verb is named as a dimension or a setting is: one would hide the other. */
static void test_options_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; verbs[i]; i++)
		for (const struct verb_option *o = verbs[i]->options; o && o->name; o++) {
			assert_true(*o->summary);
			for (const struct verb_option *p = o + 1; p->name; p++)
				assert_string_not_equal(o->name, p->name);
			if (!verbs[i]->dimensions)
				continue;
			assert_null(field_find(&cell_table, o->name));
			assert_null(field_find(&settings_table, o->name));
		}
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(run_help(""), 0);
	for (size_t i = 0; verbs[i]; i++)
		has(verbs[i]->name);
	for (size_t i = 0; verbs[i]; i++) {
		assert_int_equal(run_help(verbs[i]->name), 0);
		has_option("zcbench ", verbs[i]->name, "");
		for (const struct verb_option *o = verbs[i]->options; o && o->name; o++)
			has_option("--", o->name, "");
	}
	assert_int_equal(run_help("run"), 0);
	has_fields(&cell_table, "--", "=LIST", false);
	has_fields(&settings_table, "--", "=VALUE", false);
	assert_int_equal(run_help("nonsense"), EXIT_TOOL_ERROR);
	has("nonsense");
}

static void test_man(void **state)
{
	(void)state;
	assert_int_equal(run_help("--man"), 0);
	has(".TH ZCBENCH 1");
	has_fields(&cell_table, "\\-\\-", "=\\fILIST", true);
	has_fields(&settings_table, "\\-\\-", "=\\fIVALUE", true);
	char text[128] = "";
	for (size_t i = 0; modes[i]; i++) {
		char *to = text;
		for (const char *c = modes[i]->name; *c; *to++ = *c++)
			if (*c == '-')
				*to++ = '\\';
		*to = '\0';
		has_option(modes[i]->direction == MODE_TX ? ".B tx " : ".B rx ", text, "\n");
	}
	/* Only requests that we mean begin with a dot, and no escape but ours is there. */
	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(*line != '\'' && (*line != '.' || strspn(line, ".TPBSHM\\\"") > 1));
}

static void test_completion(void **state)
{
	(void)state;
	assert_int_equal(run_help("--completion"), 0);
	has("complete -o default -F _zcbench zcbench");
	has_fields(&cell_table, " --", "", false);
	has_fields(&settings_table, " --", "", false);
	for (size_t i = 0; modes[i]; i++)
		has(modes[i]->name);
	for (size_t i = 0; paths[i]; i++)
		has(paths[i]->name);
	char file[] = "/tmp/zcbench-test-XXXXXX", command[64];
	int fd = mkstemp(file);
	assert_int_equal(write(fd, output, strlen(output)), (ssize_t)strlen(output));
	close(fd);
	snprintf(command, sizeof(command), "bash -n %s 2>&1", file);
	assert_int_equal(system(command), 0); /* bash takes it */
	unlink(file);
}

static char taken[512];

static int take(void *context, const char *name, const char *argument, struct reason *why)
{
	(void)context;
	if (argument && !strcmp(argument, "wrong"))
		return reason_set(why, EINVAL, "%s: this is wrong", name ? name : "it");
	size_t used = strlen(taken);
	snprintf(taken + used, sizeof(taken) - used, "[%s=%s]", name ? name : "",
		 argument ? argument : "");
	return 0;
}

static int parse_main(int argc, char **argv)
{
	*taken = '\0';
	verb_parse(&verb_run, argc, argv, take, NULL);
	puts(taken);
	return 0;
}

static const struct verb parsing = { .name = "run", .main = parse_main };

static int parse(const char *line)
{
	static char text[256], *argv[16];
	int argc = 0;
	snprintf(text, sizeof(text), "run %s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return run(&parsing, argc, argv);
}

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(parse("file.yaml --size 4K,1M --tx-cpu=0 --dry-run --seed=1"), 0);
	has("[size=4K,1M]");
	has("[tx-cpu=0]");
	has("[dry-run=]");
	has("[seed=1]");
	has("[=file.yaml]");
	assert_int_equal(parse(""), 0);
	assert_string_equal(output, "\n");
	assert_int_equal(parse("--help"), 0);
	has("--rcvbuf=LIST");
}

static void test_mistakes(void **state)
{
	(void)state;
	static const char *const bad[] = { "--no-such", "--size", "--dry-run=yes", "--size=wrong",
					   "wrong" };
	for (size_t i = 0; i < 5; i++) {
		if (parse(bad[i]) != EXIT_TOOL_ERROR)
			fail_msg("'%s' ends otherwise", bad[i]);
		has("zcbench run: ");
	}
	assert_int_equal(parse("--size=wrong"), EXIT_TOOL_ERROR);
	has("--size: this is wrong");
	char verb[] = "agent", word[] = "argument";
	char *argv[] = { verb, word, NULL };
	assert_int_equal(run(&verb_agent, 2, argv), EXIT_TOOL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),       cmocka_unit_test(test_options_are_unique),
		cmocka_unit_test(test_help),       cmocka_unit_test(test_man),
		cmocka_unit_test(test_completion), cmocka_unit_test(test_parse),
		cmocka_unit_test(test_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
