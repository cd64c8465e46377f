/* SPDX-License-Identifier: MIT */
/* netlink_request: one question to the kernel and its answer; for netlink*.c and generic.h alone.
 */
#ifndef ZCBENCH_NETLINK_REQUEST_H
#define ZCBENCH_NETLINK_REQUEST_H

#include <libmnl/libmnl.h>

#include "netlink.h"

#define NETLINK_REQUEST_ROOM 1024

/* The longest that the kernel is given to finish what it has already agreed to. */
#define NETLINK_WAIT_MS 1000

struct netlink_request {
	_Alignas(NLMSG_ALIGNTO) char room[NETLINK_REQUEST_ROOM];
};

typedef void netlink_answer_fn(const struct nlmsghdr *answer, void *context);

/* As netlink_open, of another protocol than rtnetlink. */
int netlink_open_protocol(struct netlink *netlink, int netns, int protocol, struct reason *why);

/* The head of a request of this type (RTM_...) that asks for an ack. */
struct nlmsghdr *netlink_request(struct netlink_request *request, uint16_t type, uint16_t flags);

/*
 * Sends the request and reads up to its ack; answers before it go to take (NULL: dropped).
 * doing completes the sentence "cannot ...". 0, or -errno and a sentence.
 */
int netlink_run(struct netlink *netlink, struct nlmsghdr *request, const char *doing,
		netlink_answer_fn *take, void *context, struct reason *why);

/* A hardware address, if it is one of Ethernet. */
void netlink_mac_take(const struct nlattr *attribute, struct netlink_mac *mac);

#endif
