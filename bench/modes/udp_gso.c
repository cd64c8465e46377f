/* SPDX-License-Identifier: MIT */
#include "udp_gso.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../datagram.h"

#define SEGMENTS_MAX 64    /* udp(7); UDP_MAX_SEGMENTS is 128 from 6.9 */
#define SEND_MAX     65507 /* the longest datagram of IPv4, uncut */

int udp_gso_probe(const struct cell *cell, struct reason *why)
{
	int one = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	(void)cell;
	if (fd < 0)
		return reason_set(why, errno, "making a socket: %s", strerror(errno));
	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &one, sizeof(one)))
		err = reason_set(why, EOPNOTSUPP,
				 "this kernel refuses UDP_SEGMENT (%s); needs kernel 4.18",
				 strerror(errno));
	close(fd);
	return err;
}

int udp_gso_enable(struct worker *worker, uint64_t *most)
{
	int bytes = (int)(worker->piece + worker->gap);
	*most = SEND_MAX / (uint64_t)bytes < SEGMENTS_MAX ? SEND_MAX / (uint64_t)bytes
							  : SEGMENTS_MAX;
	if (!*most)
		*most = 1;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (setsockopt(worker->flows[i].fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof(bytes)))
			return reason_set(&worker->why, errno, "UDP_SEGMENT of %d bytes: %s", bytes,
					  strerror(errno));
	return 0;
}

int udp_send_failed(struct worker *worker, const char *call, int err)
{
	if (datagram_down(worker, err))
		return 0;
	const char *hint = err == EIO
				   ? "; UDP_SEGMENT needs a device with checksum offload (ethtool "
				     "-K DEV tx on)"
			   : err == EMSGSIZE ? "; the path's MTU became smaller, see ip route"
					     : "";
	return reason_set(&worker->why, err, "%s of a UDP datagram: %s%s", call, strerror(err),
			  hint);
}
