/* SPDX-License-Identifier: MIT */
#include "steering.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"
#include "queue.h"

#define UNDO_MS 2000 /* the kernel takes a closed ring off its queue in its own time */

struct nic {
	int fd;
	const char *device;
	struct reason *why;
};

/* data begins with its command, as all of these structs do. 0 or -errno. */
static int ask(const struct nic *nic, void *data)
{
	struct ifreq request = { .ifr_data = data };
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic->device);
	return ioctl(nic->fd, SIOCETHTOOL, &request) ? -errno : 0;
}

static int refused(const struct nic *nic, int err, const char *option, const char *rest)
{
	return reason_set(nic->why, -err, "cannot run ethtool %s %s %s: %s", option, nic->device,
			  rest, strerror(-err));
}

static unsigned int queues_of(const struct nic *nic)
{
	struct ethtool_rxnfc rings = { .cmd = ETHTOOL_GRXRINGS };
	return ask(nic, &rings) ? 1 : (unsigned int)rings.data;
}

/* struct ethtool_rxfh_indir, with room. */
struct hashes {
	uint32_t command, size, queue[STEERING_HASHES];
};

static int hashes_read(const struct nic *nic, struct hashes *hashes)
{
	*hashes = (struct hashes){ .command = ETHTOOL_GRXFHINDIR };
	int err = ask(nic, hashes);
	if (err)
		return refused(nic, err, "-x", "");
	if (hashes->size > STEERING_HASHES)
		return refused(nic, -E2BIG, "-x", "");
	hashes->command = ETHTOOL_GRXFHINDIR;
	err = ask(nic, hashes);
	return err ? refused(nic, err, "-x", "") : 0;
}

/* Hashed traffic goes to `count` queues from `first` on. */
static int hashes_set(const struct nic *nic, unsigned int first, unsigned int count,
		      struct steering *before)
{
	char rest[48];
	struct hashes hashes;
	int err = hashes_read(nic, &hashes);
	if (err)
		return err;
	before->hash_count = hashes.size;
	memcpy(before->hashes, hashes.queue, sizeof(before->hashes));
	hashes.command = ETHTOOL_SRXFHINDIR;
	for (uint32_t i = 0; i < hashes.size; i++)
		hashes.queue[i] = first + i % count;
	err = ask(nic, &hashes);
	snprintf(rest, sizeof(rest), "start %u equal %u", first, count);
	if (err)
		return refused(nic, err, "-X", rest);
	before->hashes_changed = true;
	return 0;
}

static int facts_read(const struct nic *nic, struct steering_facts *facts)
{
	struct ethtool_rxnfc rules = { .cmd = ETHTOOL_GRXCLSRLCNT };
	struct hashes hashes;
	int err = hashes_read(nic, &hashes);
	if (err)
		return err;
	*facts = (struct steering_facts){ .queues = queues_of(nic) };
	for (uint32_t i = 0; i < hashes.size; i++)
		if (hashes.queue[i] > facts->hashed_last)
			facts->hashed_last = hashes.queue[i];
	facts->rules_known = !ask(nic, &rules);
	facts->rules = rules.rule_cnt;
	return 0;
}

int steering_read(int netns, const char *device, struct steering_facts *facts)
{
	struct reason ignored;
	struct nic nic = { .device = device, .why = &ignored };
	nic.fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, &ignored);
	if (nic.fd < 0)
		return nic.fd;
	int err = facts_read(&nic, facts);
	close(nic.fd);
	return err;
}

static int ntuple_set(const struct nic *nic, struct steering *before)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int err = ask(nic, &flags);
	if (err || (flags.data & ETH_FLAG_NTUPLE))
		return err ? refused(nic, err, "-k", "") : 0;
	before->flags = flags.data;
	flags = (struct ethtool_value){ .cmd = ETHTOOL_SFLAGS,
					.data = flags.data | ETH_FLAG_NTUPLE };
	err = ask(nic, &flags);
	if (err)
		return refused(nic, err, "-K", "ntuple on");
	before->ntuple_changed = true;
	return 0;
}

/* Where a rule fits: wherever the driver likes, or a place of its table that is free. */
static int rule_place(const struct nic *nic, uint32_t *place)
{
	struct ethtool_rxnfc count = { .cmd = ETHTOOL_GRXCLSRLCNT };
	int err = ask(nic, &count);
	if (err)
		return refused(nic, err, "-n", "");
	*place = RX_CLS_LOC_ANY;
	if (count.data & RX_CLS_LOC_SPECIAL)
		return 0;
	for (uint32_t i = (uint32_t)count.data; i-- > 0;) {
		struct ethtool_rxnfc rule = { .cmd = ETHTOOL_GRXCLSRULE, .fs.location = i };
		*place = i;
		if (ask(nic, &rule))
			return 0;
	}
	return refused(nic, -ENOSPC, "-N", "flow-type tcp4");
}

static void rule_match(struct ethtool_rx_flow_spec *spec, const char *address)
{
	spec->flow_type = TCP_V4_FLOW;
	if (inet_pton(AF_INET, address, &spec->h_u.tcp_ip4_spec.ip4dst) == 1) {
		spec->m_u.tcp_ip4_spec.ip4dst = 0xffffffff;
		return;
	}
	spec->flow_type = TCP_V6_FLOW;
	inet_pton(AF_INET6, address, spec->h_u.tcp_ip6_spec.ip6dst);
	memset(spec->m_u.tcp_ip6_spec.ip6dst, 0xff, sizeof(spec->m_u.tcp_ip6_spec.ip6dst));
}

static int rule_add(const struct nic *nic, const char *address, unsigned int queue,
		    struct steering *before)
{
	char rest[128];
	struct ethtool_rxnfc rule = { .cmd = ETHTOOL_SRXCLSRLINS, .fs.ring_cookie = queue };
	int err = ntuple_set(nic, before);
	if (!err)
		err = rule_place(nic, &rule.fs.location);
	if (err)
		return err;
	rule_match(&rule.fs, address);
	err = ask(nic, &rule);
	snprintf(rest, sizeof(rest), "flow-type %s dst-ip %s action %u",
		 rule.fs.flow_type == TCP_V4_FLOW ? "tcp4" : "tcp6", address, queue);
	if (err)
		return refused(nic, err, "-N", rest);
	before->rule = rule.fs.location;
	before->rule_added = true;
	return 0;
}

static int split_set(int netns, const char *device, struct steering *before, struct reason *why)
{
	int err = data_split_read(netns, device, &before->split, why);
	if (err || (before->split.on && !before->split.threshold))
		return err;
	struct data_split split = before->split;
	split.known = split.on = true;
	split.threshold = 0;
	err = data_split_write(netns, device, &split, why);
	before->split_changed = !err;
	return err;
}

/* One area gets its flows by a rule; over several they are spread by their hash. */
static int flows_set(const struct nic *nic, const struct cell *cell, const char *address,
		     struct steering *before)
{
	unsigned int queues = queues_of(nic), areas = (unsigned int)cell->areas;
	unsigned int first = queue_first(cell, queues);
	if (queues < 2)
		return 0;
	if (areas > 1 || !first)
		return hashes_set(nic, first, areas, before);
	int err = hashes_set(nic, 0, first, before);
	return err ? err : rule_add(nic, address, first, before);
}

int steering_set(int netns, const char *device, const struct cell *cell, const char *address,
		 struct steering *before, struct reason *why)
{
	*before = (struct steering){ .split_changed = false };
	int err = split_set(netns, device, before, why);
	if (err || !cell->steer)
		return err;
	struct nic nic = { .device = device, .why = why };
	nic.fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
	if (nic.fd < 0)
		return nic.fd;
	err = flows_set(&nic, cell, address, before);
	close(nic.fd);
	return err;
}

static int flows_undo(const struct nic *nic, const struct steering *before)
{
	struct ethtool_rxnfc rule = { .cmd = ETHTOOL_SRXCLSRLDEL, .fs.location = before->rule };
	struct ethtool_value flags = { .cmd = ETHTOOL_SFLAGS, .data = before->flags };
	struct hashes hashes = { ETHTOOL_SRXFHINDIR, before->hash_count, { 0 } };
	memcpy(hashes.queue, before->hashes, sizeof(hashes.queue));
	int err = before->rule_added ? ask(nic, &rule) : 0;
	if (err)
		refused(nic, err, "-N", "delete");
	int now = before->ntuple_changed ? ask(nic, &flags) : 0;
	if (now && !err)
		err = refused(nic, now, "-K", "ntuple off");
	now = before->hashes_changed ? ask(nic, &hashes) : 0;
	if (now && !err)
		err = refused(nic, now, "-X", "");
	return err;
}

static int split_undo(int netns, const char *device, const struct steering *before,
		      struct reason *why)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	int err = 0;
	if (!before->split_changed)
		return 0;
	for (int waited = 0; waited < UNDO_MS; waited += 50) {
		err = data_split_write(netns, device, &before->split, why);
		if (!err)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

int steering_undo(int netns, const char *device, const struct steering *before, struct reason *why)
{
	struct nic nic = { .device = device, .why = why };
	struct reason ignored;
	nic.fd = netns_socket(netns, AF_INET, SOCK_DGRAM, 0, why);
	if (nic.fd < 0)
		return nic.fd;
	int err = flows_undo(&nic, before);
	close(nic.fd);
	int split = split_undo(netns, device, before, err ? &ignored : why);
	return err ? err : split;
}
