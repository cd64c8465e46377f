/* SPDX-License-Identifier: MIT */
#include "xsk.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"

/* A queue is free again some time after the last socket on it was closed (xp_release_deferred). */
#define BUSY_TRIES 100 /* x 10 ms */

static int make_socket(struct reason *why)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		return fd;
	if (errno == EPERM)
		return reason_set(why, EOPNOTSUPP,
				  "AF_XDP sockets need CAP_NET_RAW: run it as root");
	return reason_set(why, EOPNOTSUPP,
			  "this kernel has no AF_XDP sockets (%s); it needs CONFIG_XDP_SOCKETS",
			  strerror(errno));
}

static int set_option(int fd, int option, const void *value, socklen_t length, const char *doing,
		      struct reason *why)
{
	if (!setsockopt(fd, SOL_XDP, option, value, length))
		return 0;
	if (errno == ENOBUFS)
		return reason_set(why, ENOBUFS,
				  "%s: more locked memory than ulimit -l allows; raise it, lower "
				  "--buffers, or run it with CAP_IPC_LOCK",
				  doing);
	return reason_set(why, errno, "%s: %s; lower --buffers", doing, strerror(errno));
}

static int register_pool(int fd, const struct pool *pool, struct reason *why)
{
	struct xdp_umem_reg umem;
	memset(&umem, 0, sizeof(umem)); /* newer kernels read a member where the padding is */
	umem.addr = (uintptr_t)pool->buffers[0].data;
	umem.len = (uint64_t)pool->stride * pool->count;
	umem.chunk_size = XSK_FRAME_BYTES;
	return set_option(fd, XDP_UMEM_REG, &umem, sizeof(umem), "registering frames", why);
}

static int map_ring(struct xsk_ring *ring, int fd, const struct xdp_ring_offset *at, off_t page,
		    uint32_t entries, size_t entry_bytes)
{
	ring->map_bytes = at->desc + entries * entry_bytes;
	ring->map = mmap(NULL, ring->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			 fd, page);
	if (ring->map == MAP_FAILED)
		return -errno;
	ring->producer = (uint32_t *)((char *)ring->map + at->producer);
	ring->consumer = (uint32_t *)((char *)ring->map + at->consumer);
	ring->flags = (uint32_t *)((char *)ring->map + at->flags);
	ring->entries = (char *)ring->map + at->desc;
	ring->mask = entries - 1;
	return 0;
}

static int map_rings(struct xsk *xsk, const struct xsk_request *request)
{
	struct xdp_mmap_offsets at;
	socklen_t length = sizeof(at);
	uint32_t n = request->frames;
	bool receives = request->receives;
	/* Before 5.4 there were no flags, and no need_wakeup. */
	if (getsockopt(xsk->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length) || length < sizeof(at))
		return -EOPNOTSUPP;
	int err = map_ring(&xsk->fill, xsk->fd, &at.fr, (off_t)XDP_UMEM_PGOFF_FILL_RING, n,
			   sizeof(uint64_t));
	if (!err)
		err = map_ring(&xsk->completion, xsk->fd, &at.cr,
			       (off_t)XDP_UMEM_PGOFF_COMPLETION_RING, n, sizeof(uint64_t));
	if (!err)
		err = map_ring(&xsk->packets, xsk->fd, receives ? &at.rx : &at.tx,
			       receives ? XDP_PGOFF_RX_RING : XDP_PGOFF_TX_RING, n,
			       sizeof(struct xdp_desc));
	return err;
}

static int make_rings(struct xsk *xsk, const struct xsk_request *request, struct reason *why)
{
	uint32_t n = request->frames;
	int own = request->receives ? XDP_RX_RING : XDP_TX_RING;
	int err = set_option(xsk->fd, XDP_UMEM_FILL_RING, &n, sizeof(n), "making a ring", why);
	if (!err)
		err = set_option(xsk->fd, XDP_UMEM_COMPLETION_RING, &n, sizeof(n), "making a ring",
				 why);
	if (!err)
		err = set_option(xsk->fd, own, &n, sizeof(n), "making a ring", why);
	if (err)
		return err;
	err = map_rings(xsk, request);
	if (err)
		return reason_set(why, -err,
				  "mapping the rings of an AF_XDP socket: %s; it needs Linux 5.4",
				  strerror(-err));
	/* Descriptors that one call sends by copying; 32 before 6.17, which does not know it. */
	setsockopt(xsk->fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &n, sizeof(n));
	return 0;
}

/* Before bind: a driver that receives without copying posts frames as it is bound. */
static void give_frames(struct xsk *xsk, const struct xsk_request *request)
{
	uint32_t n = request->receives ? xsk_ring_room(&xsk->fill, request->frames) : 0;
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_address(&xsk->fill) =
			(uint64_t)(request->first_frame + i) * XSK_FRAME_BYTES;
	xsk_ring_publish(&xsk->fill);
}

/* SO_PREFER_BUSY_POLL, 5.11: the driver is run by our calls, and its interrupts stay off. */
static int set_busy_poll(int fd, uint64_t us, struct reason *why)
{
	int on = 1, budget = 64, time = (int)us;
	if (!us)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &time, sizeof(time)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget)))
		return reason_set(why, EOPNOTSUPP,
				  "the kernel refuses busy polling (%s): it needs Linux 5.11 and "
				  "CAP_NET_ADMIN; use --busy-poll 0",
				  strerror(errno));
	return 0;
}

static int bind_once(const struct xsk *xsk, const struct xsk_request *request)
{
	struct sockaddr_xdp to = { .sxdp_family = AF_XDP,
				   .sxdp_ifindex = request->index,
				   .sxdp_queue_id = request->queue };
	if (request->sharer) { /* has its flags already */
		to.sxdp_flags = XDP_SHARED_UMEM;
		to.sxdp_shared_umem_fd = (uint32_t)request->sharer->fd;
	} else {
		to.sxdp_flags = XDP_USE_NEED_WAKEUP;
		to.sxdp_flags |= request->zerocopy ? XDP_ZEROCOPY : XDP_COPY;
		to.sxdp_flags |= xsk->multi ? XDP_USE_SG : 0;
	}
	return bind(xsk->fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
}

static int bind_failed(const struct xsk_request *request, int err, struct reason *why)
{
	const char *device = request->device;
	switch (err) {
	case EBUSY:
		return reason_set(
			why, err,
			"queue %u of %s has an AF_XDP socket of somebody else's; end that "
			"program, or use another device",
			request->queue, device);
	case EOPNOTSUPP:
		return reason_set(why, err,
				  "the driver of %s refuses XDP_ZEROCOPY (%s); use xdp-copy, or a "
				  "driver that has it, such as virtio_net from Linux 6.11",
				  device, strerror(err));
	case ENETDOWN:
		return reason_set(why, err, "%s is down; ip link set %s up", device, device);
	default:
		return reason_set(why, err, "binding AF_XDP to queue %u of %s: %s", request->queue,
				  device, strerror(err));
	}
}

static int read_options(struct xsk *xsk, struct reason *why)
{
	struct xdp_options options;
	socklen_t length = sizeof(options);
	if (getsockopt(xsk->fd, SOL_XDP, XDP_OPTIONS, &options, &length))
		return reason_set(why, EOPNOTSUPP,
				  "the kernel does not say whether it copies (XDP_OPTIONS: %s); it "
				  "needs Linux 5.3",
				  strerror(errno));
	xsk->zerocopy = options.flags & XDP_OPTIONS_ZEROCOPY;
	return 0;
}

/* One try with a socket of its own: what a refused bind leaves behind differs between kernels. */
static int open_once(struct xsk *xsk, const struct xsk_request *request, bool multi,
		     struct reason *why)
{
	*xsk = (struct xsk){ .fd = make_socket(why), .queue = request->queue, .multi = multi };
	if (xsk->fd < 0)
		return xsk->fd;
	int err = request->sharer ? 0 : register_pool(xsk->fd, request->pool, why);
	if (!err)
		err = make_rings(xsk, request, why);
	if (!err)
		err = set_busy_poll(xsk->fd, request->busy_poll_us, why);
	if (!err) {
		give_frames(xsk, request);
		int refused = bind_once(xsk, request);
		err = refused ? bind_failed(request, -refused, why) : read_options(xsk, why);
	}
	if (err)
		xsk_close(xsk);
	return err;
}

int xsk_open(struct xsk *xsk, const struct xsk_request *request, struct reason *why)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	bool multi = request->sharer ? request->sharer->multi : true;
	int err = open_once(xsk, request, multi, why);
	/* Kernels before 6.6, and drivers whose zero-copy takes one frame a packet. */
	if ((err == -EINVAL || err == -EOPNOTSUPP) && multi && !request->sharer)
		err = open_once(xsk, request, multi = false, why);
	for (int i = 0; err == -EBUSY && i < BUSY_TRIES; i++) {
		nanosleep(&pause, NULL);
		err = open_once(xsk, request, multi, why);
	}
	return err;
}

static void unmap_ring(struct xsk_ring *ring)
{
	if (ring->map && ring->map != MAP_FAILED)
		munmap(ring->map, ring->map_bytes);
	ring->map = NULL;
}

void xsk_close(struct xsk *xsk)
{
	unmap_ring(&xsk->fill);
	unmap_ring(&xsk->completion);
	unmap_ring(&xsk->packets);
	if (xsk->fd >= 0)
		close(xsk->fd);
	xsk->fd = -1;
}

int xsk_statistics(const struct xsk *xsk, struct xdp_statistics *statistics)
{
	socklen_t length = sizeof(*statistics);
	memset(statistics, 0, sizeof(*statistics));
	return getsockopt(xsk->fd, SOL_XDP, XDP_STATISTICS, statistics, &length) ? -errno : 0;
}
