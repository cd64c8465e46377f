/* SPDX-License-Identifier: MIT */
#include "xdp_displace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bpf.h"
#include "netlink.h"
#include "netns.h"

#define PUT_BACK_TRIES 2000 /* x 1 ms: the kernel takes our link off in its own time */

/* What the guard needs. */
struct theirs {
	struct netlink netlink;
	const char *device;
	int program;
	bool native;
	int wait; /* the end of the pipe that is read */
};

static int program_of(uint32_t id, const char *device, struct reason *why)
{
	union bpf_attr attr = { 0 };
	attr.prog_id = id;
	int fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &attr);
	return fd >= 0 ? fd
		       : reason_set(why, -fd,
				    "the XDP program %u on %s cannot be kept for later: %s; it "
				    "needs CAP_SYS_ADMIN, or leave --force off",
				    id, device, strerror(-fd));
}

/* Sockets, rings and programs of ours must not live on in the guard. */
static void close_others(const struct theirs *theirs)
{
	unsigned int keep[] = { STDERR_FILENO, (unsigned int)theirs->program,
				(unsigned int)netlink_fd(&theirs->netlink),
				(unsigned int)theirs->wait };
	for (unsigned int from = STDERR_FILENO + 1;;) {
		unsigned int next = UINT32_MAX;
		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if (keep[i] >= from && keep[i] < next)
				next = keep[i];
		if (next > from)
			syscall(SYS_close_range, from, next - (next != UINT32_MAX), 0);
		if (next == UINT32_MAX)
			return;
		from = next + 1;
	}
}

/*
 * In a session of its own, so that it outlives who is killed with all his group. It keeps our
 * stdout open: who waits for that to end knows that the device is as it was.
 */
static void guard(struct theirs *theirs)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct reason why = { "" };
	char nothing_to_do;
	ssize_t got;
	setsid();
	close_others(theirs);
	do
		got = read(theirs->wait, &nothing_to_do, 1);
	while (got < 0 && errno == EINTR);
	int err = got ? 0 : -EBUSY;
	for (int i = 0; err == -EBUSY && i < PUT_BACK_TRIES; i++) {
		err = netlink_link_xdp(&theirs->netlink, theirs->device, theirs->program, -1,
				       theirs->native, &why);
		if (err == -EBUSY)
			nanosleep(&pause, NULL);
	}
	if (err)
		dprintf(STDERR_FILENO, "zcbench: %s\n", why.text);
	_exit(err != 0);
}

static int guard_start(struct theirs *theirs, struct xdp_displaced *displaced, struct reason *why)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return reason_set(why, errno, "making a pipe: %s", strerror(errno));
	theirs->wait = ends[0];
	displaced->hold = ends[1];
	displaced->guard = fork();
	if (!displaced->guard)
		guard(theirs);
	int err = displaced->guard < 0 ? reason_set(why, errno, "fork: %s", strerror(errno)) : 0;
	close(ends[0]);
	if (err) {
		close(ends[1]);
		displaced->guard = 0;
	}
	return err;
}

/* The guard is there before there is anything to undo. */
static int displace(struct theirs *theirs, struct xdp_displaced *displaced, struct reason *why)
{
	int err = guard_start(theirs, displaced, why);
	if (err)
		return err;
	err = netlink_link_xdp(&theirs->netlink, theirs->device, -1, theirs->program,
			       theirs->native, why);
	if (err) {
		ssize_t told = write(displaced->hold, "", 1);
		(void)told; /* if it fails, the guard is gone or finds the program in place */
		xdp_put_back(displaced);
	}
	return err;
}

int xdp_displace(const char *device, struct xdp_displaced *displaced, struct reason *why)
{
	struct theirs theirs = { .device = device };
	struct netlink_link found;
	*displaced = (struct xdp_displaced){ .guard = 0 };
	int err = netlink_open(&theirs.netlink, NETNS_HERE, why);
	if (!err)
		err = netlink_link_read(&theirs.netlink, device, &found, why);
	if (!err && found.xdp_program) {
		theirs.native = found.native_xdp;
		theirs.program = program_of(found.xdp_program, device, why);
		err = theirs.program < 0 ? theirs.program : displace(&theirs, displaced, why);
		if (theirs.program >= 0)
			close(theirs.program);
	}
	netlink_close(&theirs.netlink);
	return err;
}

void xdp_put_back(struct xdp_displaced *displaced)
{
	if (!displaced->guard)
		return;
	close(displaced->hold);
	while (waitpid(displaced->guard, NULL, 0) < 0 && errno == EINTR)
		;
	displaced->guard = 0;
}
