/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int control_listen(const struct order *order, char where[SERVICE_WHERE], struct reason *why)
{
	return service_tcp.listen(order, where, why);
}

/* What TCP takes for the flows' data is beside it here. */
static void take_aside(const struct order *order, struct flow *flows)
{
	for (uint64_t i = 0; i < order->cell.flows; i++) {
		flows[i].control = flows[i].fd;
		flows[i].fd = -1;
	}
}

int control_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		   uint64_t *strangers, struct reason *why)
{
	int err = service_tcp.accept(order, listener, hangup_fd, flows, strangers, why);
	take_aside(order, flows);
	return err;
}

int control_dial(const struct order *order, const char *where, struct flow *flows,
		 struct reason *why)
{
	int err = service_tcp.dial(order, where, flows, why);
	take_aside(order, flows);
	return err;
}

static bool wait_readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	return poll(&wait, 1, SERVICE_PATIENCE_S * 1000) > 0;
}

int control_say(const struct flow *flow, const void *data, size_t n, struct reason *why)
{
	ssize_t said = send(flow->control, data, n, MSG_NOSIGNAL);
	if (said == (ssize_t)n)
		return 0;
	return reason_set(why, said < 0 ? errno : EPIPE, "telling the other end of a flow: %s",
			  strerror(said < 0 ? errno : EPIPE));
}

int control_hear(const struct flow *flow, void *data, size_t n, struct reason *why)
{
	for (size_t have = 0; have < n;) {
		ssize_t got = wait_readable(flow->control)
				      ? recv(flow->control, (char *)data + have, n - have, 0)
				      : 0;
		if (got <= 0)
			return reason_set(why, got ? errno : ECONNRESET,
					  "the other end of a flow did not say what it has to: %s",
					  strerror(got ? errno : ECONNRESET));
		have += (size_t)got;
	}
	return 0;
}

bool control_heard(const struct flow *flow, void *data, size_t n)
{
	return recv(flow->control, data, n, MSG_PEEK | MSG_DONTWAIT) == (ssize_t)n &&
	       recv(flow->control, data, n, MSG_DONTWAIT) == (ssize_t)n;
}

bool control_wait_closed(int fd)
{
	char late[4096];
	while (wait_readable(fd))
		if (recv(fd, late, sizeof(late), 0) <= 0)
			return true;
	return false;
}

void control_close(struct flow *flow)
{
	if (flow->control >= 0)
		close(flow->control);
	flow->control = -1;
}
