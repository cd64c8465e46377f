/* SPDX-License-Identifier: MIT */
/*
 * xsk: an AF_XDP socket (Documentation/networking/af_xdp.rst of the kernel): one direction of one
 * queue of a device, and the rings that it shares with the kernel. Its memory is a pool of whole
 * pages, a frame each, that a thread's sockets have in common; what is in a frame is not its
 * affair.
 */
#ifndef ZCBENCH_XSK_H
#define ZCBENCH_XSK_H

#include <linux/if_xdp.h>
#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "reason.h"

#define XSK_FRAME_BYTES   4096
#define XSK_HEADROOM      256 /* XDP_PACKET_HEADROOM, which the kernel keeps before what it got */
#define XSK_RECEIVE_BYTES (XSK_FRAME_BYTES - XSK_HEADROOM) /* of a packet in one frame */
#define XSK_SEND_FRAMES   15 /* of a packet; the kernel's packets have at most 17 (MAX_SKB_FRAGS) */
#define XSK_RECEIVE_MAX   18 /* frames of any packet: 64 KiB and an Ethernet header */

/*
 * A ring with one producer and one consumer, one of which is the kernel. `next` and `limit` are
 * ours: what we come to next, and how far the kernel had let us go when we last looked.
 */
struct xsk_ring {
	uint32_t *producer, *consumer, *flags; /* shared */
	void *entries;                         /* uint64_t addresses, or struct xdp_desc */
	uint32_t mask;
	uint32_t next, limit;
	void *map;
	size_t map_bytes;
};

struct xsk {
	int fd;
	uint32_t queue;
	struct xsk_ring fill;       /* frames for the kernel to receive into */
	struct xsk_ring completion; /* frames that the kernel has sent */
	struct xsk_ring packets;    /* sent or received */
	bool zerocopy;              /* as XDP_OPTIONS says it is bound */
	bool multi;                 /* a packet may have several frames (XDP_USE_SG, 6.6) */
};

struct xsk_request {
	const char *device;
	uint32_t index; /* of the device */
	uint32_t queue;
	bool receives;
	bool zerocopy; /* XDP_ZEROCOPY, else XDP_COPY */
	const struct pool *pool;
	const struct xsk *sharer;     /* one that has the pool already; NULL: the first */
	uint32_t first_frame, frames; /* of the pool; a receiver's own. frames: a power of two */
	uint64_t busy_poll_us;        /* 0: off */
};

/*
 * Makes it, gives a receiver's frames to the kernel, binds it and asks how it is bound. 0, or
 * -errno and a sentence: -EOPNOTSUPP where the driver or the kernel cannot do it, -EBUSY where
 * another socket has the queue.
 */
int xsk_open(struct xsk *xsk, const struct xsk_request *request, struct reason *why);
void xsk_close(struct xsk *xsk);

/* What the kernel counted: packets that it dropped, and why. 0 or -errno. */
int xsk_statistics(const struct xsk *xsk, struct xdp_statistics *statistics);

/* ---- a ring that we fill ---- */

/* How many entries may be put, at least `wanted` if there is so much room. */
static inline uint32_t xsk_ring_room(struct xsk_ring *ring, uint32_t wanted)
{
	if (ring->limit - ring->next < wanted)
		ring->limit = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE) + ring->mask + 1;
	return ring->limit - ring->next;
}

/* What has been put is the kernel's from here on. */
static inline void xsk_ring_publish(struct xsk_ring *ring)
{
	__atomic_store_n(ring->producer, ring->next, __ATOMIC_RELEASE);
}

/* ---- a ring that the kernel fills ---- */

/* How many entries are there, at least `wanted` if so many have come. */
static inline uint32_t xsk_ring_ready(struct xsk_ring *ring, uint32_t wanted)
{
	if (ring->limit - ring->next < wanted)
		ring->limit = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	return ring->limit - ring->next;
}

/* What has been taken may be overwritten from here on. */
static inline void xsk_ring_release(struct xsk_ring *ring)
{
	__atomic_store_n(ring->consumer, ring->next, __ATOMIC_RELEASE);
}

/* ---- either ---- */

/* The next entry, to be written or read; there must be one. */
static inline uint64_t *xsk_ring_address(struct xsk_ring *ring)
{
	return (uint64_t *)ring->entries + (ring->next++ & ring->mask);
}

static inline struct xdp_desc *xsk_ring_packet(struct xsk_ring *ring)
{
	return (struct xdp_desc *)ring->entries + (ring->next++ & ring->mask);
}

/*
 * Does the kernel ask to be told of what we published? The addition of nothing is a barrier (which
 * sanitizers understand, unlike a fence): we do not look before the kernel can see what is there,
 * so that it does not sleep for ever.
 */
static inline bool xsk_ring_sleeps(const struct xsk_ring *ring)
{
	__atomic_fetch_add(ring->producer, 0, __ATOMIC_SEQ_CST);
	return __atomic_load_n(ring->flags, __ATOMIC_SEQ_CST) & XDP_RING_NEED_WAKEUP;
}

#endif
