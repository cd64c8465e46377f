/* SPDX-License-Identifier: MIT */
#include "data_split.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "compat.h"
#include "generic.h"

static struct nlmsghdr *rings_request(struct generic *generic, struct netlink_request *request,
				      uint8_t command, const char *device)
{
	struct nlmsghdr *head = generic_request(generic, request, command, ETHTOOL_GENL_VERSION);
	struct nlattr *nest = mnl_attr_nest_start(head, ETHTOOL_A_RINGS_HEADER);
	mnl_attr_put_strz(head, ETHTOOL_A_HEADER_DEV_NAME, device);
	mnl_attr_nest_end(head, nest);
	return head;
}

static int take_ring(const struct nlattr *attribute, void *context)
{
	struct data_split *split = context;
	switch (mnl_attr_get_type(attribute)) {
	case ETHTOOL_A_RINGS_TCP_DATA_SPLIT:
		split->known = true;
		split->on = mnl_attr_get_u8(attribute) == ETHTOOL_TCP_DATA_SPLIT_ENABLED;
		break;
	case COMPAT_RINGS_HDS_THRESH:
		split->has_threshold = true;
		split->threshold = mnl_attr_get_u32(attribute);
		break;
	}
	return MNL_CB_OK;
}

static void take_rings(const struct nlmsghdr *answer, void *context)
{
	mnl_attr_parse(answer, sizeof(struct genlmsghdr), take_ring, context);
}

int data_split_read(int netns, const char *device, struct data_split *split, struct reason *why)
{
	struct netlink_request request;
	struct generic generic;
	*split = (struct data_split){ .known = false };
	int err = generic_open(&generic, netns, ETHTOOL_GENL_NAME, why);
	if (err)
		return err;
	struct nlmsghdr *head = rings_request(&generic, &request, ETHTOOL_MSG_RINGS_GET, device);
	err = generic_run(&generic, head, "read the rings of a device", take_rings, split, why);
	generic_close(&generic);
	return err;
}

/* Of a driver that did not say, what leaves it the choice ("auto" in ethtool's words). */
static uint8_t value_of(const struct data_split *split)
{
	if (!split->known)
		return ETHTOOL_TCP_DATA_SPLIT_UNKNOWN;
	return split->on ? ETHTOOL_TCP_DATA_SPLIT_ENABLED : ETHTOOL_TCP_DATA_SPLIT_DISABLED;
}

int data_split_write(int netns, const char *device, const struct data_split *split,
		     struct reason *why)
{
	struct netlink_request request;
	struct generic generic;
	char doing[96];
	int err = generic_open(&generic, netns, ETHTOOL_GENL_NAME, why);
	if (err)
		return err;
	struct nlmsghdr *head = rings_request(&generic, &request, ETHTOOL_MSG_RINGS_SET, device);
	mnl_attr_put_u8(head, ETHTOOL_A_RINGS_TCP_DATA_SPLIT, value_of(split));
	if (split->has_threshold)
		mnl_attr_put_u32(head, COMPAT_RINGS_HDS_THRESH, split->threshold);
	snprintf(doing, sizeof(doing), "run ethtool -G %.16s tcp-data-split %s", device,
		 !split->known ? "auto"
		 : split->on   ? "on"
			       : "off");
	err = generic_run(&generic, head, doing, NULL, NULL, why);
	generic_close(&generic);
	return err;
}
