/* SPDX-License-Identifier: MIT */
/* host_nic: the devices of this network namespace, listed by rtnetlink(7). */
#include "host.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int attribute_text(const struct nlattr *attribute, json_t *nic, const char *name)
{
	if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return 0;
	return json_object_set_new(nic, name, host_json_text(mnl_attr_get_str(attribute)));
}

static int attribute_number(const struct nlattr *attribute, json_t *nic, const char *name)
{
	if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return 0;
	return json_object_set_new(nic, name, json_integer(mnl_attr_get_u32(attribute)));
}

/* Which attributes of a link are kept; IFLA_XDP is nested and has a reader of its own. */
static const struct {
	const char *name;
	int type;
	int (*read)(const struct nlattr *attribute, json_t *nic, const char *name);
} attributes[] = {
	{ "name", IFLA_IFNAME, attribute_text },
	{ "mtu", IFLA_MTU, attribute_number },
	{ "qdisc", IFLA_QDISC, attribute_text },
	{ "tx_queues", IFLA_NUM_TX_QUEUES, attribute_number },
	{ "rx_queues", IFLA_NUM_RX_QUEUES, attribute_number },
	{ "gso_max_bytes", IFLA_GSO_MAX_SIZE, attribute_number },
	{ "gso_max_segments", IFLA_GSO_MAX_SEGS, attribute_number },
	{ "tso_max_bytes", IFLA_TSO_MAX_SIZE, attribute_number },
	{ "gro_max_bytes", IFLA_GRO_MAX_SIZE, attribute_number },
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static const char *xdp_name(uint8_t attached)
{
	static const char *const names[] = { [XDP_ATTACHED_NONE] = "none",
					     [XDP_ATTACHED_DRV] = "driver",
					     [XDP_ATTACHED_SKB] = "generic",
					     [XDP_ATTACHED_HW] = "hardware",
					     [XDP_ATTACHED_MULTI] = "several" };
	return attached < sizeof(names) / sizeof(names[0]) ? names[attached] : NULL;
}

static void xdp_add(const struct nlattr *nest, json_t *nic)
{
	struct nlattr *attribute;
	mnl_attr_for_each_nested(attribute,
				 nest) if (mnl_attr_get_type(attribute) == IFLA_XDP_ATTACHED)
		json_object_set_new(nic, "xdp",
				    host_json_text(xdp_name(mnl_attr_get_u8(attribute))));
}

static int link_add(const struct nlmsghdr *message, void *nics)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	json_t *nic = json_object();
	for (size_t i = 0; i < ATTRIBUTES; i++)
		json_object_set_new(nic, attributes[i].name, json_null());
	json_object_set_new(nic, "xdp", json_null());
	mnl_attr_for_each(attribute, message, sizeof(*info))
	{
		for (size_t i = 0; i < ATTRIBUTES; i++)
			if (mnl_attr_get_type(attribute) == attributes[i].type)
				attributes[i].read(attribute, nic, attributes[i].name);
		if (mnl_attr_get_type(attribute) == IFLA_XDP)
			xdp_add(attribute, nic);
	}
	json_object_set_new(nic, "up", json_boolean((info->ifi_flags & IFF_UP) != 0));
	json_object_set_new(nic, "loopback", json_boolean((info->ifi_flags & IFF_LOOPBACK) != 0));
	json_array_append_new(nics, nic);
	return MNL_CB_OK;
}

/* Asks for all links of the namespace. 0 or -errno. */
static int links_ask(struct mnl_socket *socket, json_t *nics)
{
	char buffer[32768]; /* the least that the kernel wants for a dump */
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	uint32_t sequence = (uint32_t)time(NULL);
	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (n < 0)
			return -errno;
		int more = mnl_cb_run(buffer, (size_t)n, sequence, mnl_socket_get_portid(socket),
				      link_add, nics);
		if (more <= 0)
			return more < 0 ? -errno : 0;
	}
}

/* Who asked for the interrupt: /proc/irq/N has a directory of that name beside its files. */
static json_t *irq_action(const char *irq)
{
	static const char files[] = "affinity_hint effective_affinity effective_affinity_list node "
				    "smp_affinity smp_affinity_list spurious";
	size_t i;
	json_t *name, *action = NULL, *names = host_names("/proc/irq/%s", irq);
	json_array_foreach(names, i,
			   name) if (!action && !host_has_word(files, json_string_value(name)))
		action = json_incref(name);
	json_decref(names);
	return action ? action : json_null();
}

json_t *host_nic_irqs(const char *bus_info)
{
	char cpus[256];
	size_t i;
	json_t *name, *names;
	/* The text goes into a path: a driver that puts a slash in it is not looked up. */
	if (!bus_info || !bus_info[0] || bus_info[0] == '.' || strchr(bus_info, '/'))
		return json_null();
	names = host_names("/sys/bus/pci/devices/%s/msi_irqs", bus_info);
	if (!names)
		return json_null();
	json_t *irqs = json_array();
	json_array_foreach(names, i, name)
	{
		const char *irq = json_string_value(name);
		json_t *item = json_object();
		/* effective: where it fires, not where it may; needs no privilege (4.15). */
		if (host_read(cpus, sizeof(cpus), "/proc/irq/%s/effective_affinity_list", irq) < 0)
			host_read(cpus, sizeof(cpus), "/proc/irq/%s/smp_affinity_list", irq);
		json_object_set_new(item, "irq", json_integer(strtol(irq, NULL, 10)));
		json_object_set_new(item, "action", irq_action(irq));
		json_object_set_new(item, "cpus", host_json_text(cpus));
		json_array_append_new(irqs, item);
	}
	json_decref(names);
	return irqs;
}

/* What is found by the address on the PCI bus, which knows no namespaces. */
static void bus_add(json_t *nic)
{
	const char *bus_info = json_string_value(json_object_get(nic, "bus_info"));
	int64_t node;
	bool known = bus_info && !strchr(bus_info, '/') &&
		     !host_read_number(&node, "/sys/bus/pci/devices/%s/numa_node", bus_info) &&
		     node >= 0; /* -1: the firmware does not say */
	json_object_set_new(nic, "numa_node", known ? json_integer(node) : json_null());
	json_object_set_new(nic, "irqs", host_nic_irqs(bus_info));
}

json_t *host_nics(void)
{
	size_t i;
	json_t *nic, *nics = json_array();
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int err = socket ? 0 : -errno;
	if (!err && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	if (!err)
		err = links_ask(socket, nics);
	if (socket)
		mnl_socket_close(socket);
	if (err) {
		json_decref(nics);
		return json_null();
	}
	json_array_foreach(nics, i, nic)
	{
		host_ethtool(nic);
		bus_add(nic);
	}
	return nics;
}
