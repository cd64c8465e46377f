/* SPDX-License-Identifier: MIT */
#include "xdp_program.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netns.h"
#include "../xdp.h"
#include "../xdp_displace.h"

static struct {
	pthread_mutex_t lock;
	unsigned int users;
	struct xdp_redirect redirect; /* a program that passes all has a link only */
	int reserved;                 /* the socket that keeps the port ours */
	struct xdp_displaced displaced;
} program = { .lock = PTHREAD_MUTEX_INITIALIZER };

/*
 * Packets of the port no longer reach whoever has it in the kernel, so nobody
 * may; and what comes by a queue that we do not serve is not refused with an
 * ICMP message.
 */
static int reserve_port(bool six, uint16_t port, struct reason *why)
{
	struct sockaddr_storage any = { .ss_family = six ? AF_INET6 : AF_INET };
	struct sockaddr_in *four = (struct sockaddr_in *)&any; /* the port's place is the same */
	four->sin_port = htons(port);
	int fd = socket(any.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&any,
			     six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)))
		return fd;
	int err = errno;
	if (fd >= 0)
		close(fd);
	return reason_set(why, err, "UDP port %u is somebody else's (%s); run it again", port,
			  strerror(err));
}

static int attach_redirect(const char *device, bool six, uint16_t port, uint32_t queues,
			   struct reason *why)
{
	program.reserved = reserve_port(six, port, why);
	if (program.reserved < 0)
		return program.reserved;
	int err = xdp_redirect_open(&program.redirect, device, six, port, queues, why);
	if (err)
		close(program.reserved);
	return err;
}

static int attach_pass(const char *device, struct reason *why)
{
	program.redirect = (struct xdp_redirect){ .sockets = -1, .counts = -1 };
	program.reserved = -1;
	program.redirect.link = xdp_attach_pass(NETNS_HERE, device, why);
	return program.redirect.link < 0 ? program.redirect.link : 0;
}

/* The first worker makes room for it, if it may. 0: there is a program already. */
static int first(const char *device, bool force, struct reason *why)
{
	pthread_mutex_lock(&program.lock);
	if (program.users)
		return 0;
	program.displaced = (struct xdp_displaced){ .guard = 0 };
	int err = force ? xdp_displace(device, &program.displaced, why) : 0;
	return err ? err : 1;
}

/* What stops it is a lack of the host's, found before the first byte. */
static int took(int err)
{
	program.users += !err;
	if (!program.users)
		xdp_put_back(&program.displaced);
	pthread_mutex_unlock(&program.lock);
	return err ? -EOPNOTSUPP : 0;
}

int xdp_program_pass(const char *device, bool force, struct reason *why)
{
	int err = first(device, force, why);
	return took(err > 0 ? attach_pass(device, why) : err);
}

int xdp_program_redirect(const char *device, bool six, uint16_t port, uint32_t queues, bool force,
			 struct reason *why)
{
	int err = first(device, force, why);
	return took(err > 0 ? attach_redirect(device, six, port, queues, why) : err);
}

int xdp_program_serve(uint32_t queue, int fd, struct reason *why)
{
	return xdp_redirect_serve(&program.redirect, queue, fd, why);
}

int xdp_program_count(struct xdp_redirect_counts *counts)
{
	return xdp_redirect_count(&program.redirect, counts);
}

void xdp_program_release(void)
{
	pthread_mutex_lock(&program.lock);
	if (!--program.users) {
		xdp_redirect_close(&program.redirect);
		if (program.reserved >= 0)
			close(program.reserved);
		xdp_put_back(&program.displaced);
	}
	pthread_mutex_unlock(&program.lock);
}
