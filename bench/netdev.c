/* SPDX-License-Identifier: MIT */
#include "netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

/* The one-bit commands: as old as the offloads, and one call each (linux/ethtool.h). */
struct offload {
	const char *name;
	uint32_t get, set;
	size_t member; /* of struct cell */
};

/* What needs another comes after it: gso and tso need sg (netdev_fix_features). */
static const struct offload offloads[] = {
	{ "sg", ETHTOOL_GSG, ETHTOOL_SSG, offsetof(struct cell, sg) },
	{ "gso", ETHTOOL_GGSO, ETHTOOL_SGSO, offsetof(struct cell, gso) },
	{ "tso", ETHTOOL_GTSO, ETHTOOL_STSO, offsetof(struct cell, tso) },
	{ "gro", ETHTOOL_GGRO, ETHTOOL_SGRO, offsetof(struct cell, gro) },
};

#define OFFLOADS (sizeof(offloads) / sizeof(offloads[0]))

static uint64_t wanted(const struct offload *offload, const struct cell *cell)
{
	uint64_t value;
	memcpy(&value, (const char *)cell + offload->member, sizeof(value));
	return value;
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static int ethtool_call(int fd, const char *device, void *request)
{
	struct ifreq ifr = { 0 };
	strncpy(ifr.ifr_name, device, sizeof(ifr.ifr_name) - 1);
	ifr.ifr_data = request;
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

static int offload_call(int fd, const char *device, uint32_t command, uint32_t *value)
{
	struct ethtool_value request = { .cmd = command, .data = *value };
	int err = ethtool_call(fd, device, &request);
	*value = request.data;
	return err;
}

static int offload_get(int fd, const char *device, const struct offload *offload,
		       struct reason *why)
{
	uint32_t value = 0;
	int err = offload_call(fd, device, offload->get, &value);
	if (err)
		return reason_set(why, -err, "cannot read %s of %s: %s", offload->name, device,
				  strerror(-err));
	return value != 0;
}

static int offload_put(int fd, const char *device, const struct offload *offload, bool on,
		       struct reason *why)
{
	uint32_t value = on;
	int was = offload_get(fd, device, offload, why);
	if (was < 0 || was == on)
		return was < 0 ? was : 0;
	int err = offload_call(fd, device, offload->set, &value);
	if (err == -EPERM)
		return reason_set(
			why, EPERM,
			"switching %s of %s needs CAP_NET_ADMIN: run it as root, or leave "
			"--%s at auto",
			offload->name, device, offload->name);
	if (err == -EOPNOTSUPP)
		return reason_set(
			why, EOPNOTSUPP,
			"%s refuses %s=%s: its driver fixes it to %s; leave --%s at auto or "
			"use another path",
			device, offload->name, on_off(on), on_off(!on), offload->name);
	if (err)
		return reason_set(why, -err, "%s refuses %s=%s: %s; leave --%s at auto", device,
				  offload->name, on_off(on), strerror(-err), offload->name);
	return 0;
}

bool netdev_offloads_wanted(const struct cell *cell)
{
	for (size_t i = 0; i < OFFLOADS; i++)
		if (wanted(&offloads[i], cell) != OFFLOAD_AUTO)
			return true;
	return false;
}

int netdev_offloads_set(int netns, const char *device, const struct cell *cell, struct reason *why)
{
	if (!netdev_offloads_wanted(cell))
		return 0;
	int fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
	if (fd < 0)
		return fd;
	int err = 0;
	/* On in the order of the table, off against it: each finds what it needs. */
	for (size_t i = 0; !err && i < OFFLOADS; i++)
		if (wanted(&offloads[i], cell) == OFFLOAD_ON)
			err = offload_put(fd, device, &offloads[i], true, why);
	for (size_t i = OFFLOADS; !err && i-- > 0;)
		if (wanted(&offloads[i], cell) == OFFLOAD_OFF)
			err = offload_put(fd, device, &offloads[i], false, why);
	close(fd);
	return err;
}

static int offload_check(int fd, const char *device, const struct offload *offload, bool on,
			 struct reason *why)
{
	int is = offload_get(fd, device, offload, why);
	if (is < 0 || is == on)
		return is < 0 ? is : 0;
	return reason_set(why, EOPNOTSUPP,
			  "%s took %s=%s but it stayed %s: the kernel drops an offload that needs "
			  "another (gso and tso need sg); change --sg or leave --%s at auto",
			  device, offload->name, on_off(on), on_off(is), offload->name);
}

int netdev_offloads_check(int netns, const char *device, const struct cell *cell,
			  struct reason *why)
{
	if (!netdev_offloads_wanted(cell))
		return 0;
	int fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
	if (fd < 0)
		return fd;
	int err = 0;
	for (size_t i = 0; !err && i < OFFLOADS; i++)
		if (wanted(&offloads[i], cell) != OFFLOAD_AUTO)
			err = offload_check(fd, device, &offloads[i],
					    wanted(&offloads[i], cell) == OFFLOAD_ON, why);
	close(fd);
	return err;
}

int netdev_offload_read(int netns, const char *device, const char *offload, struct reason *why)
{
	for (size_t i = 0; i < OFFLOADS; i++) {
		if (strcmp(offloads[i].name, offload))
			continue;
		int fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
		if (fd < 0)
			return fd;
		int value = offload_get(fd, device, &offloads[i], why);
		close(fd);
		return value;
	}
	return reason_set(why, EINVAL, "%s is no offload; use sg, gso, tso or gro", offload);
}

int netdev_queues(int netns, const char *device, struct netdev_queues *queues, struct reason *why)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
	if (fd < 0)
		return fd;
	int err = ethtool_call(fd, device, &channels);
	close(fd);
	if (err == -EOPNOTSUPP) /* a driver that cannot change them, and has one */
		channels.combined_count = 1;
	else if (err)
		return reason_set(why, -err, "cannot read the queues of %s: %s", device,
				  strerror(-err));
	queues->rx = channels.combined_count + channels.rx_count;
	queues->tx = channels.combined_count + channels.tx_count;
	return 0;
}
