/* SPDX-License-Identifier: MIT */
/* Devices: read, raised, resized, made. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "netlink_request.h"

/* A request about one device by name, changing those flags to these. */
static struct nlmsghdr *link_request(struct netlink_request *request, uint16_t type,
				     const char *device, unsigned int change, unsigned int flags)
{
	struct nlmsghdr *head = netlink_request(request, type, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(head, sizeof(*info));
	info->ifi_change = change;
	info->ifi_flags = flags;
	mnl_attr_put_strz(head, IFLA_IFNAME, device);
	return head;
}

static void link_take_xdp(const struct nlattr *nest, struct netlink_link *link)
{
	const struct nlattr *attribute;
	mnl_attr_for_each_nested(attribute, nest)
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_XDP_ATTACHED:
			link->native_xdp = mnl_attr_get_u8(attribute) == XDP_ATTACHED_DRV;
			break;
		case IFLA_XDP_PROG_ID:
			link->xdp_program = mnl_attr_get_u32(attribute);
			break;
		}
	}
}

static void link_take(const struct nlmsghdr *answer, void *context)
{
	struct netlink_link *link = context;
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);
	const struct nlattr *attribute;
	bool queue = false;

	if (answer->nlmsg_type != RTM_NEWLINK)
		return;
	link->index = (unsigned int)info->ifi_index;
	mnl_attr_for_each(attribute, answer, sizeof(*info))
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_MTU:
			link->mtu = mnl_attr_get_u32(attribute);
			break;
		case IFLA_MASTER:
			link->master = mnl_attr_get_u32(attribute);
			break;
		case IFLA_QDISC:
			/* "noop" drops everything until the carrier event has been handled. */
			queue = strcmp(mnl_attr_get_str(attribute), "noop") != 0;
			break;
		case IFLA_ADDRESS:
			netlink_mac_take(attribute, &link->mac);
			break;
		case IFLA_XDP:
			link_take_xdp(attribute, link);
			break;
		}
	}
	link->up = info->ifi_flags & IFF_UP;
	link->ready = (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_RUNNING) && queue;
}

int netlink_link_read(struct netlink *netlink, const char *device, struct netlink_link *link,
		      struct reason *why)
{
	struct netlink_request request;
	char doing[64];
	struct nlmsghdr *head = link_request(&request, RTM_GETLINK, device, 0, 0);
	memset(link, 0, sizeof(*link));
	snprintf(doing, sizeof(doing), "read the device %s", device);
	return netlink_run(netlink, head, doing, link_take, link, why);
}

int netlink_link_up(struct netlink *netlink, const char *device, struct reason *why)
{
	struct netlink_request request;
	char doing[64];
	struct nlmsghdr *head = link_request(&request, RTM_NEWLINK, device, IFF_UP, IFF_UP);
	snprintf(doing, sizeof(doing), "bring %s up", device);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_link_mtu(struct netlink *netlink, const char *device, unsigned int mtu,
		     struct reason *why)
{
	struct netlink_request request;
	char doing[64];
	struct nlmsghdr *head = link_request(&request, RTM_NEWLINK, device, 0, 0);
	mnl_attr_put_u32(head, IFLA_MTU, mtu);
	snprintf(doing, sizeof(doing), "set the mtu of %s to %u", device, mtu);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_link_down(struct netlink *netlink, const char *device, struct reason *why)
{
	struct netlink_request request;
	char doing[64];
	struct nlmsghdr *head = link_request(&request, RTM_NEWLINK, device, IFF_UP, 0);
	snprintf(doing, sizeof(doing), "take %s down", device);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_link_move(struct netlink *netlink, const char *device, int netns, struct reason *why)
{
	struct netlink_request request;
	char doing[64];
	struct nlmsghdr *head = link_request(&request, RTM_NEWLINK, device, 0, 0);
	mnl_attr_put_u32(head, IFLA_NET_NS_FD, (uint32_t)netns);
	snprintf(doing, sizeof(doing), "move %s to another namespace", device);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_link_xdp(struct netlink *netlink, const char *device, int program, int expected,
		     bool native, struct reason *why)
{
	struct netlink_request request;
	char doing[96];
	struct nlmsghdr *head = link_request(&request, RTM_NEWLINK, device, 0, 0);
	struct nlattr *xdp = mnl_attr_nest_start(head, IFLA_XDP);
	mnl_attr_put_u32(head, IFLA_XDP_FD, (uint32_t)program);
	mnl_attr_put_u32(head, IFLA_XDP_EXPECTED_FD, (uint32_t)expected);
	mnl_attr_put_u32(head, IFLA_XDP_FLAGS,
			 XDP_FLAGS_REPLACE | (native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE));
	mnl_attr_nest_end(head, xdp);
	snprintf(doing, sizeof(doing),
		 program < 0 ? "take the XDP program of somebody else's off %s"
			     : "put the XDP program of somebody else's back on %s",
		 device);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_link_wait(struct netlink *netlink, const char *device, int wait_ms, struct reason *why)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	for (int waited_ms = 0; waited_ms < wait_ms; waited_ms++) {
		struct netlink_link link;
		int err = netlink_link_read(netlink, device, &link, why);
		if (err || link.ready)
			return err;
		nanosleep(&pause, NULL);
	}
	return reason_set(why, ETIMEDOUT,
			  "%s is up but had no carrier for %d ms; is its cable in, or the host "
			  "busy?",
			  device, wait_ms);
}

static void link_put(struct nlmsghdr *head, const char *name, unsigned int mtu, unsigned int queues)
{
	mnl_attr_put_strz(head, IFLA_IFNAME, name);
	if (queues) {
		mnl_attr_put_u32(head, IFLA_NUM_TX_QUEUES, queues);
		mnl_attr_put_u32(head, IFLA_NUM_RX_QUEUES, queues);
	}
	if (mtu)
		mnl_attr_put_u32(head, IFLA_MTU, mtu);
}

int netlink_veth(struct netlink *netlink, const char *device, const char *peer, int peer_netns,
		 unsigned int mtu, unsigned int queues, struct reason *why)
{
	struct netlink_request request;
	char doing[64] = "make a veth pair";
	struct nlmsghdr *head = netlink_request(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	mnl_nlmsg_put_extra_header(head, sizeof(struct ifinfomsg));
	link_put(head, device, mtu, queues);
	struct nlattr *kind = mnl_attr_nest_start(head, IFLA_LINKINFO);
	mnl_attr_put_strz(head, IFLA_INFO_KIND, "veth");
	struct nlattr *data = mnl_attr_nest_start(head, IFLA_INFO_DATA);
	struct nlattr *other = mnl_attr_nest_start(head, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(head, sizeof(struct ifinfomsg));
	link_put(head, peer, mtu, queues);
	/* Born in its namespace: there is no moment at which the host could see it. */
	mnl_attr_put_u32(head, IFLA_NET_NS_FD, (uint32_t)peer_netns);
	mnl_attr_nest_end(head, other);
	mnl_attr_nest_end(head, data);
	mnl_attr_nest_end(head, kind);

	if (mtu)
		snprintf(doing, sizeof(doing), "make a veth pair with mtu %u", mtu);
	int err = netlink_run(netlink, head, doing, NULL, NULL, why);
	if (err == -EOPNOTSUPP)
		return reason_set(why, EOPNOTSUPP,
				  "this kernel has no veth devices; load the module veth "
				  "(CONFIG_VETH)");
	return err;
}
