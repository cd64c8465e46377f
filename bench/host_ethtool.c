/* SPDX-License-Identifier: MIT */
/*
 * host_ethtool: what a device's driver says of itself, through the ioctl of ethtool(8). All of
 * these commands are open to everybody (the list in dev_ethtool, net/ethtool/ioctl.c).
 */
#include "host.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data_split.h"
#include "netns.h"
#include "steering.h"

struct nic_query {
	int fd;
	const char *device;
};

/* data starts with its command, as all of these structs do. True: the driver answered. */
static bool nic_ask(const struct nic_query *query, uint32_t command, void *data)
{
	struct ifreq request = { .ifr_data = data };
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", query->device);
	memcpy(data, &command, sizeof(command));
	return query->fd >= 0 && ioctl(query->fd, SIOCETHTOOL, &request) == 0;
}

/* "N/A" is how many drivers say that they do not know. */
static json_t *nic_text(bool known, const char *text)
{
	return known && strcmp(text, "N/A") ? host_json_text(text) : json_null();
}

static void driver_add(const struct nic_query *query, json_t *nic)
{
	struct ethtool_drvinfo info = { 0 };
	bool known = nic_ask(query, ETHTOOL_GDRVINFO, &info);
	json_object_set_new(nic, "driver", nic_text(known, info.driver));
	json_object_set_new(nic, "driver_version", nic_text(known, info.version));
	json_object_set_new(nic, "firmware", nic_text(known, info.fw_version));
	json_object_set_new(nic, "bus_info", nic_text(known, info.bus_info));
}

/*
 * ETHTOOL_GLINKSETTINGS (4.6) is asked twice: the first answer is how many words of link modes
 * follow, as a negative number, the second has the speed.
 */
static void link_add(const struct nic_query *query, json_t *nic)
{
	union {
		struct ethtool_link_settings settings;
		char room[sizeof(struct ethtool_link_settings) + 3 * 127 * sizeof(uint32_t)];
	} link = { .room = { 0 } };
	bool known = nic_ask(query, ETHTOOL_GLINKSETTINGS, &link);
	if (known && link.settings.link_mode_masks_nwords < 0) {
		link.settings.link_mode_masks_nwords = (__s8)-link.settings.link_mode_masks_nwords;
		known = nic_ask(query, ETHTOOL_GLINKSETTINGS, &link);
	}
	uint32_t speed = link.settings.speed;
	known = known && speed != 0 && speed != (uint32_t)SPEED_UNKNOWN;
	json_object_set_new(nic, "speed_mbps", known ? json_integer(speed) : json_null());

	struct ethtool_value carrier = { 0 };
	known = nic_ask(query, ETHTOOL_GLINK, &carrier);
	json_object_set_new(nic, "carrier", known ? json_boolean(carrier.data != 0) : json_null());
}

/* Those that decide between copy and zero-copy, by the names of ethtool -k. */
static const struct {
	const char *name;
	uint32_t command;
	uint32_t mask;
} simple_features[] = {
	{ "sg", ETHTOOL_GSG, 1 },
	{ "tso", ETHTOOL_GTSO, 1 },
	{ "gso", ETHTOOL_GGSO, 1 },
	{ "gro", ETHTOOL_GGRO, 1 },
	{ "rx_checksum", ETHTOOL_GRXCSUM, 1 },
	{ "tx_checksum", ETHTOOL_GTXCSUM, 1 },
	{ "lro", ETHTOOL_GFLAGS, ETH_FLAG_LRO },
	{ "ntuple", ETHTOOL_GFLAGS, ETH_FLAG_NTUPLE },
	{ "rxhash", ETHTOOL_GFLAGS, ETH_FLAG_RXHASH },
};

/* The rest by the kernel's own names; the number of a feature changes between releases. */
static const char *const named_features[] = {
	"rx-gro-hw",           "rx-gro-list",       "rx-udp-gro-forwarding",
	"tx-gso-list",         "tx-gso-partial",    "tx-scatter-gather-fraglist",
	"tx-udp-segmentation", "highdma",           "tx-nocache-copy",
	"hw-tc-offload",       "tls-hw-tx-offload", "tls-hw-rx-offload",
};

#define MAX_FEATURES 1024
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How many features the kernel has; 0 when it does not say. */
static uint32_t features_count(const struct nic_query *query)
{
	union {
		struct ethtool_sset_info info;
		uint32_t words[sizeof(struct ethtool_sset_info) / sizeof(uint32_t) + 1];
	} set = { .info = { .sset_mask = 1ULL << ETH_SS_FEATURES } };
	if (!nic_ask(query, ETHTOOL_GSSET_INFO, &set) || !set.info.sset_mask)
		return 0;
	uint32_t count = set.words[sizeof(set.info) / sizeof(uint32_t)];
	return count <= MAX_FEATURES ? count : 0;
}

static void named_add(json_t *features, const char *name, const struct ethtool_gstrings *strings,
		      const struct ethtool_gfeatures *states, uint32_t count)
{
	json_t *value = json_null();
	for (uint32_t i = 0; i < count; i++)
		if (!strncmp((const char *)strings->data + i * ETH_GSTRING_LEN, name,
			     ETH_GSTRING_LEN))
			value = json_boolean(states->features[i / 32].active >> (i % 32) & 1);
	json_object_set_new(features, name, value);
}

static void named_features_add(const struct nic_query *query, json_t *features)
{
	uint32_t count = features_count(query), blocks = (count + 31) / 32;
	struct ethtool_gstrings *strings =
		calloc(1, sizeof(*strings) + (size_t)count * ETH_GSTRING_LEN);
	struct ethtool_gfeatures *states =
		calloc(1, sizeof(*states) + blocks * sizeof(states->features[0]));
	if (strings && states && count) {
		strings->string_set = ETH_SS_FEATURES;
		strings->len = count;
		states->size = blocks;
		if (!nic_ask(query, ETHTOOL_GSTRINGS, strings) ||
		    !nic_ask(query, ETHTOOL_GFEATURES, states))
			count = 0;
	} else {
		count = 0;
	}
	for (size_t i = 0; i < COUNT(named_features); i++)
		named_add(features, named_features[i], strings, states, count);
	free(strings);
	free(states);
}

static void features_add(const struct nic_query *query, json_t *nic)
{
	json_t *features = json_object();
	for (size_t i = 0; i < COUNT(simple_features); i++) {
		struct ethtool_value value = { 0 };
		bool known = nic_ask(query, simple_features[i].command, &value);
		bool on = (value.data & simple_features[i].mask) != 0;
		json_object_set_new(features, simple_features[i].name,
				    known ? json_boolean(on) : json_null());
	}
	named_features_add(query, features);
	json_object_set_new(nic, "features", features);
}

/* One number of one of the structs below. */
struct nic_number {
	const char *name;
	size_t offset;
};

/* An object of numbers; null when the driver has no such thing. */
static void numbers_add(const struct nic_query *query, json_t *nic, const char *name,
			uint32_t command, void *data, const struct nic_number *rows, size_t count)
{
	if (!nic_ask(query, command, data)) {
		json_object_set_new(nic, name, json_null());
		return;
	}
	json_t *object = json_object();
	for (size_t i = 0; i < count; i++) {
		uint32_t value;
		memcpy(&value, (const char *)data + rows[i].offset, sizeof(value));
		json_object_set_new(object, rows[i].name, json_integer(value));
	}
	json_object_set_new(nic, name, object);
}

#define ROW(type, name, member)                     \
	{                                           \
		name, offsetof(struct type, member) \
	}

static const struct nic_number ring_rows[] = {
	ROW(ethtool_ringparam, "rx", rx_pending),
	ROW(ethtool_ringparam, "tx", tx_pending),
	ROW(ethtool_ringparam, "rx_max", rx_max_pending),
	ROW(ethtool_ringparam, "tx_max", tx_max_pending),
};

static const struct nic_number coalesce_rows[] = {
	ROW(ethtool_coalesce, "rx_usecs", rx_coalesce_usecs),
	ROW(ethtool_coalesce, "rx_frames", rx_max_coalesced_frames),
	ROW(ethtool_coalesce, "tx_usecs", tx_coalesce_usecs),
	ROW(ethtool_coalesce, "tx_frames", tx_max_coalesced_frames),
	ROW(ethtool_coalesce, "rx_adaptive", use_adaptive_rx_coalesce),
	ROW(ethtool_coalesce, "tx_adaptive", use_adaptive_tx_coalesce),
};

static const struct nic_number channel_rows[] = {
	ROW(ethtool_channels, "rx", rx_count),
	ROW(ethtool_channels, "tx", tx_count),
	ROW(ethtool_channels, "combined", combined_count),
	ROW(ethtool_channels, "combined_max", max_combined),
};

/* null where the driver does not say. */
static void split_add(const char *device, json_t *nic)
{
	struct data_split split;
	struct reason ignored;
	bool known = !data_split_read(NETNS_HERE, device, &split, &ignored) && split.known;
	json_t *object = known ? json_pack("{sb}", "on", split.on) : json_null();
	if (known && split.has_threshold)
		json_object_set_new(object, "threshold", json_integer(split.threshold));
	json_object_set_new(nic, "data_split", object);
}

/* The same. */
static void steering_add(const char *device, json_t *nic)
{
	struct steering_facts facts;
	bool known = !steering_read(NETNS_HERE, device, &facts);
	json_t *object = known ? json_object() : json_null();
	if (known) {
		json_object_set_new(object, "queues", json_integer(facts.queues));
		json_object_set_new(object, "hashed_last", json_integer(facts.hashed_last));
		json_object_set_new(object, "rules",
				    facts.rules_known ? json_integer(facts.rules) : json_null());
	}
	json_object_set_new(nic, "steering", object);
}

void host_ethtool(json_t *nic)
{
	const char *device = json_string_value(json_object_get(nic, "name"));
	struct nic_query query = { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
				   .device = device ? device : "" };
	if (query.fd < 0) /* a kernel without IPv4 answers on any other socket as well */
		query.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_ringparam rings = { 0 };
	struct ethtool_coalesce coalesce = { 0 };
	struct ethtool_channels channels = { 0 };

	split_add(query.device, nic);
	steering_add(query.device, nic);
	driver_add(&query, nic);
	link_add(&query, nic);
	features_add(&query, nic);
	numbers_add(&query, nic, "rings", ETHTOOL_GRINGPARAM, &rings, ring_rows, COUNT(ring_rows));
	numbers_add(&query, nic, "coalescing", ETHTOOL_GCOALESCE, &coalesce, coalesce_rows,
		    COUNT(coalesce_rows));
	numbers_add(&query, nic, "channels", ETHTOOL_GCHANNELS, &channels, channel_rows,
		    COUNT(channel_rows));
	if (query.fd >= 0)
		close(query.fd);
}
