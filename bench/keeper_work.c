/* SPDX-License-Identifier: MIT */
#include "keeper_work.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"
#include "prober.h"
#include "transport.h"

#define CHILDREN 8 /* two agents and their probes are all that a repeat has */

/* One that was started for somebody else, who waits for it: until it is asked for no more. */
struct charge {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: this kernel has none (before 5.3) */
	int from;  /* its stdout, to see when it is silent */
};

static struct {
	bool keeper;
	struct keeper_orders orders;
	struct path_link link;
	bool open;
	struct charge charges[CHILDREN];
	struct folder_place place; /* path "": none yet */
} work;

void keeper_work_begin(const struct keeper_orders *orders)
{
	work.keeper = true;
	work.orders = *orders;
}

void keeper_work_ends(const struct path_ends *ends)
{
	work.orders.ends = ends;
}

static void tell_path(struct keeper_path *path)
{
	const struct path_link *link = &work.link;
	memcpy(path->tx_transport, link->tx_transport, sizeof(path->tx_transport));
	memcpy(path->rx_transport, link->rx_transport, sizeof(path->rx_transport));
	memcpy(path->tx_address, link->tx_address, sizeof(path->tx_address));
	memcpy(path->rx_address, link->rx_address, sizeof(path->rx_address));
	path->netns[0] = prober_netns(link->tx_netns);
	path->netns[1] = prober_netns(link->rx_netns);
}

static int open_path(struct keeper_request *request, struct keeper_reply *reply)
{
	struct cell cell;
	if (work.open)
		return reason_set(&reply->why, EBUSY, "a path is open already");
	int err = keeper_cell_hear(&cell, request->text, &reply->why);
	if (err)
		return err;
	path_link_clear(&work.link);
	err = cell_path(&cell)->open(&cell, work.orders.ends, &work.link, &reply->why);
	work.open = !err;
	if (!err)
		tell_path(&reply->path);
	return err;
}

static int close_path(struct keeper_request *request, struct keeper_reply *reply)
{
	(void)request, (void)reply;
	if (work.open)
		path_close(&work.link);
	work.open = false;
	return 0;
}

static bool same(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* A transport can be any command: one that nobody typed is not started. */
static bool allowed(const char *spec)
{
	const struct path_ends *ends = work.orders.ends;
	return !work.keeper || same("local", spec) ||
	       (work.open &&
		(same(work.link.tx_transport, spec) || same(work.link.rx_transport, spec))) ||
	       (ends && (same(ends->tx_agent, spec) || same(ends->rx_agent, spec)));
}

static struct charge *find_charge(pid_t pid)
{
	for (int i = 0; i < CHILDREN; i++)
		if (work.charges[i].pid == pid)
			return &work.charges[i];
	return NULL;
}

/* Here the caller has the child itself; a keeper keeps an eye on it. */
static int start(child_exec_fn *exec, const void *argument, struct keeper_reply *reply)
{
	struct child child;
	struct charge *charge = find_charge(0);
	if (work.keeper && !charge)
		return reason_set(&reply->why, EAGAIN, "the keeper has too many children");
	int err = child_start(&child, work.keeper, exec, argument, &reply->why);
	if (err)
		return err;
	reply->pid = child.pid;
	reply->fds[0] = child.to;
	reply->fds[1] = child.from;
	if (work.keeper)
		*charge = (struct charge){ .pid = child.pid,
					   .pidfd = (int)syscall(SYS_pidfd_open, child.pid, 0),
					   .from = fcntl(child.from, F_DUPFD_CLOEXEC, 0) };
	return 0;
}

static int start_agent(struct keeper_request *request, struct keeper_reply *reply)
{
	int err = transport_check(request->text, &reply->why);
	if (!err && !allowed(request->text))
		err = reason_set(&reply->why, EPERM, "the keeper starts no agent by %.60s",
				 request->text);
	return err ? err : start(transport_exec, request->text, reply);
}

static int start_prober(struct keeper_request *request, struct keeper_reply *reply)
{
	int err = prober_find(&reply->why);
	return err ? err : start(prober_exec, request->netns, reply);
}

static void strike(struct charge *charge)
{
	if (charge->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, charge->pidfd, SIGKILL, NULL, 0);
	else
		kill(charge->pid, SIGKILL);
}

static void release(struct charge *charge)
{
	if (charge->pidfd >= 0)
		close(charge->pidfd);
	if (charge->from >= 0)
		close(charge->from);
	*charge = (struct charge){ 0 };
}

static int kill_child(struct keeper_request *request, struct keeper_reply *reply)
{
	struct charge *charge = request->pid > 0 ? find_charge(request->pid) : NULL;
	if (charge) {
		strike(charge);
		release(charge);
	} else if (work.keeper || request->pid <= 0 || kill(request->pid, SIGKILL)) {
		return reason_set(&reply->why, ESRCH, "there is no such child");
	}
	return 0;
}

static int open_folder(struct keeper_request *request, struct keeper_reply *reply)
{
	const struct keeper_orders *orders = &work.orders;
	(void)request;
	if (!work.keeper || *work.place.path)
		return reason_set(&reply->why, EBUSY, "the folder is open already");
	int err = orders->resume ? folder_place_find(&work.place, orders->resume, &reply->why)
				 : folder_place_make(&work.place, orders->out, orders->run_id,
						     &reply->why);
	reply->place = work.place;
	reply->place.dir = -1;
	return err;
}

static int open_file(struct keeper_request *request, struct keeper_reply *reply)
{
	if (!*work.place.path || (unsigned int)request->file >= FOLDER_FILES)
		return reason_set(&reply->why, EINVAL, "no folder is open");
	int fd = folder_place_file(&work.place, request->file, &reply->why);
	reply->fds[0] = fd > 0 ? fd : -1;
	return fd < 0 ? fd : 0;
}

static int open_csv(struct keeper_request *request, struct keeper_reply *reply)
{
	const char *name = work.orders.csv ? work.orders.csv : "";
	(void)request;
	reply->fds[0] = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	return reply->fds[0] < 0
		       ? reason_set(&reply->why, errno, "--csv: %.100s: %s", name, strerror(errno))
		       : 0;
}

static int write_facts(struct keeper_request *request, struct keeper_reply *reply)
{
	json_t *facts = host_facts();
	int fd = memfd_create("facts", MFD_CLOEXEC);
	(void)request;
	reply->fds[0] = fd;
	int err = !facts || fd < 0 || json_dumpfd(facts, fd, 0) || lseek(fd, 0, SEEK_SET);
	json_decref(facts);
	return err ? reason_set(&reply->why, ENOMEM, "no memory for the host's facts") : 0;
}

void keeper_work(struct keeper_request *request, struct keeper_reply *reply)
{
	static int (*const tasks[KEEPER_TASKS])(struct keeper_request *, struct keeper_reply *) = {
		[KEEPER_OPEN] = open_path,    [KEEPER_CLOSE] = close_path,
		[KEEPER_AGENT] = start_agent, [KEEPER_PROBER] = start_prober,
		[KEEPER_KILL] = kill_child,   [KEEPER_FOLDER] = open_folder,
		[KEEPER_FILE] = open_file,    [KEEPER_CSV] = open_csv,
		[KEEPER_FACTS] = write_facts,
	};
	memset(reply, 0, sizeof(*reply));
	reply->fds[0] = reply->fds[1] = -1;
	request->text[KEEPER_TEXT - 1] = '\0';
	if ((unsigned int)request->task < KEEPER_TASKS)
		reply->err = tasks[request->task](request, reply);
	else
		reply->err = reason_set(&reply->why, EINVAL, "the keeper has no such task");
}

/* Agents first: what one of them had undone is undone before its device goes away. */
void keeper_work_end(void)
{
	for (int i = 0; i < CHILDREN; i++)
		if (work.charges[i].pid)
			strike(&work.charges[i]);
	for (int i = 0; i < CHILDREN; i++)
		if (work.charges[i].pid)
			child_await_silence(work.charges[i].from);
	if (work.open)
		path_close(&work.link);
}
