/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/genetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "compat.h"
#include "generic.h"
#include "netns.h"

#define QUEUES_MAX 4096

unsigned int queue_first(const struct cell *cell, unsigned int queues)
{
	unsigned int areas = (unsigned int)cell->areas;
	if (cell->rx_queue != FIELD_AUTO)
		return (unsigned int)cell->rx_queue;
	return queues > areas ? queues - areas : 0;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr_storage *b)
{
	if (!a || a->sa_family != b->ss_family)
		return false;
	if (a->sa_family == AF_INET)
		return !memcmp(&((const struct sockaddr_in *)a)->sin_addr,
			       &((const struct sockaddr_in *)b)->sin_addr, sizeof(struct in_addr));
	return a->sa_family == AF_INET6 &&
	       !memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		       &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr));
}

/* What the kernel says of a queue. */
struct queue_facts {
	unsigned int napi;  /* 0: the driver does not say */
	const char *holder; /* NULL: nobody, or an older kernel does not say */
};

static void take_facts(const struct nlmsghdr *answer, void *context)
{
	static const char *const holders[] = {
		[COMPAT_NETDEV_QUEUE_DMABUF] = "a dma-buf (devmem TCP)",
		[COMPAT_NETDEV_QUEUE_IO_URING] = "an area of io_uring",
		[COMPAT_NETDEV_QUEUE_XSK] = "an AF_XDP socket",
		[COMPAT_NETDEV_QUEUE_LEASE] = "a lease to another device",
	};
	struct queue_facts *facts = context;
	const struct nlattr *attribute;
	mnl_attr_for_each(attribute, answer, sizeof(struct genlmsghdr))
	{
		uint16_t type = mnl_attr_get_type(attribute);
		if (type == COMPAT_NETDEV_QUEUE_NAPI)
			facts->napi = mnl_attr_get_u32(attribute);
		else if (type < sizeof(holders) / sizeof(holders[0]) && holders[type])
			facts->holder = holders[type];
	}
}

static int queue_ask(struct generic *netdev, unsigned int device, unsigned int queue,
		     struct queue_facts *facts, struct reason *why)
{
	*facts = (struct queue_facts){ .napi = 0 };
	struct netlink_request request;
	struct nlmsghdr *head = generic_request(netdev, &request, COMPAT_NETDEV_QUEUE_GET, 1);
	mnl_attr_put_u32(head, COMPAT_NETDEV_QUEUE_IFINDEX, device);
	mnl_attr_put_u32(head, COMPAT_NETDEV_QUEUE_TYPE, 0);
	mnl_attr_put_u32(head, COMPAT_NETDEV_QUEUE_ID, queue);
	return generic_run(netdev, head, "ask for a receive queue", take_facts, facts, why);
}

static unsigned int queues_count(unsigned int device)
{
	struct generic netdev;
	struct reason why;
	struct queue_facts facts;
	unsigned int count = 0;
	if (generic_open(&netdev, NETNS_HERE, "netdev", &why))
		return 0;
	while (count < QUEUES_MAX && !queue_ask(&netdev, device, count, &facts, &why))
		count++;
	generic_close(&netdev);
	return count;
}

int queue_device(int fd, struct queue_device *device, struct reason *why)
{
	struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
	socklen_t length = sizeof(own);
	struct ifaddrs *all, *each;
	*device = (struct queue_device){ .index = 0 };
	if (getsockname(fd, (struct sockaddr *)&own, &length) || getifaddrs(&all))
		return reason_set(why, errno, "looking for the socket's device: %s",
				  strerror(errno));
	for (each = all; each && !device->index; each = each->ifa_next)
		if (same_address(each->ifa_addr, &own)) {
			snprintf(device->name, sizeof(device->name), "%s", each->ifa_name);
			device->index = if_nametoindex(each->ifa_name);
		}
	freeifaddrs(all);
	if (!device->index)
		return reason_set(why, ENODEV, "no device has the socket's address");
	device->queues = queues_count(device->index);
	return 0;
}

static struct queue_facts queue_read(const struct queue_device *device, unsigned int queue)
{
	struct queue_facts facts = { .napi = 0 };
	struct generic netdev;
	struct reason why;
	if (generic_open(&netdev, NETNS_HERE, "netdev", &why))
		return facts;
	if (queue_ask(&netdev, device->index, queue, &facts, &why))
		facts = (struct queue_facts){ .napi = 0 };
	generic_close(&netdev);
	return facts;
}

unsigned int queue_napi(const struct queue_device *device, unsigned int queue)
{
	return queue_read(device, queue).napi;
}

const char *queue_holder(const struct queue_device *device, unsigned int queue)
{
	const char *holder = queue_read(device, queue).holder;
	return holder ? holder : "another program, or the device has an XDP program";
}

unsigned int queue_napi_of(int fd)
{
	unsigned int napi = 0;
	socklen_t length = sizeof(napi);
	return getsockopt(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID, &napi, &length) ? 0 : napi;
}
