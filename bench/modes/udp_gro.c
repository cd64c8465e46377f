/* SPDX-License-Identifier: MIT */
/*
 * udp-gro: a recvmsg(2) of datagrams that the kernel put together (UDP_GRO, e20cf8d3f1f7, 5.0), or
 * that the sender's UDP_SEGMENT kept together all the way. How long each of them is, a control
 * message tells.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "udp.h"

#define GATHERED_MAX 65535

static size_t segment_bytes(struct msghdr *message, size_t n)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
		if (part->cmsg_level == SOL_UDP && part->cmsg_type == UDP_GRO) {
			int bytes;
			memcpy(&bytes, CMSG_DATA(part), sizeof(bytes));
			return bytes > 0 ? (size_t)bytes : n;
		}
	return n;
}

static void take_segments(struct worker *worker, struct flow *flow, const unsigned char *data,
			  size_t n, size_t each)
{
	do {
		size_t length = n < each ? n : each;
		datagram_got(worker, flow, data, length);
		data += length;
		n -= length;
	} while (n);
}

static int gro_one(struct worker *worker, struct flow *flow)
{
	struct buffer *buffer = pool_take(&worker->pool);
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = buffer->data, .iov_len = worker->pool.size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = socket_result(worker, recvmsg(flow->fd, &message, 0));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return reason_set(&worker->why, (int)-n, "recvmsg of UDP datagrams: %s",
				  strerror((int)-n));
	take_segments(worker, flow, buffer->data, (size_t)n, segment_bytes(&message, (size_t)n));
	return 1;
}

static int step(struct worker *worker)
{
	return udp_rx_step(worker, gro_one);
}

static int enable(int fd, struct reason *why)
{
	int one = 1;
	if (!setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof(one)))
		return 0;
	return reason_set(why, EOPNOTSUPP, "this kernel refuses UDP_GRO (%s); needs kernel 5.0",
			  strerror(errno));
}

static int probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return reason_set(why, errno, "making a socket: %s", strerror(errno));
	int err = enable(fd, why);
	close(fd);
	return err;
}

static int open_mode(struct worker *worker)
{
	int err = udp_rx_open(worker);
	if (!err && worker->pool.size < GATHERED_MAX)
		err = reason_set(&worker->why, EINVAL,
				 "UDP_GRO passes up to %d bytes at once; raise --rx-size to 64K",
				 GATHERED_MAX);
	for (unsigned int i = 0; !err && i < worker->flow_count; i++)
		err = enable(worker->flows[i].fd, &worker->why);
	return err;
}

const struct copy_mode rx_udp_gro = {
	.name = "udp-gro",
	.summary = "recvmsg(2) of many datagrams at once, put together by UDP_GRO (5.0)",
	.direction = MODE_RX,
	.service = &service_udp,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct udp_rx),
	.probe = probe,
	.open = open_mode,
	.step = step,
	.close = udp_rx_close,
};
