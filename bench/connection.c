/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
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
	/* The kernel wrote it (getsockname), which the analyzer does not know. */
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

int connection_buffers(int fd, const struct cell *cell, bool receiver, struct reason *why)
{
	return receiver
		       ? set_buffer(fd, SO_RCVBUF, cell->rcvbuf, "rcvbuf", "net.core.rmem_max", why)
		       : set_buffer(fd, SO_SNDBUF, cell->sndbuf, "sndbuf", "net.core.wmem_max",
				    why);
}

int connection_lowat(int fd, const struct cell *cell, struct reason *why)
{
	int bytes = (int)cell->rcvlowat, got = 0;
	socklen_t length = sizeof(got);
	int err = set_option(fd, SOL_SOCKET, SO_RCVLOWAT, bytes, "rcvlowat", why);
	if (!err && !getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &got, &length) && got != bytes)
		return reason_set(why, EOPNOTSUPP,
				  "--rcvlowat %d is cut to %d, half of the receive buffer; raise "
				  "--rcvbuf or net.ipv4.tcp_rmem",
				  bytes, got);
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
	int err = connection_buffers(fd, cell, receiver, why);
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

/* ip(7): no port is left of those that the kernel may pick. */
static const char *ports_hint(int err)
{
	return err == EADDRINUSE || err == EADDRNOTAVAIL
		       ? "; see net.ipv4.ip_local_port_range and who holds its ports (ss -tan)"
		       : "";
}

int connection_listen(const struct cell *cell, const char *address, uint16_t *port,
		      struct reason *why)
{
	struct sockaddr_storage to;
	socklen_t length;
	int fd = new_socket(cell, true, address, 0, &to, &length, why);
	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) || bind(fd, (struct sockaddr *)&to, length) ||
	    listen(fd, 4096) || getsockname(fd, (struct sockaddr *)&to, &length)) {
		int err = errno;
		close(fd);
		return reason_set(why, err, "listening on %s: %s%s", address, strerror(err),
				  ports_hint(err));
	}
	*port = port_of(&to);
	return fd;
}

int connection_accept(const struct cell *cell, int listener, struct reason *why)
{
	struct sockaddr_storage from = { 0 };
	socklen_t length = sizeof(from);
	int fd = accept4(listener, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
	/* accept(2): a network that failed meanwhile is told here, and is that connection's affair.
	 */
	if (fd < 0 && errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
		return -EAGAIN;
	if (fd < 0)
		return reason_set(why, errno, "accepting: %s; see ulimit -n", strerror(errno));
	if (from.ss_family == AF_UNIX) /* has no options of TCP */
		return fd;
	if (cell_nodelay(cell))
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "nodelay", why);
	return fd;
}

/* The port is left to connect, which can share one between destinations. */
static int bind_source(int fd, const char *source, struct reason *why)
{
	struct sockaddr_storage from;
	int one = 1;
	if (!*source)
		return 0;
	socklen_t length = make_address(source, 0, &from);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (!length || bind(fd, (struct sockaddr *)&from, length))
		return reason_set(why, length ? errno : EINVAL,
				  "--tx-address %s: %s; name an address of the sender's host",
				  source, length ? strerror(errno) : "no numeric address");
	return 0;
}

static int dial(int fd, const struct order *order, uint16_t port, uint64_t number,
		struct reason *why)
{
	struct sockaddr_storage to;
	unsigned char token[AGENT_TOKEN_BYTES];
	socklen_t length = make_address(order->address, port, &to);
	int err = bind_source(fd, order->source, why);
	if (err)
		return err;
	if (connect(fd, (struct sockaddr *)&to, length))
		return reason_set(why, errno, "connecting to %s port %u: %s%s", order->address,
				  port, strerror(errno), ports_hint(errno));
	order_flow_token(order, number, token);
	if (send(fd, token, sizeof(token), MSG_NOSIGNAL) != sizeof(token))
		return reason_set(why, errno, "saying the token to %s port %u: %s", order->address,
				  port, strerror(errno));
	/* Last: a cork would hold the token back. */
	return order->cell.cork ? set_option(fd, IPPROTO_TCP, TCP_CORK, 1, "cork", why) : 0;
}

int connection_dial(const struct order *order, uint16_t port, uint64_t number, struct reason *why)
{
	struct sockaddr_storage to;
	socklen_t length;
	int fd = new_socket(&order->cell, false, order->address, port, &to, &length, why);
	if (fd < 0)
		return fd;
	int err = dial(fd, order, port, number, why);
	if (err)
		close(fd);
	return err ? err : fd;
}

int connection_cpu(int fd)
{
	int cpu = -1;
	socklen_t length = sizeof(cpu);
	return getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &length) ? -1 : cpu;
}
