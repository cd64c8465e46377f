/* SPDX-License-Identifier: MIT */
/* Where packets go, asked of the kernel: device, next hop, its hardware address, queues. */
#include "path_try.h"

#include <stdio.h>
#include <stdlib.h>

#include "netdev.h"

static void test_neighbour(void **state)
{
	(void)state;
	need_root();
	for (int six = 0; six < 2; six++) {
		struct cell cell = cell_preset();
		cell.family = six ? FAMILY_IPV6 : FAMILY_IPV4;
		struct path_link link;
		struct netlink netlink;
		struct netlink_route route;
		struct netlink_mac mac;
		struct reason why = { "" };
		struct sockaddr_storage to;
		open_or_skip("veth", &cell, &link);
		path_exchange(&link); /* so that each knows where the other is */
		address_fill(link.rx_address, &to);
		assert_int_equal(netlink_open(&netlink, link.tx_netns, &why), 0);
		assert_int_equal(netlink_route(&netlink, &to, &route, &why), 0);
		assert_int_equal(route.index, link_of(link.tx_netns, link.tx_device).index);
		assert_memory_equal(&route.next_hop, &to, sizeof(to));
		assert_int_equal(netlink_neighbour(&netlink, &route, &mac, &why), 0);
		struct netlink_link there = link_of(link.rx_netns, link.rx_device);
		assert_true(mac.known && there.mac.known);
		assert_memory_equal(mac.bytes, there.mac.bytes, sizeof(mac.bytes));
		/* Nobody is there. */
		address_fill(six ? "fd00::77" : "198.18.0.77", &route.next_hop);
		assert_int_not_equal(netlink_neighbour(&netlink, &route, &mac, &why), 0);
		assert_non_null(strstr(why.text, six ? "fd00::77" : "198.18.0.77"));
		address_fill(six ? "2001:db8::1" : "192.0.2.1", &to);
		assert_int_equal(netlink_route(&netlink, &to, &route, &why), -ENETUNREACH);
		netlink_close(&netlink);
		path_close(&link);
	}
}

static void test_gateway(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct netlink netlink;
	struct netlink_route route;
	struct reason why = { "" };
	struct sockaddr_storage to, gateway;
	char command[128];
	open_or_skip("veth", &cell, &link);
	snprintf(command, sizeof(command),
		 "nsenter --net=/proc/%d/fd/%d ip route add 192.0.2.0/24 via 198.18.0.2", getpid(),
		 link.tx_netns);
	if (system(command)) { /* NOLINT(cert-env33-c): a test's own words */
		path_close(&link);
		skip();
	}
	address_fill("192.0.2.9", &to);
	address_fill("198.18.0.2", &gateway);
	assert_int_equal(netlink_open(&netlink, link.tx_netns, &why), 0);
	assert_int_equal(netlink_route(&netlink, &to, &route, &why), 0);
	assert_memory_equal(&route.next_hop, &gateway, sizeof(gateway));
	netlink_close(&netlink);
	path_close(&link);
}

static void test_queues(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct netdev_queues queues = { 0 };
	struct reason why = { "" };
	open_or_skip("veth", &cell, &link);
	assert_int_equal(netdev_queues(link.tx_netns, link.tx_device, &queues, &why), 0);
	assert_int_equal(queues.tx, 1);
	assert_int_equal(queues.rx, 1);
	assert_int_equal(netdev_queues(link.tx_netns, "nothing", &queues, &why), -ENODEV);
	path_close(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_gateway),
		cmocka_unit_test(test_queues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
