/* SPDX-License-Identifier: MIT */
/* Opens every path, asks the kernel inside the namespaces what it made, and looks for leaks. */
#include "path_try.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static ino_t inode_of(const char *file)
{
	struct stat status;
	assert_int_equal(stat(file, &status), 0);
	return status.st_ino;
}

/* Opens, asks for the MTU, uses and closes the path; nothing of it may stay. */
static void path_tried(const char *name, const struct cell *cell, unsigned int mtu)
{
	struct path_link link;
	int before = fds_open();
	ino_t home = inode_of("/proc/thread-self/ns/net");

	open_or_skip(name, cell, &link);
	assert_int_equal(inode_of("/proc/thread-self/ns/net"), home);
	assert_int_equal(link_of(link.tx_netns, link.tx_device).mtu, mtu);
	struct netlink_link rx = link_of(link.rx_netns, link.rx_device);
	assert_int_equal(rx.mtu, mtu);
	assert_true(rx.ready);
	assert_int_equal(rx.native_xdp, !strcmp(name, "veth-xdp"));
	assert_int_equal(link.xdp_link >= 0, rx.native_xdp);
	path_exchange(&link);
	path_close(&link);
	assert_int_equal(link.rx_netns, NETNS_HERE);
	path_close(&link); /* closing twice is harmless */
	assert_int_equal(fds_open(), before);
}

static void test_registry(void **state)
{
	(void)state;
	struct path_link link;
	path_link_clear(&link);
	path_close(&link);
	assert_string_equal(paths[0]->name, "lo"); /* the preset */
	for (size_t i = 0; paths[i]; i++)
		assert_true(paths[i]->open && paths[i]->summary);
}

static void test_page_mtu(void **state)
{
	(void)state;
	struct cell cell = cell_preset();
	assert_int_equal(path_mtu(&cell), 0);
	cell.mtu = 9000;
	assert_int_equal(path_mtu(&cell), 9000);
	cell.mtu = FIELD_PAGE;
	assert_int_equal(path_mtu(&cell), 61492);
	cell.family = FAMILY_IPV6;
	assert_int_equal(path_mtu(&cell), 61512);
}

static void test_lo_shared(void **state)
{
	(void)state;
	struct cell cell = cell_preset();
	struct path_link link;
	int before = fds_open();
	open_or_skip("lo", &cell, &link);
	assert_string_equal(link.tx_transport, "local");
	assert_string_equal(link.rx_transport, "local");
	assert_string_equal(link.rx_address, "127.0.0.1");
	assert_int_equal(link.rx_netns, NETNS_HERE);
	path_exchange(&link);
	path_close(&link);
	assert_int_equal(fds_open(), before);
}

static void test_lo_shared_ipv6(void **state)
{
	(void)state;
	struct cell cell = cell_preset();
	struct path_link link;
	struct reason why;
	cell.family = FAMILY_IPV6;
	if (path_named("lo")->open(&cell, NULL, &link, &why)) {
		assert_non_null(strstr(why.text, "--family ipv4"));
		skip();
	}
	assert_string_equal(link.rx_address, "::1");
	path_exchange(&link);
	path_close(&link);
}

static void test_lo_private(void **state)
{
	(void)state;
	need_root();
	unsigned int host = link_of(NETNS_HERE, "lo").mtu;
	struct cell cell = cell_preset();
	cell.mtu = 9000;
	path_tried("lo", &cell, 9000);
	cell.mtu = FIELD_PAGE;
	path_tried("lo", &cell, 61492);
	cell.family = FAMILY_IPV6;
	path_tried("lo", &cell, 61512);
	cell.mtu = FIELD_AUTO;
	cell.gro = OFFLOAD_OFF;
	path_tried("lo", &cell, 65536);
	assert_int_equal(link_of(NETNS_HERE, "lo").mtu, host);
}

static void test_veth(void **state)
{
	need_root();
	const char *name = *state;
	struct cell cell = cell_preset();
	path_tried(name, &cell, 1500);
	cell.mtu = 4148;
	path_tried(name, &cell, 4148);
	cell.mtu = FIELD_PAGE;
	path_tried(name, &cell, 61492);
	cell.family = FAMILY_IPV6;
	path_tried(name, &cell, 61512);
	cell.mtu = FIELD_AUTO;
	path_tried(name, &cell, 1500);
}

static void test_transport(void **state)
{
	(void)state;
	need_root();
	struct cell cell = cell_preset();
	struct path_link link;
	struct stat status;
	open_or_skip("veth", &cell, &link);
	assert_int_equal(strncmp(link.rx_transport, "netns:/", 7), 0);
	assert_int_equal(fstat(link.rx_netns, &status), 0);
	assert_int_equal(inode_of(link.rx_transport + 6), status.st_ino);
	assert_int_not_equal(inode_of(link.tx_transport + 6), status.st_ino);
	assert_true(fcntl(link.rx_netns, F_GETFD) & FD_CLOEXEC);
	path_close(&link);
}

/* In a child without the capabilities: an agent of a user who is not root. */
static int unprivileged(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };
	struct cell cell = cell_preset();
	struct path_link link;
	struct reason why = { "" };
	if (syscall(SYS_capset, &head, none))
		return 10;
	if (path_named("lo")->open(&cell, NULL, &link, &why))
		return 11;
	path_close(&link);
	if (path_named("veth")->open(&cell, NULL, &link, &why) != -EPERM ||
	    !strstr(why.text, "--path lo"))
		return 12;
	if (path_named("veth-xdp")->open(&cell, NULL, &link, &why) != -EPERM ||
	    !strstr(why.text, "veth-xdp needs CAP_NET_ADMIN"))
		return 13;
	cell.mtu = 9000;
	if (path_named("lo")->open(&cell, NULL, &link, &why) != -EPERM || !strstr(why.text, "mtu"))
		return 14;
	return 0;
}

static void test_unprivileged(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(unprivileged());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int device_count(void)
{
	int count = 0;
	struct if_nameindex *names = if_nameindex();
	assert_non_null(names);
	while (names[count].if_index)
		count++;
	if_freenameindex(names);
	return count;
}

/* A namespace is gone once no /proc/PID/ns or fd refers to it: a child that is killed had both. */
static void test_killed(void **state)
{
	(void)state;
	need_root();
	int tell[2], status, devices = device_count();
	char transport[64] = "";
	assert_int_equal(pipe(tell), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct cell cell = cell_preset();
		struct path_link link;
		struct reason why;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (path_named("veth-xdp")->open(&cell, NULL, &link, &why))
			_exit(1);
		if (write(tell[1], link.rx_transport, sizeof(transport)) < 0)
			_exit(2);
		for (;;)
			pause();
	}
	close(tell[1]);
	ssize_t got = read(tell[0], transport, sizeof(transport));
	close(tell[0]);
	if (got == (ssize_t)sizeof(transport))
		assert_int_equal(access(transport + 6, F_OK), 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (got > 0)
		assert_int_not_equal(access(transport + 6, F_OK), 0);
	assert_int_equal(device_count(), devices);
	if (got <= 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_page_mtu),
		cmocka_unit_test(test_lo_shared),
		cmocka_unit_test(test_lo_shared_ipv6),
		cmocka_unit_test(test_lo_private),
		{ "test_veth", test_veth, NULL, NULL, (void *)"veth" },
		{ "test_veth_xdp", test_veth, NULL, NULL, (void *)"veth-xdp" },
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_killed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
