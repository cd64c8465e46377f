/* SPDX-License-Identifier: MIT */
/* Where packets to an address go: device, next hop, and its hardware address. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "netlink_request.h"

static const void *address_bytes(const struct sockaddr_storage *address, size_t *length)
{
	bool six = address->ss_family == AF_INET6;
	*length = six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	return six ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
		   : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
}

static void describe(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN])
{
	size_t length;
	const void *bytes = address_bytes(address, &length);
	if (!inet_ntop(address->ss_family, bytes, text, INET6_ADDRSTRLEN))
		snprintf(text, INET6_ADDRSTRLEN, "?");
}

static void route_take(const struct nlmsghdr *answer, void *context)
{
	struct netlink_route *route = context;
	const struct nlattr *attribute;
	size_t length;
	if (answer->nlmsg_type != RTM_NEWROUTE)
		return;
	mnl_attr_for_each(attribute, answer, sizeof(struct rtmsg))
	{
		switch (mnl_attr_get_type(attribute)) {
		case RTA_OIF:
			route->index = mnl_attr_get_u32(attribute);
			break;
		case RTA_GATEWAY:
			address_bytes(&route->next_hop, &length);
			if (mnl_attr_get_payload_len(attribute) == length)
				memcpy((void *)address_bytes(&route->next_hop, &length),
				       mnl_attr_get_payload(attribute), length);
			break;
		}
	}
}

int netlink_route(struct netlink *netlink, const struct sockaddr_storage *to,
		  struct netlink_route *route, struct reason *why)
{
	struct netlink_request request;
	char name[INET6_ADDRSTRLEN], doing[96];
	size_t length;
	const void *bytes = address_bytes(to, &length);
	struct nlmsghdr *head = netlink_request(&request, RTM_GETROUTE, 0);
	struct rtmsg *message = mnl_nlmsg_put_extra_header(head, sizeof(*message));
	message->rtm_family = (unsigned char)to->ss_family;
	message->rtm_dst_len = (unsigned char)(8 * length);
	mnl_attr_put(head, RTA_DST, length, bytes);
	describe(to, name);
	snprintf(doing, sizeof(doing), "find the route to %s", name);
	*route = (struct netlink_route){ .next_hop = *to };
	int err = netlink_run(netlink, head, doing, route_take, route, why);
	if (!err && !route->index)
		return reason_set(why, ENETUNREACH, "no device leads to %s", name);
	return err;
}

void netlink_mac_take(const struct nlattr *attribute, struct netlink_mac *mac)
{
	mac->known = mnl_attr_get_payload_len(attribute) == sizeof(mac->bytes);
	if (mac->known)
		memcpy(mac->bytes, mnl_attr_get_payload(attribute), sizeof(mac->bytes));
}

static void neighbour_take(const struct nlmsghdr *answer, void *context)
{
	struct netlink_mac *mac = context;
	const struct nlattr *attribute;
	if (answer->nlmsg_type != RTM_NEWNEIGH)
		return;
	mnl_attr_for_each(attribute, answer, sizeof(struct ndmsg))
	{
		if (mnl_attr_get_type(attribute) == NDA_LLADDR)
			netlink_mac_take(attribute, mac);
	}
}

int netlink_neighbour(struct netlink *netlink, const struct netlink_route *route,
		      struct netlink_mac *mac, struct reason *why)
{
	struct netlink_request request;
	char name[INET6_ADDRSTRLEN], doing[96];
	size_t length;
	const void *bytes = address_bytes(&route->next_hop, &length);
	struct nlmsghdr *head = netlink_request(&request, RTM_GETNEIGH, 0);
	struct ndmsg *message = mnl_nlmsg_put_extra_header(head, sizeof(*message));
	message->ndm_family = (unsigned char)route->next_hop.ss_family;
	message->ndm_ifindex = (int)route->index;
	mnl_attr_put(head, NDA_DST, length, bytes);
	describe(&route->next_hop, name);
	snprintf(doing, sizeof(doing), "ask for the hardware address of %s", name);
	*mac = (struct netlink_mac){ .known = false };
	int err = netlink_run(netlink, head, doing, neighbour_take, mac, why);
	if (!err && !mac->known)
		return reason_set(why, EHOSTUNREACH,
				  "%s does not say its hardware address; is it on this Ethernet?",
				  name);
	return err;
}
