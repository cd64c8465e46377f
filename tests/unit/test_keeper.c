/* SPDX-License-Identifier: MIT */
/* A keeper does what the command line says, whatever it is asked for. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "keeper_work.h"

static struct keeper_request request;
static struct keeper_reply reply;

static int ask(enum keeper_task task, const char *text)
{
	request.task = task;
	snprintf(request.text, sizeof(request.text), "%s", text);
	keeper_work(&request, &reply);
	if (reply.err && !*reply.why.text)
		fail_msg("task %d with '%s' is refused without a sentence", task, text);
	assert_int_equal(reply.fds[0], -1);
	return reply.err;
}

static void test_a_cell_comes_through(void **state)
{
	(void)state;
	struct cell cell, heard;
	struct reason why;
	char text[KEEPER_TEXT];
	memset(&cell, 0, sizeof(cell));
	memset(&heard, 0xff, sizeof(heard));
	field_presets(&cell_table, &cell);
	strcpy(cell.nics, "eth1+eth2");
	cell.duration_ns = 1234567;
	assert_int_equal(keeper_cell_say(&cell, text, &why), 0);
	assert_int_equal(keeper_cell_hear(&heard, text, &why), 0);
	for (size_t i = 0; i < cell_table.count; i++) {
		char said[FIELD_ROOM], got[FIELD_ROOM];
		field_format(&cell_table.rows[i], &cell, said);
		field_format(&cell_table.rows[i], &heard, got);
		assert_string_equal(said, got);
	}
}

static void test_what_is_no_cell_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = { "path",     "path=99", "path=/etc",
					     "nosuch=1", "tx=\n=",  "size=-1" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(ask(KEEPER_OPEN, texts[i]), -EINVAL);
	memset(request.text, 'x', sizeof(request.text));
	keeper_work(&request, &reply);
	assert_int_equal(reply.err, -EINVAL);
}

static void test_only_what_was_typed(void **state)
{
	(void)state;
	static const char *const untyped[] = { "cmd:touch /tmp/x", "ssh:other", "netns:other",
					       "netns:/proc/1/fd/3" };
	for (size_t i = 0; i < sizeof(untyped) / sizeof(untyped[0]); i++)
		assert_int_equal(ask(KEEPER_AGENT, untyped[i]), -EPERM);
	assert_int_equal(ask(KEEPER_AGENT, "cmd:"), -EINVAL);
	assert_int_equal(ask(KEEPER_TASKS, ""), -EINVAL);
	assert_int_equal(ask((enum keeper_task) - 1, ""), -EINVAL);
	assert_int_equal(ask(KEEPER_FILE, ""), -EINVAL); /* no folder is open */
	assert_int_equal(ask(KEEPER_CLOSE, ""), 0);      /* nor a path */
}

static void test_nobody_elses_children(void **state)
{
	(void)state;
	const pid_t pids[] = { 0, -1, 1, getppid(), getpid() };
	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
		request.pid = pids[i];
		assert_int_equal(ask(KEEPER_KILL, ""), -ESRCH);
	}
}

static void test_packets_of_another_length(void **state)
{
	(void)state;
	int ends[2], fds[KEEPER_FDS];
	char few[3] = "ab", room[3];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	const int along[KEEPER_FDS] = { ends[0], -1 };
	assert_true(keeper_send(ends[0], few, 3, along));
	assert_true(keeper_receive(ends[1], room, 3, fds));
	assert_true(fds[0] > ends[1] && fds[1] == -1);
	close(fds[0]);
	assert_true(keeper_send(ends[0], few, 2, NULL));
	assert_false(keeper_receive(ends[1], room, 3, fds));
	assert_true(keeper_send(ends[0], &request, sizeof(request), NULL));
	assert_false(keeper_receive(ends[1], room, 3, NULL));
	close(ends[0]);
	assert_false(keeper_receive(ends[1], room, 3, NULL));
	assert_false(keeper_send(ends[1], few, 3, NULL));
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cell_comes_through),
		cmocka_unit_test(test_what_is_no_cell_is_refused),
		cmocka_unit_test(test_only_what_was_typed),
		cmocka_unit_test(test_nobody_elses_children),
		cmocka_unit_test(test_packets_of_another_length),
	};
	static const struct path_ends ends = { .tx_agent = "ssh:typed" };
	static const struct keeper_orders orders = { .ends = &ends, .out = "/nowhere" };
	keeper_work_begin(&orders);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
