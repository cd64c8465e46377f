/* SPDX-License-Identifier: MIT */
#include "xdp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../netdev.h"
#include "../netns.h"

#define SOCKET_FRAMES_MIN 64

int xdp_probe(const struct cell *cell, struct reason *why)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EPERM)
		return reason_set(why, EPERM,
				  "AF_XDP sockets need CAP_NET_RAW, and XDP programs CAP_NET_ADMIN "
				  "and CAP_BPF: run it as root");
	if (fd < 0)
		return reason_set(why, errno,
				  "this kernel has no AF_XDP sockets (%s); it needs "
				  "CONFIG_XDP_SOCKETS",
				  strerror(errno));
	close(fd);
	if (cell->align)
		return reason_set(why, EINVAL,
				  "AF_XDP's frames begin where pages do; leave --align at 0");
	return 0;
}

int xdp_addresses(struct worker *worker, const struct flow *flow, struct sockaddr_storage *own,
		  struct sockaddr_storage *peer)
{
	socklen_t own_length = sizeof(*own), peer_length = sizeof(*peer);
	if (getsockname(flow->control, (struct sockaddr *)own, &own_length) ||
	    getpeername(flow->control, (struct sockaddr *)peer, &peer_length))
		return reason_set(&worker->why, errno, "asking for a flow's addresses: %s",
				  strerror(errno));
	return 0;
}

static int find_neighbour(struct worker *worker, struct xdp_set *set, struct netlink *netlink)
{
	struct sockaddr_storage own = { 0 }, peer = { 0 };
	int err = xdp_addresses(worker, &worker->flows[0], &own, &peer);
	if (!err)
		err = netlink_route(netlink, &peer, &set->route, &worker->why);
	if (err)
		return err;
	set->six = peer.ss_family == AF_INET6;
	if (!if_indextoname(set->route.index, set->device))
		return reason_set(&worker->why, ENODEV, "the device to the other end is gone");
	if (!strcmp(set->device, "lo"))
		return reason_set(&worker->why, EOPNOTSUPP,
				  "lo has no native XDP, and its generic form is another path; use "
				  "--path veth or nics");
	err = netlink_link_read(netlink, set->device, &set->link, &worker->why);
	if (!err && worker->mode->direction == MODE_TX)
		err = netlink_neighbour(netlink, &set->route, &set->peer, &worker->why);
	return err;
}

static int find_device(struct worker *worker, struct xdp_set *set)
{
	struct netlink netlink;
	int err = netlink_open(&netlink, NETNS_HERE, &worker->why);
	if (!err)
		err = find_neighbour(worker, set, &netlink);
	netlink_close(&netlink);
	return err;
}

/* How many of the device's queues are this worker's. */
static int count_queues(struct worker *worker, struct xdp_set *set, unsigned int most)
{
	struct netdev_queues has;
	int err = netdev_queues(NETNS_HERE, set->device, &has, &worker->why);
	if (err)
		return err;
	uint32_t queues = worker->mode->direction == MODE_TX ? has.tx : has.rx;
	if (queues <= worker->number)
		return reason_set(
			&worker->why, EOPNOTSUPP,
			"%s has %u queues for %u threads; lower --threads, or see --queues "
			"and ethtool -L",
			set->device, queues, worker->numbers);
	uint32_t own = (queues - worker->number - 1) / worker->numbers + 1;
	set->count = own < most ? own : most;
	return 0;
}

/* The largest power of two that leaves every socket as many. */
static uint32_t share_frames(const struct worker *worker, const struct xdp_set *set)
{
	uint32_t share = worker->pool.count, power = 1;
	if (worker->mode->direction == MODE_RX)
		share /= set->count;
	while (power * 2 <= share)
		power *= 2;
	/* A sender's rings have to have room for all frames. */
	return worker->mode->direction == MODE_TX && power < share ? power * 2 : power;
}

static int open_sockets(struct worker *worker, struct xdp_set *set)
{
	uint32_t frames = share_frames(worker, set);
	if (worker->mode->direction == MODE_RX && frames < SOCKET_FRAMES_MIN)
		return reason_set(&worker->why, EOPNOTSUPP,
				  "%u frames for %u queues of %s are too few; raise --buffers, or "
				  "lower its queues (ethtool -L)",
				  worker->pool.count, set->count, set->device);
	for (unsigned int i = 0; i < set->count; i++) {
		struct xsk_request request = {
			.device = set->device,
			.index = set->link.index,
			.queue = worker->number + i * worker->numbers,
			.receives = worker->mode->direction == MODE_RX,
			.zerocopy = worker->mode->flags & MODE_CLAIMS,
			.pool = &worker->pool,
			.sharer = i ? &set->sockets[0] : NULL,
			.first_frame = i * frames,
			.frames = frames,
			.busy_poll_us = worker->cell->busy_poll,
		};
		int err = xsk_open(&set->sockets[i], &request, &worker->why);
		if (err)
			return err;
	}
	return 0;
}

int xdp_open(struct worker *worker, unsigned int most)
{
	struct xdp_set *set = worker->state;
	set->polls = worker->cell->busy_poll;
	int err = find_device(worker, set);
	if (!err)
		err = count_queues(worker, set, most);
	if (err)
		return -EOPNOTSUPP;
	set->sockets = calloc(set->count, sizeof(*set->sockets));
	if (!set->sockets)
		return reason_set(&worker->why, ENOMEM, "no memory for AF_XDP sockets");
	for (unsigned int i = 0; i < set->count; i++)
		set->sockets[i].fd = -1;
	return open_sockets(worker, set) ? -EOPNOTSUPP : 0;
}

void xdp_close(struct worker *worker)
{
	struct xdp_set *set = worker->state;
	for (unsigned int i = 0; set->sockets && i < set->count; i++)
		xsk_close(&set->sockets[i]);
	free(set->sockets);
	set->sockets = NULL;
}
