/* SPDX-License-Identifier: MIT */
/*
 * udp-msg-zerocopy, udp-gso-zerocopy: send(2) with MSG_ZEROCOPY of datagrams (b5947e5d1e71, 5.0),
 * one a call or as many as UDP_SEGMENT takes. The headers lie among the payload, so that a call is
 * of contiguous pages: a frag a page, of which an skb takes 17.
 *
 * A datagram that IP would have to fragment is copied (__ip_append_data looks for a checksum that
 * the device can fill in); ours never are.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "msg_zerocopy.h"
#include "udp.h"
#include "udp_gso.h"
#include "zerocopy_probe.h"

struct udp_zerocopy {
	struct zerocopy zerocopy; /* first: msg_zerocopy's */
	uint64_t most;            /* datagrams of a send */
};

static ssize_t send_run(struct worker *worker, struct flow *flow, const struct slice *slice)
{
	const struct udp_zerocopy *state = worker->state;
	(void)slice;
	struct udp_run run = udp_run_next(worker, flow, state->most);
	if (send(flow->fd, run.data, run.length, MSG_ZEROCOPY | MSG_NOSIGNAL) < 0)
		return -1;
	datagram_sent(flow, run.datagrams);
	return (ssize_t)run.payload;
}

static int probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return reason_set(why, errno, "making a socket: %s", strerror(errno));
	int err = zerocopy_enable(fd, why);
	close(fd);
	return err;
}

static int gso_probe(const struct cell *cell, struct reason *why)
{
	int err = probe(cell, why);
	return err ? err : udp_gso_probe(cell, why);
}

static int open_one(struct worker *worker)
{
	struct udp_zerocopy *state = worker->state;
	state->most = 1;
	return msg_zerocopy_open(worker, send_run);
}

static int open_gso(struct worker *worker)
{
	struct udp_zerocopy *state = worker->state;
	int err = udp_gso_enable(worker, &state->most);
	return err ? err : msg_zerocopy_open(worker, send_run);
}

#define UDP_ZEROCOPY_MODE(_symbol, _name, _summary, _probe, _open) \
	const struct copy_mode _symbol = {                         \
		.name = _name,                                     \
		.summary = _summary,                               \
		.direction = MODE_TX,                              \
		.service = &service_udp,                           \
		.flags = MODE_CLAIMS | MODE_REPORTS | MODE_ASYNC,  \
		.state_size = sizeof(struct udp_zerocopy),         \
		.probe = _probe,                                   \
		.layout = udp_layout,                              \
		.open = _open,                                     \
		.step = msg_zerocopy_step,                         \
		.drain = msg_zerocopy_drain,                       \
		.close = msg_zerocopy_close,                       \
	}

UDP_ZEROCOPY_MODE(tx_udp_msg_zerocopy, "udp-msg-zerocopy",
		  "send(2) with MSG_ZEROCOPY of each datagram (5.0)", probe, open_one);
UDP_ZEROCOPY_MODE(tx_udp_gso_zerocopy, "udp-gso-zerocopy",
		  "send(2) with MSG_ZEROCOPY of many datagrams, cut by UDP_SEGMENT (5.0)",
		  gso_probe, open_gso);
