/* SPDX-License-Identifier: MIT */
#include "local.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "admission.h"
#include "control.h"

/* A message of one seed, with room for one descriptor beside it. */
struct note {
	uint64_t seed;
	struct iovec part;
	_Alignas(struct cmsghdr) char beside[CMSG_SPACE(sizeof(int))];
	struct msghdr message;
};

static void note_prepare(struct note *note)
{
	*note = (struct note){ .part = { &note->seed, sizeof(note->seed) } };
	note->message.msg_iov = &note->part;
	note->message.msg_iovlen = 1;
	note->message.msg_control = note->beside;
	note->message.msg_controllen = sizeof(note->beside);
}

static int make_folder(char *path, size_t room, struct reason *why)
{
	const char *base = getenv("TMPDIR");
	int n = snprintf(path, room, "%s/zcbench-XXXXXX", base && *base ? base : "/tmp");
	if (n < 0 || (size_t)n + sizeof("/s") > room)
		return reason_set(why, ENAMETOOLONG, "TMPDIR is too long for a unix socket");
	if (!mkdtemp(path))
		return reason_set(why, errno,
				  "making %.100s: %s; set TMPDIR to a folder to write to", path,
				  strerror(errno));
	return 0;
}

int local_listen(const struct order *order, char where[SERVICE_WHERE], struct reason *why)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	(void)order;
	int err = make_folder(at.sun_path, sizeof(at.sun_path), why);
	if (err)
		return err;
	strcat(at.sun_path, "/s"); /* make_folder left room */
	snprintf(where, SERVICE_WHERE, "%s", at.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 4096))
		return fd;
	err = reason_set(why, errno, "listening at %s: %s", where, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(at.sun_path);
	rmdir(dirname(at.sun_path));
	return err;
}

/* Whoever had to come has come. */
static void forget_folder(int listener)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(at);
	if (getsockname(listener, (struct sockaddr *)&at, &length) || unlink(at.sun_path))
		return;
	rmdir(dirname(at.sun_path));
}

static int passed_fd(struct msghdr *message)
{
	int fd = -1;
	struct cmsghdr *beside = CMSG_FIRSTHDR(message);
	if (beside && beside->cmsg_level == SOL_SOCKET && beside->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(beside), sizeof(fd));
	return fd;
}

static int hear_flow(struct flow *flow, struct reason *why)
{
	struct note note;
	struct timeval patience = { .tv_sec = SERVICE_PATIENCE_S };
	note_prepare(&note);
	setsockopt(flow->control, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* Written at once, so it comes whole. */
	ssize_t n = recvmsg(flow->control, &note.message, MSG_CMSG_CLOEXEC);
	if (n != sizeof(note.seed))
		return reason_set(why, n < 0 ? errno : EPROTO, "the other end passed no flow: %s",
				  n < 0 ? strerror(errno) : "its message is cut");
	flow->seed = note.seed;
	flow->fd = passed_fd(&note.message);
	return 0;
}

int local_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		 uint64_t *strangers, struct reason *why)
{
	int err = admission_run(order, listener, hangup_fd, flows, strangers, why);
	forget_folder(listener);
	for (uint64_t i = 0; i < order->cell.flows; i++) {
		flows[i].control = flows[i].fd;
		flows[i].fd = -1;
	}
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = hear_flow(&flows[i], why);
	return err;
}

static int connect_one(const struct order *order, const char *where, struct flow *flow,
		       struct reason *why)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (strlen(where) >= sizeof(to.sun_path))
		return reason_set(why, EPROTO, "'%.40s' is no unix socket", where);
	strcpy(to.sun_path, where);
	flow->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (flow->control < 0)
		return reason_set(why, errno, "making a socket: %s; see ulimit -n",
				  strerror(errno));
	if (connect(flow->control, (struct sockaddr *)&to, sizeof(to)))
		return reason_set(why, errno, "connecting to %s: %s", where, strerror(errno));
	return control_say(flow, order->token, sizeof(order->token), why);
}

int local_dial(const struct order *order, const char *where, struct flow *flows,
	       local_join_fn *join, struct reason *why)
{
	int err = 0;
	for (uint64_t i = 0; !err && i < order->cell.flows; i++) {
		flows[i].seed = i;
		err = connect_one(order, where, &flows[i], why);
		if (!err)
			err = join(order, &flows[i], why);
	}
	return err;
}

int local_pass(const struct flow *flow, int fd, struct reason *why)
{
	struct note note;
	note_prepare(&note);
	note.seed = flow->seed;
	if (fd < 0)
		note.message.msg_controllen = 0;
	struct cmsghdr *beside = CMSG_FIRSTHDR(&note.message);
	if (beside) {
		beside->cmsg_level = SOL_SOCKET;
		beside->cmsg_type = SCM_RIGHTS;
		beside->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(beside), &fd, sizeof(fd));
	}
	if (sendmsg(flow->control, &note.message, MSG_NOSIGNAL) != sizeof(note.seed))
		return reason_set(why, errno, "passing a flow to the other end: %s",
				  strerror(errno));
	return 0;
}

void local_close(struct flow *flow)
{
	if (flow->fd >= 0)
		close(flow->fd);
	flow->fd = -1;
	control_close(flow);
}
