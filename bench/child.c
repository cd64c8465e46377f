/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker.h"

#define SILENCE_NS 1000000000ULL

static pid_t divide(bool sibling)
{
	return sibling ? (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) : fork();
}

static int pipes_open(int in[2], int out[2], struct reason *why)
{
	if (pipe2(in, O_CLOEXEC))
		return reason_set(why, errno, "making a pipe: %s", strerror(errno));
	if (!pipe2(out, O_CLOEXEC))
		return 0;
	int err = errno;
	close(in[0]);
	close(in[1]);
	return reason_set(why, err, "making a pipe: %s", strerror(err));
}

static void become(int in, int out, child_exec_fn *exec, const void *argument)
{
	sigset_t none;
	/* A terminal's Ctrl-C and hang-up reach the child too, maybe before it can say no. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, STDIN_FILENO); /* clears close-on-exec on the copies */
	dup2(out, STDOUT_FILENO);
	exec(argument);
	_exit(1);
}

int child_start(struct child *child, bool sibling, child_exec_fn *exec, const void *argument,
		struct reason *why)
{
	int in[2], out[2], err = pipes_open(in, out, why);
	if (err)
		return err;
	child->pid = divide(sibling);
	err = errno;
	if (!child->pid)
		become(in[0], out[1], exec, argument);
	close(in[0]);
	close(out[1]);
	child->to = in[1];
	child->from = out[0];
	if (child->pid > 0)
		return 0;
	close(child->to);
	close(child->from);
	return reason_set(why, err, "starting a process: %s; see ulimit -u", strerror(err));
}

/* Whoever undoes what an agent had done (xdp_displace) has its stdout open until then. */
void child_await_silence(int from)
{
	struct pollfd still = { .fd = from, .events = POLLIN };
	uint64_t end_ns = worker_now_ns() + SILENCE_NS;
	char rest[4096];
	while (worker_now_ns() < end_ns && poll(&still, 1, SILENCE_NS / 1000000) > 0 &&
	       read(from, rest, sizeof(rest)) > 0)
		;
}
