/* SPDX-License-Identifier: MIT */
/*
 * generic: generic netlink (ethtool, netdev) of one namespace: families that are found by name.
 */
#ifndef ZCBENCH_GENERIC_H
#define ZCBENCH_GENERIC_H

#include "netlink_request.h"

struct generic {
	struct netlink netlink;
	uint16_t family;
};

/* 0; -ENOENT and a sentence where the kernel has no such family; or another -errno. */
int generic_open(struct generic *generic, int netns, const char *family, struct reason *why);
void generic_close(struct generic *generic);

/* The head of a request that asks for an ack; attributes follow (libmnl). */
struct nlmsghdr *generic_request(struct generic *generic, struct netlink_request *request,
				 uint8_t command, uint8_t version);

/* As netlink_run. */
int generic_run(struct generic *generic, struct nlmsghdr *request, const char *doing,
		netlink_answer_fn *take, void *context, struct reason *why);

#endif
