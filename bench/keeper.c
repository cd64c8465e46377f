/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "keeper_message.h"
#include "keeper_work.h"

#define ENDING_MS 2000

static pid_t keeper_pid; /* 0: there is none */
static int keeper_socket = -1;

/* A terminal's Ctrl-C reaches the keeper too; it ends when the coordinator does. */
static void stay_through(void)
{
	sigset_t stops;
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigaddset(&stops, SIGQUIT);
	sigprocmask(SIG_BLOCK, &stops, NULL); /* child_start opens them again for what is started */
	prctl(PR_SET_NAME, "zcbench-keeper");
}

static void serve(int from)
{
	static struct keeper_request request;
	static struct keeper_reply reply;
	stay_through();
	/* Whoever reads the coordinator's stdout waits for no keeper. */
	if (!freopen("/dev/null", "w", stdout))
		_exit(1);
	while (keeper_receive(from, &request, sizeof(request), NULL)) {
		keeper_work(&request, &reply);
		keeper_send(from, &reply, sizeof(reply), reply.fds);
		for (int i = 0; i < KEEPER_FDS; i++)
			if (reply.fds[i] >= 0)
				close(reply.fds[i]);
	}
	keeper_work_end();
	_exit(0);
}

/* However this process comes to exit, nothing is left behind it. */
static void stop(void)
{
	close(keeper_socket);
	while (waitpid(keeper_pid, NULL, 0) < 0 && errno == EINTR)
		;
	keeper_pid = 0;
	keeper_socket = -1;
}

int keeper_start(const struct keeper_orders *orders, struct reason *why)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return reason_set(why, errno, "starting the keeper: %s", strerror(errno));
	fflush(NULL);
	keeper_pid = fork();
	if (keeper_pid < 0)
		return reason_set(why, errno, "starting the keeper: %s; see ulimit -u",
				  strerror(errno));
	if (!keeper_pid) {
		close(ends[0]);
		keeper_work_begin(orders);
		serve(ends[1]);
	}
	close(ends[1]);
	keeper_socket = ends[0];
	atexit(stop);
	return 0;
}

static int ask(struct keeper_request *request, struct keeper_reply *reply, struct reason *why)
{
	if (!keeper_pid)
		keeper_work(request, reply);
	else if (!keeper_send(keeper_socket, request, sizeof(*request), NULL) ||
		 !keeper_receive(keeper_socket, reply, sizeof(*reply), reply->fds))
		return reason_set(why, ECONNRESET,
				  "the keeper, the process that opens paths and starts agents for "
				  "this one, has ended; was it killed? What was measured is kept");
	if (reply->err)
		*why = reply->why;
	return reply->err;
}

int keeper_path_open(const struct cell *cell, const struct path_ends *ends,
		     struct keeper_path *path, struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_OPEN };
	struct keeper_reply reply;
	int err = keeper_cell_say(cell, request.text, why);
	if (!keeper_pid)
		keeper_work_ends(ends);
	if (!err)
		err = ask(&request, &reply, why);
	if (!err)
		*path = reply.path;
	return err;
}

int keeper_path_close(struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_CLOSE };
	struct keeper_reply reply;
	return ask(&request, &reply, why);
}

static int start(struct keeper_request *request, struct child *child, struct reason *why)
{
	struct keeper_reply reply;
	int err = ask(request, &reply, why);
	if (!err)
		*child = (struct child){ reply.pid, reply.fds[0], reply.fds[1] };
	return err;
}

int keeper_agent(const char *spec, struct child *child, struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_AGENT };
	snprintf(request.text, sizeof(request.text), "%s", spec);
	return start(&request, child, why);
}

int keeper_prober(const uint64_t netns[PROBER_NETNS], struct child *child, struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_PROBER };
	memcpy(request.netns, netns, sizeof(request.netns));
	return start(&request, child, why);
}

/* Without its keeper, one that is another user's ends by itself, or is left to do so. */
static void wait_for(pid_t pid, bool killed)
{
	for (int ms = 0; killed || ms < ENDING_MS; ms++) {
		pid_t ended = waitpid(pid, NULL, killed ? 0 : WNOHANG);
		if (ended > 0 || (ended < 0 && errno != EINTR))
			return;
		usleep(killed ? 0 : 1000);
	}
}

void keeper_end(struct child *child)
{
	struct keeper_request request = { .task = KEEPER_KILL, .pid = child->pid };
	struct keeper_reply reply;
	struct reason why;
	close(child->to);
	bool killed = !ask(&request, &reply, &why) || !kill(child->pid, SIGKILL);
	wait_for(child->pid, killed);
	child_await_silence(child->from);
	close(child->from);
}

static int ask_folder(struct folder_place *place, struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_FOLDER };
	struct keeper_reply reply;
	int err = ask(&request, &reply, why);
	if (!err)
		*place = reply.place;
	return err;
}

int keeper_folder_make(struct folder_place *place, const char *base, const char *run_id,
		       struct reason *why)
{
	return keeper_pid ? ask_folder(place, why) : folder_place_make(place, base, run_id, why);
}

int keeper_folder_find(struct folder_place *place, const char *path, struct reason *why)
{
	return keeper_pid ? ask_folder(place, why) : folder_place_find(place, path, why);
}

int keeper_file(const struct folder_place *place, enum folder_file file, struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_FILE, .file = file };
	struct keeper_reply reply;
	if (!keeper_pid)
		return folder_place_file(place, file, why);
	int err = ask(&request, &reply, why);
	return err ? err : reply.fds[0] < 0 ? 0 : reply.fds[0];
}

int keeper_csv(struct reason *why)
{
	struct keeper_request request = { .task = KEEPER_CSV };
	struct keeper_reply reply;
	int err = ask(&request, &reply, why);
	return err ? err : reply.fds[0];
}

json_t *keeper_facts(void)
{
	struct keeper_request request = { .task = KEEPER_FACTS };
	struct keeper_reply reply;
	struct reason why;
	if (ask(&request, &reply, &why))
		return NULL;
	json_t *facts = json_loadfd(reply.fds[0], 0, NULL);
	close(reply.fds[0]);
	return facts;
}
