/* SPDX-License-Identifier: MIT */
/*
 * zcrx: one instance of io_uring's zero-copy receive: an area of our memory, the ring through which
 * its buffers go back, and the device queue that fills them
 * (Documentation/networking/iou-zcrx.rst).
 */
#ifndef ZCBENCH_MODES_ZCRX_H
#define ZCBENCH_MODES_ZCRX_H

#include "uring.h"

struct zcrx_request {
	uint32_t flags;         /* COMPAT_ZCRX_NODEV, or 0 */
	uint32_t device, queue; /* 0 without a device */
	uint32_t buffer_bytes;  /* 0: a page */
	int dmabuf;             /* its fd, -1: plain memory */
	unsigned char *area;    /* where this program sees it */
	size_t bytes;           /* of one area */
	unsigned int areas;     /* that follow each other in memory; more than one by 7.3 */
};

struct zcrx {
	uint32_t id;
	unsigned char *area; /* the first one; the others follow */
	size_t area_bytes;
	void *ring; /* of buffers given back, NULL until it is there */
	size_t ring_bytes;
	const uint32_t *head;
	uint32_t *tail;
	struct compat_zcrx_rqe *entries;
	uint32_t mask, next;                   /* next: our tail, not yet published */
	uint32_t buffers;                      /* of the area */
	const struct compat_zcrx_stats *stats; /* NULL: the kernel does not say what it copied */
};

/* Does the kernel have it at all? One built without refuses whatever it is asked. */
bool zcrx_built(const struct uring *uring);

/* 0, or the kernel's -errno: what it means is for the caller to say. */
int zcrx_open(struct zcrx *zcrx, struct uring *uring, const struct zcrx_request *request);

/* After the ring of requests is closed. */
void zcrx_close(struct zcrx *zcrx);

/* Where the payload of a completion is. */
unsigned char *zcrx_data(const struct zcrx *zcrx, const struct io_uring_cqe *cqe);

/* Gives that back. False: the refill ring is full. */
bool zcrx_return(struct zcrx *zcrx, const struct io_uring_cqe *cqe);

/* Lets the kernel see what was given back. */
void zcrx_publish(struct zcrx *zcrx);

/* How many buffers were given back that the kernel has not taken in. */
uint32_t zcrx_waiting(const struct zcrx *zcrx);

/* Has it take them in now: without a device nothing else does. 0 or -errno. */
int zcrx_flush(struct zcrx *zcrx, struct uring *uring);

#endif
