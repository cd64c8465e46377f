/* SPDX-License-Identifier: MIT */
#include "admission.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* A connection that owes its token. */
struct newcomer {
	int fd;
	uint64_t number, until_ns;
	size_t got;
	unsigned char said[AGENT_TOKEN_BYTES];
};

struct admission {
	const struct order *order;
	int listener;
	struct flow *flows;
	uint64_t admitted, strangers;
	struct newcomer pending[ADMISSION_PENDING]; /* the oldest first */
	unsigned int count;
};

static void forget(struct admission *admission, unsigned int i)
{
	struct newcomer *pending = admission->pending;
	memmove(&pending[i], &pending[i + 1], (--admission->count - i) * sizeof(*pending));
}

static void drop(struct admission *admission, unsigned int i)
{
	close(admission->pending[i].fd);
	admission->strangers++;
	forget(admission, i);
}

/* One by one: what is waiting for us may have gone again since poll. */
static int take_newcomer(struct admission *admission, struct reason *why)
{
	int fd = connection_accept(&admission->order->cell, admission->listener, why);
	if (fd == -EAGAIN)
		return 0;
	if (fd < 0)
		return fd;
	if (admission->count == ADMISSION_PENDING)
		drop(admission, 0);
	admission->pending[admission->count++] = (struct newcomer){
		.fd = fd,
		.until_ns = worker_now_ns() + ADMISSION_TOKEN_MS * 1000000ULL,
	};
	return 0;
}

/* What it said so far: 1, the token; 0, the start of it; -1, something else, or it went away. */
static int listen_to(const struct admission *admission, struct newcomer *one)
{
	/* No byte more than the token: what follows it is the flow's. */
	ssize_t n = recv(one->fd, one->said + one->got, sizeof(one->said) - one->got, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	one->got += (size_t)n;
	return n ? order_flow_number(admission->order, one->said, one->got, &one->number) : -1;
}

/* Returns whether it is pending no more. */
static bool judge(struct admission *admission, unsigned int i)
{
	struct newcomer *one = &admission->pending[i];
	int said = listen_to(admission, one);
	if (said > 0) {
		struct flow *flow = &admission->flows[admission->admitted++];
		flow->fd = one->fd;
		flow->seed = one->number;
		forget(admission, i);
		return true;
	}
	if (said == 0 && worker_now_ns() < one->until_ns)
		return false;
	drop(admission, i);
	return true;
}

/* Until somebody comes or speaks, somebody's time is over, or the deadline. */
static int wait_for_anyone(const struct admission *admission, int hangup_fd, uint64_t deadline_ns)
{
	struct pollfd fds[2 + ADMISSION_PENDING] = {
		{ .fd = admission->listener, .events = POLLIN },
		{ .fd = hangup_fd, .events = POLLRDHUP },
	};
	uint64_t now = worker_now_ns();
	for (unsigned int i = 0; i < admission->count; i++) {
		fds[2 + i] = (struct pollfd){ .fd = admission->pending[i].fd, .events = POLLIN };
		if (admission->pending[i].until_ns < deadline_ns)
			deadline_ns = admission->pending[i].until_ns;
	}
	int ms = now < deadline_ns ? (int)((deadline_ns - now) / 1000000) + 1 : 0;
	int n = poll(fds, 2 + admission->count, ms);
	if (n < 0 && errno != EINTR)
		return -errno;
	return n > 0 && fds[1].revents ? -EPIPE : 0;
}

static int admit_all(struct admission *admission, int hangup_fd, struct reason *why)
{
	const uint64_t patience_ns = CONNECTION_PATIENCE_S * 1000000000ULL;
	uint64_t deadline_ns = worker_now_ns() + patience_ns, before;
	while (admission->admitted < admission->order->cell.flows) {
		if (worker_now_ns() >= deadline_ns)
			return reason_set(
				why, ETIMEDOUT,
				"no connection came within %d s; see the firewall between "
				"the two ends",
				CONNECTION_PATIENCE_S);
		int err = wait_for_anyone(admission, hangup_fd, deadline_ns);
		if (err)
			return reason_set(why, -err, "waiting for connections: %s", strerror(-err));
		err = take_newcomer(admission, why);
		if (err)
			return err;
		before = admission->admitted;
		for (unsigned int i = 0; i < admission->count;)
			if (admission->admitted == admission->order->cell.flows ||
			    !judge(admission, i))
				i++;
		if (admission->admitted != before)
			deadline_ns = worker_now_ns() + patience_ns;
	}
	return 0;
}

int admission_run(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		  uint64_t *strangers, struct reason *why)
{
	struct admission admission = { .order = order, .listener = listener, .flows = flows };
	int err = admit_all(&admission, hangup_fd, why);
	while (admission.count)
		drop(&admission, 0);
	*strangers = admission.strangers;
	return err;
}
