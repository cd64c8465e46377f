/* SPDX-License-Identifier: MIT */
/* Binding a dma-buf to a receive queue (Documentation/networking/devmem.rst). */
#include "queue.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "compat.h"
#include "generic.h"
#include "netns.h"

static int take_attribute(const struct nlattr *attribute, void *context)
{
	uint32_t *id = context;
	if (mnl_attr_get_type(attribute) == COMPAT_NETDEV_DMABUF_ID)
		*id = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static void take_binding(const struct nlmsghdr *answer, void *context)
{
	mnl_attr_parse(answer, sizeof(struct genlmsghdr), take_attribute, context);
}

struct bind_request {
	struct generic netdev;
	struct netlink_request request;
	struct nlmsghdr *head;
};

static int bind_begin(struct bind_request *bind, const struct queue_device *device, uint8_t command,
		      int dmabuf, struct reason *why)
{
	int err = generic_open(&bind->netdev, NETNS_HERE, "netdev", why);
	if (err)
		return reason_set(why, EOPNOTSUPP,
				  "this kernel has no netlink family netdev; device memory TCP "
				  "needs kernel 6.12, or 6.16 for sending");
	bind->head = generic_request(&bind->netdev, &bind->request, command, 1);
	mnl_attr_put_u32(bind->head, COMPAT_NETDEV_DMABUF_IFINDEX, device->index);
	mnl_attr_put_u32(bind->head, COMPAT_NETDEV_DMABUF_FD, (uint32_t)dmabuf);
	return 0;
}

static int bind_end(struct bind_request *bind, struct queue_binding *binding, const char *doing,
		    struct reason *why)
{
	int err = generic_run(&bind->netdev, bind->head, doing, take_binding, &binding->id, why);
	binding->netlink = bind->netdev.netlink;
	if (!err)
		return 0;
	queue_unbind(binding);
	return -EOPNOTSUPP;
}

int queue_bind(struct queue_binding *binding, const struct queue_device *device, unsigned int queue,
	       int dmabuf, struct reason *why)
{
	struct bind_request bind;
	char doing[96];
	int err = bind_begin(&bind, device, COMPAT_NETDEV_BIND_RX, dmabuf, why);
	if (err)
		return err;
	struct nlattr *nest = mnl_attr_nest_start(bind.head, COMPAT_NETDEV_DMABUF_QUEUES);
	mnl_attr_put_u32(bind.head, COMPAT_NETDEV_QUEUE_ID, queue);
	mnl_attr_put_u32(bind.head, COMPAT_NETDEV_QUEUE_TYPE, 0);
	mnl_attr_nest_end(bind.head, nest);
	snprintf(doing, sizeof(doing), "bind a dma-buf to receive queue %u of %s", queue,
		 device->name);
	return bind_end(&bind, binding, doing, why);
}

int queue_bind_tx(struct queue_binding *binding, const struct queue_device *device, int dmabuf,
		  struct reason *why)
{
	struct bind_request bind;
	char doing[96];
	int err = bind_begin(&bind, device, COMPAT_NETDEV_BIND_TX, dmabuf, why);
	if (err)
		return err;
	snprintf(doing, sizeof(doing), "bind a dma-buf to what %s sends", device->name);
	return bind_end(&bind, binding, doing, why);
}

void queue_unbind(struct queue_binding *binding)
{
	netlink_close(&binding->netlink);
}
