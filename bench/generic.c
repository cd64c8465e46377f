/* SPDX-License-Identifier: MIT */
#include "generic.h"

#include <errno.h>
#include <linux/genetlink.h>

struct nlmsghdr *generic_request(struct generic *generic, struct netlink_request *request,
				 uint8_t command, uint8_t version)
{
	struct nlmsghdr *head = netlink_request(request, generic->family, 0);
	struct genlmsghdr *generic_head = mnl_nlmsg_put_extra_header(head, sizeof(*generic_head));
	generic_head->cmd = command;
	generic_head->version = version;
	return head;
}

static int take_id(const struct nlattr *attribute, void *context)
{
	uint16_t *family = context;
	if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
	    !mnl_attr_validate(attribute, MNL_TYPE_U16))
		*family = mnl_attr_get_u16(attribute);
	return MNL_CB_OK;
}

static void take_family(const struct nlmsghdr *answer, void *context)
{
	mnl_attr_parse(answer, sizeof(struct genlmsghdr), take_id, context);
}

int generic_open(struct generic *generic, int netns, const char *family, struct reason *why)
{
	struct netlink_request request;
	uint16_t found = 0;
	generic->family = GENL_ID_CTRL;
	int err = netlink_open_protocol(&generic->netlink, netns, NETLINK_GENERIC, why);
	if (err)
		return err;
	struct nlmsghdr *head = generic_request(generic, &request, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(head, CTRL_ATTR_FAMILY_NAME, family);
	err = generic_run(generic, head, "find a netlink family", take_family, &found, why);
	if (err == -ENOENT || (!err && !found))
		err = reason_set(why, ENOENT, "this kernel has no netlink family %s", family);
	generic->family = found;
	if (err)
		generic_close(generic);
	return err;
}

void generic_close(struct generic *generic)
{
	netlink_close(&generic->netlink);
}

int generic_run(struct generic *generic, struct nlmsghdr *request, const char *doing,
		netlink_answer_fn *take, void *context, struct reason *why)
{
	return netlink_run(&generic->netlink, request, doing, take, context, why);
}
