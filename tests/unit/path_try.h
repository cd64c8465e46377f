/* SPDX-License-Identifier: MIT */
/* path_try: what the tests of paths share. Inline, so that each test stays one file to build. */
#ifndef ZCBENCH_TEST_PATH_TRY_H
#define ZCBENCH_TEST_PATH_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"
#include "netns.h"
#include "path.h"

static inline const struct path *path_named(const char *name)
{
	for (size_t i = 0; paths[i]; i++)
		if (!strcmp(paths[i]->name, name))
			return paths[i];
	fail_msg("no path %s", name);
	return NULL;
}

/* As cell_table's presets have it, for the members that paths look at. */
static inline struct cell cell_preset(void)
{
	struct cell cell = { .mtu = FIELD_AUTO, .mss = FIELD_AUTO, .family = FAMILY_IPV4 };
	return cell;
}

static inline void need_root(void)
{
	if (geteuid())
		skip();
}

static inline int fds_open(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static inline void open_or_skip(const char *name, const struct cell *cell, struct path_link *link)
{
	struct reason why = { "" };
	int err = path_named(name)->open(cell, NULL, link, &why);
	/* Containers and locked-down hosts may refuse root too; the sentence says what. */
	if (err == -EPERM) {
		print_message("%s: %s\n", name, why.text);
		skip();
	}
	if (err)
		fail_msg("%s: %d %s", name, err, why.text);
}

static inline struct netlink_link link_of(int netns, const char *device)
{
	struct netlink netlink;
	struct netlink_link link;
	struct reason why;
	assert_int_equal(netlink_open(&netlink, netns, &why), 0);
	assert_int_equal(netlink_link_read(&netlink, device, &link, &why), 0);
	netlink_close(&netlink);
	return link;
}

static inline socklen_t address_fill(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (void *)address;
	struct sockaddr_in6 *six = (void *)address;
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		return sizeof(*four);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
	six->sin6_family = AF_INET6;
	return sizeof(*six);
}

static inline int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A connection over the path: ends[0] sends, ends[1] receives. */
static inline void path_connect(const struct path_link *link, int ends[2])
{
	struct sockaddr_storage address;
	struct reason why = { "" };
	socklen_t length = address_fill(link->rx_address, &address);
	int family = address.ss_family;
	int listener = netns_socket(link->rx_netns, family, SOCK_STREAM, 0, &why);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (void *)&address, length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&address, &length), 0);
	ends[0] = netns_socket(link->tx_netns, family, SOCK_STREAM, 0, &why);
	assert_true(ends[0] >= 0);
	int64_t start = now_ms();
	assert_int_equal(connect(ends[0], (void *)&address, length), 0);
	ends[1] = accept(listener, NULL, NULL);
	assert_true(ends[1] >= 0);
	/* A first SYN that a link without carrier had dropped would come again after 1 s. */
	assert_true(now_ms() - start < 900);
	close(listener);
}

static inline void path_exchange(const struct path_link *link)
{
	char sent[32] = "over the path", got[32];
	int ends[2];
	path_connect(link, ends);
	assert_int_equal(send(ends[0], sent, sizeof(sent), 0), sizeof(sent));
	assert_int_equal(recv(ends[1], got, sizeof(got), MSG_WAITALL), sizeof(got));
	assert_memory_equal(sent, got, sizeof(got));
	close(ends[0]);
	close(ends[1]);
}

#endif
