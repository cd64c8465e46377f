/* SPDX-License-Identifier: MIT */
/*
 * A driver that is asked for XDP_ZEROCOPY and binds by copying, for one program (LD_PRELOAD). None
 * of the kernel's does so today: it refuses. How the socket is bound, XDP_OPTIONS says truly.
 */
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_xdp to;
	if (length == sizeof(to) && address->sa_family == AF_XDP) {
		memcpy(&to, address, sizeof(to));
		if (to.sxdp_flags & XDP_ZEROCOPY)
			to.sxdp_flags ^= XDP_ZEROCOPY | XDP_COPY;
		address = (const struct sockaddr *)&to;
	}
	return (int)syscall(SYS_bind, fd, address, length);
}
