/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "line.h"
#include "worker.h"

#define MS 1000000ULL

static struct line_reader reader;
static int to;
static int err;

static int set_up(void **state)
{
	int fds[2];
	(void)state;
	if (pipe2(fds, O_CLOEXEC))
		return 1;
	reader = (struct line_reader){ .fd = fds[0] };
	to = fds[1];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(reader.fd);
	if (to >= 0)
		close(to);
	return 0;
}

static void put(const char *text, size_t length)
{
	assert_int_equal(write(to, text, length), (ssize_t)length);
}

static char *next(uint64_t ms)
{
	return line_read(&reader, worker_now_ns() + ms * MS, -1, &err);
}

static void expect(const char *text)
{
	char *line = next(1000);
	assert_non_null(line);
	assert_int_equal(err, 0);
	assert_string_equal(line, text);
}

static void test_lines(void **state)
{
	(void)state;
	put("one\n\ntwo words\nthr", 18);
	expect("one");
	expect("");
	expect("two words");
	put("ee\n", 3);
	expect("three");
	assert_null(next(1));
	assert_int_equal(err, -ETIMEDOUT);
	put("four\nfive", 9);
	close(to);
	to = -1;
	expect("four");
	assert_null(next(1000)); /* half a line at the end is no line */
	assert_int_equal(err, -EPIPE);
	assert_null(next(1000));
	assert_int_equal(err, -EPIPE);
}

static void test_bytewise(void **state)
{
	(void)state;
	const char text[] = "ab\ncd\n";
	for (size_t i = 0; i < 2; i++)
		put(text + i, 1);
	assert_null(next(1));
	for (size_t i = 2; i < 6; i++)
		put(text + i, 1);
	expect("ab");
	expect("cd");
}

static void test_longest(void **state)
{
	(void)state;
	char text[3 * AGENT_LINE];
	memset(text, 'x', sizeof(text));
	for (int i = 1; i < 3; i++) { /* again after the buffer has moved */
		text[AGENT_LINE - 1] = '\n';
		put("ab\n", 3);
		put(text, AGENT_LINE);
		expect("ab");
		char *line = next(1000);
		assert_non_null(line);
		assert_int_equal(strlen(line), AGENT_LINE - 1);
	}
	text[AGENT_LINE - 1] = 'x';
	text[AGENT_LINE] = '\n';
	put(text, AGENT_LINE + 1);
	assert_null(next(1000));
	assert_int_equal(err, -EMSGSIZE);
}

static void test_nul(void **state)
{
	(void)state;
	put("a\0b\nnext\n", 9);
	assert_null(next(1000));
	assert_int_equal(err, -EBADMSG);
	expect("next");
}

static void test_deadline(void **state)
{
	(void)state;
	uint64_t start = worker_now_ns();
	assert_null(next(20));
	assert_int_equal(err, -ETIMEDOUT);
	uint64_t took = worker_now_ns() - start;
	assert_true(took >= 20 * MS && took < 2000 * MS);
	put("half", 4);
	assert_null(next(5));
	assert_int_equal(err, -ETIMEDOUT);
	put(" whole\n", 7);
	expect("half whole"); /* nothing was lost at the deadline */
}

static void *talk(void *argument)
{
	char text[4096];
	(void)argument;
	memset(text, '\n', sizeof(text));
	while (write(to, text, sizeof(text)) > 0)
		;
	return NULL;
}

/* One who talks without end must not outlive the deadline. */
static void test_flood(void **state)
{
	(void)state;
	pthread_t thread;
	signal(SIGPIPE, SIG_IGN);
	uint64_t deadline = worker_now_ns() + 30 * MS;
	assert_int_equal(pthread_create(&thread, NULL, talk, NULL), 0);
	while (line_read(&reader, deadline, -1, &err))
		assert_true(worker_now_ns() < deadline + 5000 * MS);
	assert_int_equal(err, -ETIMEDOUT);
	close(reader.fd); /* nobody listens: the other gets EPIPE */
	reader.fd = -1;
	pthread_join(thread, NULL);
}

static void test_other(void **state)
{
	(void)state;
	int other = eventfd(0, EFD_CLOEXEC);
	uint64_t soon = worker_now_ns() + 20 * MS;
	assert_null(line_read(&reader, soon, other, &err));
	assert_int_equal(err, -ETIMEDOUT);
	assert_int_equal(eventfd_write(other, 1), 0);
	assert_null(line_read(&reader, worker_now_ns() + 1000 * MS, other, &err));
	assert_int_equal(err, -EINTR);
	put("line\n", 5); /* a line comes first */
	char *line = line_read(&reader, worker_now_ns() + 1000 * MS, other, &err);
	assert_non_null(line);
	assert_string_equal(line, "line");
	close(other);
}

static void test_after(void **state)
{
	(void)state;
	static const struct {
		const char *line, *word, *rest;
	} cases[] = {
		{ "cell a=b", "cell", "a=b" },
		{ "cell", "cell", "" },
		{ "cell ", "cell", "" },
		{ "cells", "cell", NULL },
		{ "cel", "cell", NULL },
		{ "", "cell", NULL },
		{ "cell  x", "cell", " x" },
		{ "any line", "", "any line" },
		{ "", "", "" },
		{ "fail why", "done", NULL },
		{ "Cell x", "cell", NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[32];
		strcpy(line, cases[i].line);
		char *rest = line_after(line, cases[i].word);
		assert_int_equal(!rest, !cases[i].rest);
		if (rest)
			assert_string_equal(rest, cases[i].rest);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),    TEST(test_bytewise), TEST(test_longest), TEST(test_nul),
		TEST(test_deadline), TEST(test_flood),    TEST(test_other),   TEST(test_after),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
