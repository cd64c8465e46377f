/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A segment of one page: 4096 bytes and the timestamp option, which TCP_MAXSEG includes. */
#define MSS_PAGE (4096 + 12)

static socklen_t make_address(const char *address, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return sizeof(*v6);
	}
	return 0;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	/* The kernel wrote it (accept4, getsockname), which the analyzer does not know. */
	/* NOLINTNEXTLINE(clang-analyzer-core.*) */
	return ntohs(address->ss_family == AF_INET
			     ? ((const struct sockaddr_in *)address)->sin_port
			     : ((const struct sockaddr_in6 *)address)->sin6_port);
}

static int set_option(int fd, int level, int option, int value, const char *name,
		      struct reason *why)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		return reason_set(why, errno, "the kernel refuses --%s %d: %s", name, value,
				  strerror(errno));
	return 0;
}

/* SO_SNDBUF and SO_RCVBUF are cut to net.core.*mem_max in silence, so they are read back. */
static int set_buffer(int fd, int option, uint64_t bytes, const char *name, const char *limit,
		      struct reason *why)
{
	if (bytes == FIELD_AUTO)
		return 0;
	int err = set_option(fd, SOL_SOCKET, option, (int)bytes, name, why);
	int got = 0;
	socklen_t length = sizeof(got);
	if (!err && !getsockopt(fd, SOL_SOCKET, option, &got, &length) &&
	    (uint64_t)got < bytes * 2) /* socket(7): the kernel doubles the value */
		return reason_set(why, EOPNOTSUPP, "--%s %lu is cut to %d; raise %s", name,
				  (unsigned long)bytes, got / 2, limit);
	return err;
}

static int set_congestion(int fd, const char *name, struct reason *why)
{
	char got[16] = "";
	socklen_t length = sizeof(got);
	if (!strcmp(name, "auto"))
		return 0;
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)))
		return reason_set(why, EOPNOTSUPP,
				  "congestion control %s is not to be had (%s); see "
				  "net.ipv4.tcp_allowed_congestion_control",
				  name, strerror(errno));
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, got, &length) || strcmp(got, name))
		return reason_set(why, EOPNOTSUPP,
				  "asked for congestion control %s, the kernel uses %s", name, got);
	return 0;
}

/* Before connect or listen: the MSS and the window scale are settled in the handshake. */
static int set_options(int fd, const struct cell *cell, bool receiver, struct reason *why)
{
	int err = receiver ? set_buffer(fd, SO_RCVBUF, cell->rcvbuf, "rcvbuf", "net.core.rmem_max",
					why)
			   : set_buffer(fd, SO_SNDBUF, cell->sndbuf, "sndbuf", "net.core.wmem_max",
					why);
	if (!err && cell->mss != FIELD_AUTO)
		err = set_option(fd, IPPROTO_TCP, TCP_MAXSEG,
				 cell->mss == FIELD_PAGE ? MSS_PAGE : (int)cell->mss, "mss", why);
	if (!err)
		err = set_congestion(fd, cell->congestion, why);
	if (!err && cell_nodelay(cell))
		err = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "nodelay", why);
	return err;
}

static int new_socket(const struct cell *cell, bool receiver, const char *address, uint16_t port,
		      struct sockaddr_storage *to, socklen_t *length, struct reason *why)
{
	*length = make_address(address, port, to);
	if (!*length)
		return reason_set(why, EINVAL, "'%.40s' is no numeric address", address);
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return reason_set(why, errno, "making a socket: %s; see ulimit -n",
				  strerror(errno));
	int err = set_options(fd, cell, receiver, why);
	if (err)
		close(fd);
	return err ? err : fd;
}

int connection_listen(const struct cell *cell, const char *address, uint16_t *port,
		      struct reason *why)
{
	struct sockaddr_storage to;
	socklen_t length;
	int fd = new_socket(cell, true, address, 0, &to, &length, why);
	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&to, length) || listen(fd, 4096) ||
	    getsockname(fd, (struct sockaddr *)&to, &length)) {
		int err = errno;
		close(fd);
		return reason_set(why, err, "listening on %s: %s", address, strerror(err));
	}
	*port = port_of(&to);
	return fd;
}

int connection_accept(const struct cell *cell, int listener, uint64_t *seed, struct reason *why)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };
	if (poll(&wait, 1, CONNECTION_PATIENCE_S * 1000) <= 0)
		return reason_set(why, ETIMEDOUT, "no connection came within %d s",
				  CONNECTION_PATIENCE_S);
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int fd = accept4(listener, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
	if (fd < 0)
		return reason_set(why, errno, "accepting: %s; see ulimit -n", strerror(errno));
	*seed = port_of(&from);
	if (cell_nodelay(cell))
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "nodelay", why);
	return fd;
}

int connection_dial(const struct cell *cell, const char *address, uint16_t port, uint64_t *seed,
		    struct reason *why)
{
	struct sockaddr_storage to;
	socklen_t length;
	int fd = new_socket(cell, false, address, port, &to, &length, why);
	if (fd < 0)
		return fd;
	int err = 0;
	if (connect(fd, (struct sockaddr *)&to, length) ||
	    getsockname(fd, (struct sockaddr *)&to, &length))
		err = reason_set(why, errno, "connecting to %s port %u: %s", address, port,
				 strerror(errno));
	*seed = port_of(&to);
	if (!err && cell->cork)
		err = set_option(fd, IPPROTO_TCP, TCP_CORK, 1, "cork", why);
	if (err)
		close(fd);
	return err ? err : fd;
}

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

static void add_known(uint64_t *sum, uint64_t n)
{
	if (n != FIELD_UNKNOWN)
		*sum = *sum == FIELD_UNKNOWN ? n : *sum + n;
}

static uint64_t socket_number(int fd, int level, int option)
{
	int value;
	socklen_t length = sizeof(value);
	return getsockopt(fd, level, option, &value, &length) ? FIELD_UNKNOWN : (uint64_t)value;
}

/*
 * What TCP accepted is acknowledged or still queued; both count the FIN, and the first the SYN of
 * the end that connected. (bytes_sent counts attempts: a segment that a full device refuses is
 * sent, and counted, once more, and is no retransmission.)
 */
static uint64_t accepted_bytes(int queued, const struct tcp_info *info)
{
	const uint64_t syn = 1, fin = 1;
	return queued < 0 ? FIELD_UNKNOWN : info->tcpi_bytes_acked + (uint64_t)queued - syn - fin;
}

static void report_sender(int fd, const struct tcp_info *info, int queued, bool first,
			  struct sample *sample)
{
	add_known(&sample->tx.tcp_bytes, accepted_bytes(queued, info));
	add_known(&sample->retransmits, info->tcpi_total_retrans);
	add_known(&sample->busy_ns, info->tcpi_busy_time * 1000);
	add_known(&sample->rwnd_limited_ns, info->tcpi_rwnd_limited * 1000);
	add_known(&sample->sndbuf_limited_ns, info->tcpi_sndbuf_limited * 1000);
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
	const uint64_t fin = 1;
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
	/* bytes_received counts the FIN as one more. */
	add_known(&sample->rx.tcp_bytes, info.tcpi_bytes_received - fin);
	if (first)
		sample->rcvbuf_used = socket_number(fd, SOL_SOCKET, SO_RCVBUF);
}

void connection_add(struct sample *sum, const struct sample *from)
{
	add_known(&sum->tx.tcp_bytes, from->tx.tcp_bytes);
	add_known(&sum->rx.tcp_bytes, from->rx.tcp_bytes);
	add_known(&sum->retransmits, from->retransmits);
	add_known(&sum->busy_ns, from->busy_ns);
	add_known(&sum->rwnd_limited_ns, from->rwnd_limited_ns);
	add_known(&sum->sndbuf_limited_ns, from->sndbuf_limited_ns);
}
