// SPDX-License-Identifier: MIT
/* veth-pair NAME PEER: makes a veth pair in this namespace and sets it up; busybox's ip cannot. */
#include <err.h>
#include <fcntl.h>

#include "netlink.h"

int main(int argc, char **argv)
{
	struct netlink netlink;
	struct reason why;
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (argc != 3)
		errx(2, "usage: veth-pair NAME PEER");
	if (here < 0 || netlink_open(&netlink, here, &why) ||
	    netlink_veth(&netlink, argv[1], argv[2], here, 0, 0, &why) ||
	    netlink_link_up(&netlink, argv[1], &why) || netlink_link_up(&netlink, argv[2], &why) ||
	    netlink_link_wait(&netlink, argv[1], 5000, &why))
		errx(1, "%s", why.text);
	netlink_close(&netlink);
	return 0;
}
