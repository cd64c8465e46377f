/* SPDX-License-Identifier: MIT */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct visit {
	int netns;
	int (*work)(void *argument);
	void *argument;
	struct reason *why;
	int result;
};

static void *visit_thread(void *argument)
{
	struct visit *visit = argument;
	if (visit->netns != NETNS_HERE && setns(visit->netns, CLONE_NEWNET)) {
		int err = errno;
		visit->result = reason_set(visit->why, err,
					   "cannot enter a network namespace (%s); that needs "
					   "CAP_SYS_ADMIN: run it as root",
					   strerror(err));
		return NULL;
	}
	visit->result = visit->work(visit->argument);
	return NULL;
}

/* Threads share memory and file descriptors but not the namespace: no child to reap. */
static int visit_run(struct visit *visit)
{
	sigset_t all, before;
	pthread_t thread;

	/* The helper must not take a signal that was meant for the program. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int err = pthread_create(&thread, NULL, visit_thread, visit);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return reason_set(visit->why, err,
				  "cannot start a helper thread (%s); raise ulimit -u or pids.max",
				  strerror(err));
	pthread_join(thread, NULL);
	return visit->result;
}

static int open_failed(struct reason *why, int err)
{
	switch (err) {
	case EPERM:
		return reason_set(why, err,
				  "a network namespace of its own needs CAP_SYS_ADMIN: run it as "
				  "root");
	case ENOSPC:
		return reason_set(why, err,
				  "no more network namespaces are allowed; raise the sysctl "
				  "user.max_net_namespaces");
	case EINVAL:
		return reason_set(why, err,
				  "this kernel has no network namespaces; it needs CONFIG_NET_NS");
	default:
		return reason_set(why, err, "cannot make a network namespace: %s", strerror(err));
	}
}

static int namespace_fd(struct reason *why)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		int err = errno;
		return reason_set(why, err,
				  "cannot open /proc/thread-self/ns/net (%s); mount /proc",
				  strerror(err));
	}
	return fd;
}

/* Runs in the helper thread: the namespace outlives it through the fd alone. */
static int namespace_make(void *argument)
{
	struct reason *why = argument;
	if (unshare(CLONE_NEWNET))
		return open_failed(why, errno);
	return namespace_fd(why);
}

int netns_here(int *netns, struct reason *why)
{
	int fd = namespace_fd(why);
	*netns = fd < 0 ? NETNS_HERE : fd;
	return fd < 0 ? fd : 0;
}

int netns_open(int *netns, struct reason *why)
{
	/* In a helper thread even though the namespace is our own: unshare changes its caller. */
	struct visit visit = { NETNS_HERE, namespace_make, why, why, 0 };
	int fd = visit_run(&visit);
	*netns = fd < 0 ? NETNS_HERE : fd;
	return fd < 0 ? fd : 0;
}

void netns_close(int *netns)
{
	if (*netns != NETNS_HERE)
		close(*netns);
	*netns = NETNS_HERE;
}

int netns_run(int netns, int (*work)(void *argument), void *argument, struct reason *why)
{
	if (netns == NETNS_HERE)
		return work(argument);
	struct visit visit = { netns, work, argument, why, 0 };
	return visit_run(&visit);
}

struct socket_request {
	int domain, type, protocol;
	struct reason *why;
};

static int socket_make(void *argument)
{
	const struct socket_request *request = argument;
	int fd = socket(request->domain, request->type | SOCK_CLOEXEC, request->protocol);
	if (fd >= 0)
		return fd;
	int err = errno;
	if (err == EAFNOSUPPORT && request->domain == AF_INET6)
		return reason_set(request->why, err,
				  "this kernel runs without IPv6; boot it without ipv6.disable=1, "
				  "or use --family ipv4");
	return reason_set(request->why, err, "cannot open a socket of family %d: %s",
			  request->domain, strerror(err));
}

int netns_socket(int netns, int domain, int type, int protocol, struct reason *why)
{
	struct socket_request request = { domain, type, protocol, why };
	return netns_run(netns, socket_make, &request, why);
}
