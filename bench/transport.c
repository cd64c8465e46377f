/* SPDX-License-Identifier: MIT */
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "self.h"
#include "transport_ssh.h"
#include "words.h"

/* Says why on the agent's own stdout, in the agent's own protocol, and ends the child. */
static void refuse(const char *what, const char *name)
{
	dprintf(STDOUT_FILENO, "fail %s %.80s: %s\n", what, name, strerror(errno));
	_exit(1);
}

static void exec_self(void)
{
	execl(self_program(), "zcbench", "agent", (char *)NULL);
	refuse("starting", self_program());
}

static void local_exec(const char *argument)
{
	(void)argument;
	exec_self();
}

static void netns_exec(const char *argument)
{
	char path[128];
	snprintf(path, sizeof(path), "%s%s", *argument == '/' ? "" : "/run/netns/", argument);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		refuse("opening the network namespace", path);
	if (setns(fd, CLONE_NEWNET))
		refuse("entering (CAP_SYS_ADMIN) the network namespace", path);
	exec_self();
}

static int nothing_check(const char *argument, struct reason *why)
{
	return *argument ? reason_set(why, EINVAL, "local takes no ':%.40s'", argument) : 0;
}

static int netns_check(const char *argument, struct reason *why)
{
	return *argument ? 0 : reason_set(why, EINVAL, "netns: lacks the NAME of a namespace");
}

static void exec_words(const struct words *words)
{
	/* With the coordinator it goes, also when that is killed: the other host sees the pipe end.
	 */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	execvp(words->list[0], words->list);
	refuse("starting", words->list[0]);
}

static int ssh_check(const char *argument, struct reason *why)
{
	struct words words = { 0 };
	return transport_ssh_words(argument, &words, why);
}

static void ssh_exec(const char *argument)
{
	struct words words = { 0 };
	struct reason why;
	/* A terminal's Ctrl-C would end an ssh that shares a connection, even if it is ignored. */
	setsid();
	if (!transport_ssh_words(argument, &words, &why))
		exec_words(&words);
	_exit(1);
}

static int command_check(const char *argument, struct reason *why)
{
	struct words words = { 0 };
	int err = words_add(&words, argument, why);
	if (!err && !words.count)
		return reason_set(why, EINVAL, "cmd: lacks a command that reaches `zcbench agent`");
	return err;
}

static void command_exec(const char *argument)
{
	struct words words = { 0 };
	struct reason why;
	if (!words_add(&words, argument, &why) && words.count)
		exec_words(&words);
	_exit(1);
}

static const struct transport {
	const char *name;
	const char *summary;
	bool far; /* it may reach another host */
	int (*check)(const char *argument, struct reason *why);
	void (*exec)(const char *argument); /* in the child; does not return */
} transports[] = {
	{ "local", "a process of this machine", false, nothing_check, local_exec },
	{ "netns", "netns:NAME or netns:/PATH, a process in that network namespace", false,
	  netns_check, netns_exec },
	{ "ssh", "ssh:[USER@]HOST[:PORT], by the system's ssh with your keys and config", true,
	  ssh_check, ssh_exec },
	{ "cmd", "cmd:COMMAND, words without a shell, whose stdin and stdout reach `zcbench agent`",
	  true, command_check, command_exec },
	{ 0 },
};

const char *transport_name(unsigned int i)
{
	return transports[i].name;
}

const char *transport_summary(unsigned int i)
{
	return transports[i].summary;
}

static const struct transport *find(const char *spec, const char **argument)
{
	size_t length = strcspn(spec, ":");
	*argument = spec[length] ? spec + length + 1 : "";
	for (const struct transport *t = transports; t->name; t++)
		if (strlen(t->name) == length && !memcmp(t->name, spec, length))
			return t;
	return NULL;
}

int transport_check(const char *spec, struct reason *why)
{
	const char *argument;
	const struct transport *transport = find(spec, &argument);
	if (!transport)
		return reason_set(why, EINVAL,
				  "transport '%.60s' is unknown; it is local, netns:NAME, "
				  "ssh:[USER@]HOST[:PORT] or cmd:COMMAND",
				  spec);
	return transport->check(argument, why);
}

bool transport_far(const char *spec)
{
	const char *argument;
	const struct transport *transport = find(spec, &argument);
	return transport && transport->far;
}

/* sh(1) and ssh(1): 127, the program is not there; 255, ssh itself failed. */
void transport_explain(const char *spec, int status, char *sentence, size_t room)
{
	const char *argument;
	const struct transport *transport = find(spec, &argument);
	bool ssh = transport && transport->exec == ssh_exec;
	if (ssh && status == 255)
		snprintf(
			sentence, room,
			"was not reached or was cut off; try `ssh -oBatchMode=yes ssh://%.60s true`",
			argument);
	else if (ssh && status == 127)
		snprintf(sentence, room,
			 "is not there: install zcbench on that host, or zcbench push %.60s",
			 argument);
	else
		snprintf(sentence, room,
			 "ended without an answer, with exit status %d; see its message on stderr",
			 status);
}

void transport_exec(const void *spec)
{
	const char *argument;
	const struct transport *transport = find(spec, &argument);
	if (transport)
		transport->exec(argument);
	_exit(1);
}
