/* SPDX-License-Identifier: MIT */
/* Paths and the kernel's say: offloads read back, refusals as sentences, zero-copy reports. */
#include "path_try.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>

#include "netdev.h"

static void open_refused(const char *name, const struct cell *cell, int err, const char *word)
{
	struct path_link link;
	struct reason why = { "" };
	int before = fds_open();
	assert_int_equal(path_named(name)->open(cell, NULL, &link, &why), -err);
	if (!strstr(why.text, word))
		fail_msg("'%s' is not in: %s", word, why.text);
	path_close(&link);
	assert_int_equal(fds_open(), before);
}

static void assert_offload(const struct path_link *link, const char *offload, int on)
{
	struct reason why = { "" };
	assert_int_equal(netdev_offload_read(link->tx_netns, link->tx_device, offload, &why), on);
	assert_int_equal(netdev_offload_read(link->rx_netns, link->rx_device, offload, &why), on);
}

static void test_offloads(void **state)
{
	need_root();
	const char *name = *state;
	struct cell cell = cell_preset();
	struct path_link link;
	static const size_t members[] = { offsetof(struct cell, sg), offsetof(struct cell, gso),
					  offsetof(struct cell, tso), offsetof(struct cell, gro) };
	static const char *const names[] = { "sg", "gso", "tso", "gro" };
	for (size_t i = 0; i < 4; i++) {
		for (uint64_t value = OFFLOAD_OFF; value <= OFFLOAD_ON; value++) {
			/* veth_fix_features: no TSO towards a device that runs native XDP. */
			if (!strcmp(name, "veth-xdp") && i == 2 && value == OFFLOAD_ON)
				continue;
			cell = cell_preset();
			memcpy((char *)&cell + members[i], &value, sizeof(value));
			open_or_skip(name, &cell, &link);
			assert_offload(&link, names[i], value == OFFLOAD_ON);
			path_exchange(&link);
			path_close(&link);
		}
	}
	cell.sg = cell.gso = cell.tso = cell.gro = OFFLOAD_OFF;
	open_or_skip(name, &cell, &link);
	for (size_t i = 0; i < 4; i++)
		assert_offload(&link, names[i], 0);
	path_close(&link);
}

static void test_refusals(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	cell.sg = OFFLOAD_OFF;
	open_refused("lo", &cell, EOPNOTSUPP, "sg=off"); /* fixed to on */
	cell.tso = OFFLOAD_ON;
	open_refused("veth", &cell, EOPNOTSUPP, "tso=on"); /* tso needs sg */
	cell = cell_preset();
	cell.mtu = 65536;
	open_refused("veth", &cell, EINVAL, "mtu"); /* a veth's maximum is 65535 */
	open_refused("veth-xdp", &cell, EINVAL, "mtu");
	cell.mtu = 1000;
	cell.family = FAMILY_IPV6; /* RFC 8200 asks for 1280 */
	open_refused("veth", &cell, EINVAL, "1280");
	open_refused("lo", &cell, EADDRNOTAVAIL, "1280");
}

static int ipv6_disable(void *argument)
{
	(void)argument;
	int fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t wrote = write(fd, "1", 1);
	close(fd);
	return wrote == 1 ? 0 : -EIO;
}

static void test_ipv6_disabled(void **state)
{
	(void)state;
	need_root();
	struct netlink netlink;
	struct reason why = { "" };
	int left, right;
	if (netns_open(&left, &why))
		skip();
	assert_int_equal(netns_open(&right, &why), 0);
	int disabled = netns_run(left, ipv6_disable, NULL, &why);
	assert_int_equal(netlink_open(&netlink, left, &why), 0);
	assert_int_equal(netlink_veth(&netlink, "a", "b", right, 0, 0, &why), 0);
	if (!disabled) {
		assert_int_not_equal(netlink_address(&netlink, "a", "fd00::1", 64, &why), 0);
		assert_non_null(strstr(why.text, "disable_ipv6"));
	}
	assert_int_equal(netlink_address(&netlink, "a", "nonsense", 64, &why), -EINVAL);
	assert_int_equal(netlink_address(&netlink, "c", "198.18.0.1", 24, &why), -ENODEV);
	netlink_close(&netlink);
	netns_close(&left);
	netns_close(&right);
}

#define MESSAGE_BYTES (256 << 10)

/* One MSG_ZEROCOPY send: 1 if the kernel says it copied, 0 if not, -errno where refused. */
static int zerocopy_sent(const struct path_link *link)
{
	static char message[MESSAGE_BYTES] __attribute__((aligned(4096)));
	static char got[MESSAGE_BYTES];
	int ends[2], on = 1, copied = -ETIME;
	path_connect(link, ends);
	if (setsockopt(ends[0], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		copied = -errno;
	ssize_t sent = send(ends[0], message, sizeof(message), MSG_ZEROCOPY);
	if (sent < 0 && errno == ENOBUFS)
		copied = -ENOBUFS;
	else
		assert_int_equal(recv(ends[1], got, (size_t)sent, MSG_WAITALL), sent);
	for (int tries = 0; copied == -ETIME && tries < 10; tries++) {
		struct pollfd poll_fd = { .fd = ends[0] };
		char control[256];
		struct msghdr head = { .msg_control = control, .msg_controllen = sizeof(control) };
		if (poll(&poll_fd, 1, 100) < 1 || recvmsg(ends[0], &head, MSG_ERRQUEUE) < 0)
			continue;
		struct cmsghdr *item = CMSG_FIRSTHDR(&head);
		assert_non_null(item);
		struct sock_extended_err error;
		memcpy(&error, CMSG_DATA(item), sizeof(error));
		assert_int_equal(error.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
		copied = error.ee_code & SO_EE_CODE_ZEROCOPY_COPIED ? 1 : 0;
	}
	close(ends[0]);
	close(ends[1]);
	return copied;
}

/* The known answers: what the paths are there for. */
static void zerocopy_tried(const char *name, const struct cell *cell, int expected)
{
	struct path_link link;
	open_or_skip(name, cell, &link);
	int copied = zerocopy_sent(&link);
	path_close(&link);
	if (copied == -ENOBUFS || copied == -ENOPROTOOPT)
		skip();
	assert_int_equal(copied, expected);
}

static void test_zerocopy_report(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	zerocopy_tried("lo", &cell, 1);
	for (int round = 0; round < 4; round++) {
		cell.family = round & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
		cell.mtu = round & 2 ? FIELD_PAGE : FIELD_AUTO;
		zerocopy_tried("veth", &cell, 1);
		zerocopy_tried("veth-xdp", &cell, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "test_offloads_veth", test_offloads, NULL, NULL, (void *)"veth" },
		{ "test_offloads_veth_xdp", test_offloads, NULL, NULL, (void *)"veth-xdp" },
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_ipv6_disabled),
		cmocka_unit_test(test_zerocopy_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
