/* SPDX-License-Identifier: MIT */
#include "netlink_request.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

/* The kernel sends a link with all its attributes in one datagram of up to 32 KiB. */
#define ANSWER_ROOM 32768

int netlink_open(struct netlink *netlink, int netns, struct reason *why)
{
	return netlink_open_protocol(netlink, netns, NETLINK_ROUTE, why);
}

int netlink_open_protocol(struct netlink *netlink, int netns, int protocol, struct reason *why)
{
	int on = 1;
	netlink->socket = NULL;
	netlink->sequence = 0;
	int fd = netns_socket(netns, AF_NETLINK, SOCK_RAW, protocol, why);
	if (fd < 0)
		return fd;
	netlink->socket = mnl_socket_fdopen(fd);
	if (!netlink->socket) {
		int err = errno;
		close(fd);
		return reason_set(why, err, "cannot use netlink: %s", strerror(err));
	}
	if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID)) {
		int err = errno;
		netlink_close(netlink);
		return reason_set(why, err, "cannot bind netlink: %s", strerror(err));
	}
	/* Refusals come with a sentence of the kernel's from 4.12; before, with errno alone. */
	mnl_socket_setsockopt(netlink->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(netlink->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

int netlink_fd(const struct netlink *netlink)
{
	return mnl_socket_get_fd(netlink->socket);
}

struct nlmsghdr *netlink_request(struct netlink_request *request, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(request->room);
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return head;
}

static int take_message(const struct nlattr *attribute, void *context)
{
	const char **message = context;
	if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG &&
	    !mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING))
		*message = mnl_attr_get_str(attribute);
	return MNL_CB_OK;
}

/* An ack carries 0 or -errno, and after the (capped) request the kernel's own sentence. */
static int ack_read(const struct nlmsghdr *ack, const char *doing, struct reason *why)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(ack);
	const char *message = NULL;
	if (mnl_nlmsg_get_payload_len(ack) < sizeof(*error))
		return reason_set(why, EPROTO, "cannot %s: netlink sent a cut answer", doing);
	if (!error->error)
		return 0;
	size_t offset = sizeof(*error);
	if (!(ack->nlmsg_flags & NLM_F_CAPPED))
		offset += error->msg.nlmsg_len - sizeof(struct nlmsghdr);
	if ((ack->nlmsg_flags & NLM_F_ACK_TLVS) && offset < mnl_nlmsg_get_payload_len(ack))
		mnl_attr_parse(ack, (unsigned int)offset, take_message, &message);
	int err = -error->error;
	if (err == EPERM)
		return reason_set(why, err, "cannot %s: that needs CAP_NET_ADMIN; run it as root",
				  doing);
	if (message)
		return reason_set(why, err, "cannot %s: the kernel says \"%s\" (%s)", doing,
				  message, strerror(err));
	return reason_set(why, err, "cannot %s: %s", doing, strerror(err));
}

int netlink_run(struct netlink *netlink, struct nlmsghdr *request, const char *doing,
		netlink_answer_fn *take, void *context, struct reason *why)
{
	_Alignas(NLMSG_ALIGNTO) char room[ANSWER_ROOM];
	request->nlmsg_seq = ++netlink->sequence;
	if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0) {
		int err = errno;
		return reason_set(why, err, "cannot %s: netlink: %s", doing, strerror(err));
	}
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(netlink->socket, room, sizeof(room));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = errno;
			return reason_set(why, err, "cannot %s: netlink: %s", doing, strerror(err));
		}
		int left = (int)got;
		for (struct nlmsghdr *head = (void *)room; mnl_nlmsg_ok(head, left);
		     head = mnl_nlmsg_next(head, &left)) {
			if (head->nlmsg_seq != request->nlmsg_seq)
				continue;
			if (head->nlmsg_type == NLMSG_ERROR)
				return ack_read(head, doing, why);
			if (take)
				take(head, context);
		}
	}
}
