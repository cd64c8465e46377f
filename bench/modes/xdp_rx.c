/* SPDX-License-Identifier: MIT */
/* The receiving AF_XDP modes: a program gives the device's packets of our port to the sockets. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../compat.h"
#include "../netdev.h"
#include "../netns.h"
#include "xdp.h"
#include "xdp_program.h"

#define LOOKS 20000 /* some 20 us */

struct xdp_rx {
	struct xdp_set set; /* first */
	struct pollfd *polled;
	size_t headers; /* bytes before the datagram */
	struct datagram_idle idle;
	unsigned int looks; /* at rings without a packet, before it sleeps */
	bool program;
};

static uint16_t port_of(const struct sockaddr_storage *address)
{
	return ntohs(address->ss_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)address)->sin6_port
			     : ((const struct sockaddr_in *)address)->sin_port);
}

/* Served last: from then on packets come. */
static int serve_queues(struct worker *worker, struct xdp_rx *rx)
{
	struct sockaddr_storage own = { 0 }, peer = { 0 };
	struct netdev_queues has;
	int err = xdp_addresses(worker, &worker->flows[0], &own, &peer);
	if (!err)
		err = netdev_queues(NETNS_HERE, rx->set.device, &has, &worker->why);
	if (!err)
		err = xdp_program_redirect(rx->set.device, rx->set.six, port_of(&own), has.rx,
					   worker->cell->force, &worker->why);
	rx->program = !err;
	for (unsigned int i = 0; !err && i < rx->set.count; i++)
		err = xdp_program_serve(rx->set.sockets[i].queue, rx->set.sockets[i].fd,
					&worker->why);
	return err;
}

static int xdp_rx_open(struct worker *worker)
{
	struct xdp_rx *rx = worker->state;
	int err = datagram_open(worker);
	if (!err)
		err = xdp_open(worker, UINT32_MAX);
	if (err)
		return err;
	/* Where a CPU is left to the sender. */
	rx->looks = worker->numbers < (unsigned int)sysconf(_SC_NPROCESSORS_ONLN) ? LOOKS : 0;
	rx->headers = packet_headers_bytes(rx->set.six);
	rx->polled = calloc(rx->set.count, sizeof(*rx->polled));
	if (!rx->polled)
		return reason_set(&worker->why, ENOMEM, "no memory for AF_XDP sockets");
	for (unsigned int i = 0; i < rx->set.count; i++)
		rx->polled[i] = (struct pollfd){ .fd = rx->set.sockets[i].fd, .events = POLLIN };
	return serve_queues(worker, rx);
}

/* The pieces of the next packet of a ring; 0: not all of it is there yet. */
static unsigned int next_packet(const struct worker *worker, struct xsk_ring *ring, uint32_t ready,
				struct iovec pieces[XSK_RECEIVE_MAX])
{
	uint32_t start = ring->next;
	for (unsigned int count = 0; count < ready && count < XSK_RECEIVE_MAX;) {
		const struct xdp_desc *desc = xsk_ring_packet(ring);
		pieces[count].iov_base = worker->pool.buffers[0].data + desc->addr;
		pieces[count++].iov_len = desc->len;
		if (!(desc->options & XDP_PKT_CONTD))
			return count;
	}
	ring->next = start;
	return 0;
}

static void give_back(const struct worker *worker, struct xsk *xsk, const struct iovec *pieces,
		      unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t at = (uint64_t)((unsigned char *)pieces[i].iov_base -
					 worker->pool.buffers[0].data);
		/* There is room for all frames of the socket. */
		*xsk_ring_address(&xsk->fill) = at / XSK_FRAME_BYTES * XSK_FRAME_BYTES;
	}
}

static void take_packet(struct worker *worker, struct xdp_rx *rx, struct iovec *pieces,
			unsigned int count)
{
	if (pieces[0].iov_len < rx->headers) /* the program lets none that short through */
		return;
	pieces[0].iov_base = (unsigned char *)pieces[0].iov_base + rx->headers;
	pieces[0].iov_len -= rx->headers;
	size_t all = 0;
	for (unsigned int i = 0; i < count; i++)
		all += pieces[i].iov_len;
	struct flow *flow = datagram_flow(worker, pieces[0].iov_base, all);
	if (flow)
		datagram_got_pieces(worker, flow, pieces, count);
}

/* What has come to one socket, up to a batch of frames; how many packets. */
static unsigned int take_packets(struct worker *worker, struct xdp_rx *rx, struct xsk *xsk)
{
	struct iovec pieces[XSK_RECEIVE_MAX];
	unsigned int packets = 0, count;
	uint32_t ready = xsk_ring_ready(&xsk->packets, XDP_BATCH);
	uint64_t before = worker->count.bytes;
	if (ready > 2 * XDP_BATCH)
		ready = 2 * XDP_BATCH;
	for (; ready && (count = next_packet(worker, &xsk->packets, ready, pieces)); packets++) {
		ready -= count;
		give_back(worker, xsk, pieces, count);
		take_packet(worker, rx, pieces, count);
	}
	if (!packets)
		return 0;
	xsk_ring_release(&xsk->packets);
	xsk_ring_publish(&xsk->fill);
	count_add(xsk->zerocopy ? &worker->count.zerocopy_bytes : &worker->count.copied_bytes,
		  worker->count.bytes - before);
	return packets;
}

/* Runs the driver, or tells it of frames to receive into. */
static int poke(struct worker *worker, const struct xdp_rx *rx, struct xsk *xsk)
{
	if (!rx->set.polls && !xsk_ring_sleeps(&xsk->fill))
		return 0;
	count_add(&worker->count.syscalls, 1);
	if (recvfrom(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) >= 0 || errno == EAGAIN ||
	    errno == EBUSY || errno == EINTR || errno == ENETDOWN || errno == ENOBUFS)
		return 0;
	return reason_set(&worker->why, errno, "receiving by queue %u of %s: %s", xsk->queue,
			  rx->set.device, strerror(errno));
}

/* Did something come within a look at the rings, so many times? */
static bool comes_soon(struct xdp_rx *rx)
{
	for (unsigned int look = 0; look < rx->looks; look++)
		for (unsigned int i = 0; i < rx->set.count; i++)
			if (xsk_ring_ready(&rx->set.sockets[i].packets, 1))
				return true;
	return false;
}

/*
 * True: nothing came for WORKER_PATIENCE_MS. Who polls by itself does not sleep. To wake a sleeper
 * costs whoever brings the packet more than the packet itself, and on veth that is the sender: so
 * sleep only when the pause is longer than that.
 */
static bool wait_in_vain(struct worker *worker, struct xdp_rx *rx)
{
	if (rx->set.polls || comes_soon(rx))
		return false;
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
	return !poll(rx->polled, rx->set.count, WORKER_PATIENCE_MS);
}

static int xdp_rx_step(struct worker *worker)
{
	struct xdp_rx *rx = worker->state;
	unsigned int done = 0;
	int err = 0;
	for (unsigned int i = 0; !err && i < rx->set.count; i++) {
		done += take_packets(worker, rx, &rx->set.sockets[i]);
		err = poke(worker, rx, &rx->set.sockets[i]);
	}
	if (err)
		return err;
	datagram_rest(worker, &rx->idle, !done && wait_in_vain(worker, rx));
	return (int)done;
}

/* At the end: what the kernel says that it dropped, and why. */
static int xdp_rx_drain(struct worker *worker)
{
	struct xdp_rx *rx = worker->state;
	struct xdp_redirect_counts counts;
	for (unsigned int i = 0; i < rx->set.count; i++) {
		struct xdp_statistics said;
		if (xsk_statistics(&rx->set.sockets[i], &said))
			continue;
		count_add(&worker->count.queue_ring_full, said.rx_ring_full);
		count_add(&worker->count.queue_no_frame, said.rx_fill_ring_empty_descs);
		count_add(&worker->count.queue_drops, said.rx_dropped + said.rx_ring_full);
	}
	/* Of the device, and so told by one worker for all. */
	if (!worker->number && !xdp_program_count(&counts)) {
		count_add(&worker->count.queue_unserved, counts.unserved);
		count_add(&worker->count.queue_passed, counts.others);
	}
	return 0;
}

static void xdp_rx_close(struct worker *worker)
{
	struct xdp_rx *rx = worker->state;
	if (rx->program)
		xdp_program_release();
	xdp_close(worker);
	datagram_close(worker);
	free(rx->polled);
}

#define XDP_RX_MODE(_symbol, _name, _summary, _claims)         \
	const struct copy_mode _symbol = {                     \
		.name = _name,                                 \
		.summary = _summary,                           \
		.direction = MODE_RX,                          \
		.service = &service_xdp,                       \
		.flags = (_claims) | MODE_ASYNC | MODE_FRAMES, \
		.capabilities = XDP_CAPABILITIES,              \
		.frame_bytes = XSK_FRAME_BYTES,                \
		.state_size = sizeof(struct xdp_rx),           \
		.probe = xdp_probe,                            \
		.open = xdp_rx_open,                           \
		.step = xdp_rx_step,                           \
		.drain = xdp_rx_drain,                         \
		.close = xdp_rx_close,                         \
	}

XDP_RX_MODE(rx_xdp_copy, "xdp-copy",
	    "AF_XDP bound with XDP_COPY (4.18): the kernel copies packets into frames",
	    MODE_COPIES);
XDP_RX_MODE(rx_xdp_zerocopy, "xdp-zerocopy",
	    "AF_XDP bound with XDP_ZEROCOPY (4.18): the device writes the frames",
	    MODE_CLAIMS | MODE_REPORTS);
