/* SPDX-License-Identifier: MIT */
/* Addresses of devices. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "netlink_request.h"

static bool address_six(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* Bytes of the binary address, 0 when the text is none. */
static size_t address_read(const char *address, unsigned char binary[sizeof(struct in6_addr)])
{
	if (inet_pton(address_six(address) ? AF_INET6 : AF_INET, address, binary) != 1)
		return 0;
	return address_six(address) ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static void local_take(const struct nlmsghdr *answer, void *context)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(answer);
	bool *local = context;
	if (answer->nlmsg_type == RTM_NEWROUTE)
		*local = route->rtm_type == RTN_LOCAL;
}

/* Does the namespace take packets to this IPv6 address as its own by now? */
static int address_local(struct netlink *netlink, const char *address, bool *local,
			 struct reason *why)
{
	struct netlink_request request;
	unsigned char binary[sizeof(struct in6_addr)];
	size_t length = address_read(address, binary);
	struct nlmsghdr *head = netlink_request(&request, RTM_GETROUTE, 0);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(head, sizeof(*route));
	route->rtm_family = AF_INET6;
	route->rtm_dst_len = 128;
	mnl_attr_put(head, RTA_DST, length, binary);
	*local = false;
	int err = netlink_run(netlink, head, "look a route up", local_take, local, why);
	/* No route at all yet is an answer too. */
	return err == -ENETUNREACH || err == -EHOSTUNREACH ? 0 : err;
}

/*
 * Even without duplicate address detection it is deferred work of the kernel's that joins the
 * address's multicast group and then adds its local route (addrconf_dad_begin). A neighbour's
 * question that comes before is dropped, and asked again a second later.
 */
static int address_wait(struct netlink *netlink, const char *address, struct reason *why)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	bool local;
	for (int half_ms = 0; half_ms < 2 * NETLINK_WAIT_MS; half_ms++) {
		int err = address_local(netlink, address, &local, why);
		if (err || local)
			return err;
		nanosleep(&pause, NULL);
	}
	return reason_set(why, ETIMEDOUT,
			  "the address %s is not in use after %d ms; is the host busy?", address,
			  NETLINK_WAIT_MS);
}

static int address_add(struct netlink *netlink, unsigned int index, const char *address,
		       unsigned int prefix, const char *doing, struct reason *why)
{
	struct netlink_request request;
	unsigned char binary[sizeof(struct in6_addr)];
	size_t length = address_read(address, binary);
	if (!length)
		return reason_set(why, EINVAL, "%s is no numeric address", address);
	struct nlmsghdr *head = netlink_request(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(head, sizeof(*info));
	info->ifa_family = address_six(address) ? AF_INET6 : AF_INET;
	info->ifa_flags = address_six(address) ? IFA_F_NODAD : 0;
	info->ifa_prefixlen = (unsigned char)prefix;
	info->ifa_index = index;
	mnl_attr_put(head, IFA_LOCAL, length, binary);
	mnl_attr_put(head, IFA_ADDRESS, length, binary);
	return netlink_run(netlink, head, doing, NULL, NULL, why);
}

int netlink_address(struct netlink *netlink, const char *device, const char *address,
		    unsigned int prefix, struct reason *why)
{
	struct netlink_link link;
	char doing[128];
	int err = netlink_link_read(netlink, device, &link, why);
	if (err)
		return err;
	snprintf(doing, sizeof(doing), "give %s the address %s", device, address);
	err = address_add(netlink, link.index, address, prefix, doing, why);
	if (!address_six(address))
		return err;
	/*
	 * addrconf refuses with EACCES where disable_ipv6 is set, and with EINVAL or ENOBUFS on a
	 * device whose MTU is too small for IPv6; without IPv6 nobody answers at all.
	 */
	if (err == -EACCES || err == -EOPNOTSUPP || err == -EAFNOSUPPORT)
		return reason_set(why, -err,
				  "IPv6 is disabled; set net.ipv6.conf.all.disable_ipv6 and "
				  "net.ipv6.conf.default.disable_ipv6 to 0, boot without "
				  "ipv6.disable, or use --family ipv4");
	if (err && link.mtu < 1280)
		return reason_set(why, -err,
				  "IPv6 needs an MTU of 1280 bytes or more and %s has %u; raise "
				  "--mtu, or use --family ipv4",
				  device, link.mtu);
	return err ? err : address_wait(netlink, address, why);
}
