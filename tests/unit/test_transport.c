/* SPDX-License-Identifier: MIT */
/* What a user's words for a transport become: an argument list, and nothing that a shell reads. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keeper.h"
#include "transport.h"
#include "transport_ssh.h"
#include "words.h"

static void expect_words(const struct words *words, size_t from, const char *const *wanted)
{
	size_t i = from;
	for (; *wanted; wanted++, i++) {
		assert_true(i < words->count);
		assert_string_equal(words->list[i], *wanted);
	}
	assert_int_equal(words->count, i);
	assert_null(words->list[i]);
}

static void split(const char *text, const char *const *wanted)
{
	struct words words = { 0 };
	struct reason why = { "" };
	assert_int_equal(words_add(&words, text, &why), 0);
	expect_words(&words, 0, wanted);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_words(void **state)
{
	(void)state;
	split("a", WORDS("a"));
	split("  a\tb \n c  ", WORDS("a", "b", "c"));
	split("'a b' \"c d\"e", WORDS("a b", "c de"));
	split("'' x", WORDS("", "x"));
	split("a\\ b \"q\\\"q\" 'n\\n'", WORDS("a b", "q\"q", "n\\n"));
	split("$HOME `x` $(x) ; | * ~", WORDS("$HOME", "`x`", "$(x)", ";", "|", "*", "~"));
	split("\"it's\" 'say \"x\"'", WORDS("it's", "say \"x\""));
}

static void test_words_refused(void **state)
{
	(void)state;
	char many[3 * WORDS_MAX] = "", large[4096];
	struct words words = { 0 };
	struct reason why;
	assert_int_equal(words_add(&words, "   ", &why), 0);
	assert_int_equal(words.count, 0);
	assert_int_equal(words_add(&words, "a 'b", &why), -EINVAL);
	words.count = 0;
	assert_int_equal(words_add(&words, "a\\", &why), -EINVAL);
	for (int i = 0; i <= WORDS_MAX; i++)
		strcat(many, "x ");
	words.count = 0;
	assert_int_equal(words_add(&words, many, &why), -E2BIG);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	words.count = 0;
	assert_int_equal(words_add(&words, large, &why), -E2BIG);
	large[sizeof(words.text) - 1] = '\0';
	assert_int_equal(words_add(&words, large, &why), 0);
	assert_int_equal(words_add(&words, "y", &why), -E2BIG);
}

static void ssh(const char *destination, const char *host, const char *port)
{
	struct words words = { 0 };
	struct reason why;
	size_t at = 4;
	unsetenv("ZCBENCH_SSH");
	assert_int_equal(transport_ssh_words(destination, &words, &why), 0);
	assert_string_equal(words.list[0], "ssh");
	assert_string_equal(words.list[2], "-oBatchMode=yes");
	if (port) {
		assert_string_equal(words.list[at], "-p");
		assert_string_equal(words.list[at + 1], port);
		at += 2;
	}
	assert_string_equal(words.list[at], "--");
	assert_string_equal(words.list[at + 1], host);
	assert_non_null(strstr(words.list[at + 2], "zcbench agent"));
	assert_int_equal(words.count, at + 3);
}

static void test_ssh(void **state)
{
	(void)state;
	ssh("b", "b", NULL);
	ssh("me@host-1.example", "me@host-1.example", NULL);
	ssh("me@b:2222", "me@b", "2222");
	ssh("fd00::2", "fd00::2", NULL);
	ssh("[fd00::2]:22", "fd00::2", "22");
	ssh("me@[fe80::1%eth0]", "me@fe80::1%eth0", NULL);
	struct words words = { 0 };
	struct reason why;
	setenv("ZCBENCH_SSH", "/opt/ssh -F 'my config'", 1);
	assert_int_equal(transport_ssh_words("b", &words, &why), 0);
	assert_string_equal(words.list[0], "/opt/ssh");
	assert_string_equal(words.list[2], "my config");
	unsetenv("ZCBENCH_SSH");
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const specs[] = {
		"ssh:",      "ssh:-oProxyCommand=x",
		"ssh:@b",    "ssh:me@",
		"ssh:b:0",   "ssh:b:65536",
		"ssh:b:22x", "ssh:a b",
		"ssh:$(x)",  "ssh:b;x",
		"ssh:[::1",  "ssh:[::1]x",
		"ssh:b/../", "ssh:'b'",
		"cmd:",      "cmd:  ",
		"cmd:'x",    "netns:",
		"local:x",   "",
		"loc",       ":x",
	};
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct reason why = { "" };
		struct child child;
		if (transport_check(specs[i], &why) != -EINVAL || !*why.text)
			fail_msg("'%s' is taken", specs[i]);
		assert_int_equal(keeper_agent(specs[i], &child, &why), -EINVAL);
	}
	assert_true(transport_far("ssh:b") && transport_far("cmd:x"));
	assert_false(transport_far("local") || transport_far("netns:x") || transport_far("?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_refused),
		cmocka_unit_test(test_ssh),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
