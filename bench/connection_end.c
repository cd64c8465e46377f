/* SPDX-License-Identifier: MIT */
/* The end of a connection, and what the socket says of it. */
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "connection.h"

void connection_half_close(int fd)
{
	shutdown(fd, SHUT_WR);
}

static int queued_bytes(int fd)
{
	int bytes;
	return ioctl(fd, SIOCOUTQ, &bytes) ? -1 : bytes;
}

uint64_t connection_finish(int fd)
{
	char drop[4096];
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	/* What comes back is late responses; the end of them is the peer's close. */
	while (poll(&wait, 1, CONNECTION_PATIENCE_S * 1000) > 0 &&
	       recv(fd, drop, sizeof(drop), MSG_DONTWAIT) > 0)
		;
	int queued = queued_bytes(fd);
	/* The FIN is the last thing in the queue and takes one number of the sequence. */
	return queued > 0 ? (uint64_t)queued - 1 : 0;
}

static uint64_t socket_number(int fd, int level, int option)
{
	int value;
	socklen_t length = sizeof(value);
	return getsockopt(fd, level, option, &value, &length) ? FIELD_UNKNOWN : (uint64_t)value;
}

/*
 * What TCP accepted is acknowledged or still queued; both count the FIN, and the first the SYN of
 * the end that connected, and the token. (bytes_sent counts attempts: a segment that a full device
 * refuses is sent, and counted, once more, and is no retransmission.)
 */
static uint64_t accepted_bytes(int queued, const struct tcp_info *info)
{
	const uint64_t syn = 1, fin = 1;
	if (queued < 0)
		return FIELD_UNKNOWN;
	return info->tcpi_bytes_acked + (uint64_t)queued - syn - fin - AGENT_TOKEN_BYTES;
}

static void report_sender(int fd, const struct tcp_info *info, int queued, bool first,
			  struct sample *sample)
{
	sample_add(&sample->tx.tcp_bytes, accepted_bytes(queued, info));
	sample_add(&sample->retransmits, info->tcpi_total_retrans);
	sample_add(&sample->busy_ns, info->tcpi_busy_time * 1000);
	sample_add(&sample->rwnd_limited_ns, info->tcpi_rwnd_limited * 1000);
	sample_add(&sample->sndbuf_limited_ns, info->tcpi_sndbuf_limited * 1000);
	if (!first)
		return;
	sample->mss_used = info->tcpi_snd_mss;
	sample->cwnd_segments = info->tcpi_snd_cwnd;
	sample->delivery_rate_bytes_per_s = info->tcpi_delivery_rate;
	sample->sndbuf_used = socket_number(fd, SOL_SOCKET, SO_SNDBUF);
	socklen_t length = sizeof(sample->congestion_used);
	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, sample->congestion_used, &length);
}

void connection_report(int fd, bool receiver, bool first, struct sample *sample)
{
	const uint64_t token_and_fin = AGENT_TOKEN_BYTES + 1;
	struct tcp_info info;
	socklen_t length = sizeof(info);
	memset(&info, 0, sizeof(info));
	int queued = queued_bytes(fd);
	/* sndbuf_limited came with 4.10, last of what is read here. */
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) ||
	    length < offsetof(struct tcp_info, tcpi_sndbuf_limited) +
			     sizeof(info.tcpi_sndbuf_limited))
		return;
	if (!receiver) {
		/* An acknowledgement that came in between would be counted twice. */
		if (queued_bytes(fd) != queued)
			queued = -1;
		report_sender(fd, &info, queued, first, sample);
		return;
	}
	/* bytes_received counts the FIN as one more; null does not wait for it. */
	if (info.tcpi_bytes_received >= token_and_fin)
		sample_add(&sample->rx.tcp_bytes, info.tcpi_bytes_received - token_and_fin);
	if (first) {
		sample->rcvbuf_used = socket_number(fd, SOL_SOCKET, SO_RCVBUF);
		sample->rcvlowat_used = socket_number(fd, SOL_SOCKET, SO_RCVLOWAT);
	}
}
