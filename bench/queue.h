/* SPDX-License-Identifier: MIT */
/* queue: receive queues of the device behind a socket, and which of them serves it. */
#ifndef ZCBENCH_QUEUE_H
#define ZCBENCH_QUEUE_H

#include <net/if.h>
#include <stdint.h>

#include "cell.h"
#include "netlink.h"
#include "reason.h"

/* The first of the receive queues that the cell's areas take, of a device that has so many. */
unsigned int queue_first(const struct cell *cell, unsigned int queues);

struct queue_device {
	unsigned int index;
	char name[IF_NAMESIZE];
	unsigned int queues; /* receive queues */
};

/* The device that has a connected socket's own address. 0, or -errno and a sentence. */
int queue_device(int fd, struct queue_device *device, struct reason *why);

/* The NAPI instance behind a receive queue (6.8): 0 if the kernel or the driver does not say. */
unsigned int queue_napi(const struct queue_device *device, unsigned int queue);

/* Who has the queue for itself (6.12 to 7.1): the end of "it is taken by". */
const char *queue_holder(const struct queue_device *device, unsigned int queue);

/* A dma-buf under a receive queue (devmem TCP, 6.12). */
struct queue_binding {
	struct netlink netlink; /* the binding lasts as long as this socket */
	uint32_t id;
};

/* 0, or -errno and a sentence, -EOPNOTSUPP for all that the host or the device lack. */
int queue_bind(struct queue_binding *binding, const struct queue_device *device, unsigned int queue,
	       int dmabuf, struct reason *why);

/* The same for what the device sends (6.16); all its queues read it. */
int queue_bind_tx(struct queue_binding *binding, const struct queue_device *device, int dmabuf,
		  struct reason *why);
void queue_unbind(struct queue_binding *binding);

/* The NAPI instance that the socket's last packet came through (SO_INCOMING_NAPI_ID), or 0. */
unsigned int queue_napi_of(int fd);

#endif
