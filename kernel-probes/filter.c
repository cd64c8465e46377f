/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CGROUP2_MAGIC 0x63677270 /* linux/magic.h */
#define NSFS_MAGIC    0x6e736673

int filter_number(const char *what, const char *text, unsigned long min, unsigned long max,
		  unsigned long *value, struct reason *why)
{
	char *end;
	errno = 0;
	*value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || *value < min || *value > max)
		return reason_set(why, EINVAL, "%s takes a number from %lu to %lu, not '%.40s'",
				  what, min, max, text);
	return 0;
}

int filter_port(struct count_config *config, const char *text, struct reason *why)
{
	unsigned long port;
	int err = filter_number("--port", text, 1, 65535, &port, why);
	if (err)
		return err;
	if (config->port_count == COUNT_FILTERS)
		return reason_set(why, E2BIG, "--port can be given %d times", COUNT_FILTERS);
	config->port[config->port_count++] = (__u16)port;
	return 0;
}

static int netns_inode(const char *text, unsigned long *inode, struct reason *why)
{
	char path[256];
	struct stat status;
	struct statfs kind;
	if (strspn(text, "0123456789") == strlen(text))
		return filter_number("--netns", text, 1, UINT32_MAX, inode, why);
	snprintf(path, sizeof(path), "%s%s", *text == '/' ? "" : "/run/netns/", text);
	if (stat(path, &status) || statfs(path, &kind))
		return reason_set(why, errno, "--netns: %.120s: %s; `ip netns list` has the names",
				  path, strerror(errno));
	if (kind.f_type != NSFS_MAGIC)
		return reason_set(why, EINVAL, "--netns: %.120s is no network namespace", path);
	*inode = status.st_ino;
	return 0;
}

int filter_netns(struct count_config *config, const char *text, struct reason *why)
{
	unsigned long inode = 0;
	int err = netns_inode(text, &inode, why);
	if (err)
		return err;
	if (config->netns_count == COUNT_FILTERS)
		return reason_set(why, E2BIG, "--netns can be given %d times", COUNT_FILTERS);
	config->netns[config->netns_count++] = (__u32)inode;
	return 0;
}

/* On 64-bit machines the inode number of a cgroup's folder is its id (kernfs, 5.5). */
int filter_cgroup(struct count_config *config, const char *text, struct reason *why)
{
	struct stat status;
	struct statfs kind;
	if (stat(text, &status) || statfs(text, &kind))
		return reason_set(why, errno, "--cgroup: %.120s: %s", text, strerror(errno));
	if (kind.f_type != CGROUP2_MAGIC)
		return reason_set(why, EINVAL,
				  "--cgroup: %.120s is no folder of the cgroup v2 tree (see "
				  "`findmnt -t cgroup2`)",
				  text);
	config->cgroup = status.st_ino;
	config->by_cgroup = true;
	return 0;
}
