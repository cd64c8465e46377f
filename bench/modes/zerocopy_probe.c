/* SPDX-License-Identifier: MIT */
#include "zerocopy_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

int zerocopy_enable(int fd, struct reason *why)
{
	struct utsname host;
	int one = 1;
	if (!setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return 0;
	int err = errno;
	uname(&host);
	return reason_set(why, err,
			  "SO_ZEROCOPY is refused (%s) by Linux %s; TCP has it from 4.14, "
			  "UDP from 5.0",
			  strerror(err), host.release);
}

/* A connection over loopback, to try a call on. 0, or -1 where there is none to be had. */
static int loopback_pair(int fds[2])
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(to);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[1] = -1;
	if (!bind(listener, (struct sockaddr *)&to, length) && !listen(listener, 1) &&
	    !getsockname(listener, (struct sockaddr *)&to, &length) &&
	    !connect(fds[0], (struct sockaddr *)&to, length))
		fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fds[1] < 0 ? -1 : 0;
}

int zerocopy_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int fds[2];
	bool paired = !loopback_pair(fds);
	int err = zerocopy_enable(fds[0], why);
	if (!err && paired && send(fds[0], "z", 1, MSG_ZEROCOPY | MSG_NOSIGNAL) < 0)
		err = reason_set(why, errno,
				 "a send with MSG_ZEROCOPY: %s; see net.core.optmem_max and "
				 "RLIMIT_MEMLOCK (ulimit -l)",
				 strerror(errno));
	close(fds[0]);
	if (paired)
		close(fds[1]);
	return err;
}
