/* SPDX-License-Identifier: MIT */
/* What of a probe is in its maps: the counts, and what is changed while programs run. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "probe.h"

int probe_add_task(struct probe *probe, __u32 pid)
{
	__u8 one = 1;
	int map = bpf_object__find_map_fd_by_name(probe->object, "tasks");
	return bpf_map_update_elem(map, &pid, &one, BPF_ANY) ? -errno : 0;
}

/* What tracepoints cannot see directly follows from what they can. */
static void derive_mapped(const struct probe *probe, __u64 *n)
{
	if (probe->config.layer[COUNT_RX_MAPPED] != LAYER_TRACEPOINT)
		return;
	__u64 explained = n[COUNT_RX_COPIED] - n[COUNT_RX_PEEKED] + n[COUNT_RX_DISCARDED];
	n[COUNT_RX_MAPPED] = n[COUNT_RX_BYTES] > explained ? n[COUNT_RX_BYTES] - explained : 0;
}

static int read_counts(int map, struct probe_counts *counts, struct reason *why)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc((size_t)(cpus > 0 ? cpus : 1), sizeof(*values));
	if (!values || cpus < 1)
		return reason_set(why, ENOMEM, "no memory for the counts");
	int err = 0;
	for (__u32 key = 0; !err && key < GROUP_NUMBER * COUNT_NUMBER; key++) {
		__u64 *sum = &counts->n[key / COUNT_NUMBER][key % COUNT_NUMBER];
		err = bpf_map_lookup_elem(map, &key, values);
		for (int cpu = 0; !err && cpu < cpus; cpu++)
			*sum += values[cpu];
	}
	free(values);
	return err ? reason_set(why, errno, "reading the counts: %s", strerror(errno)) : 0;
}

static int live_map(const struct probe *probe)
{
	const struct bpf_map *bss = bpf_object__find_map_by_name(probe->object, ".bss");
	return bss && bpf_map__value_size(bss) == sizeof(struct count_live) ? bpf_map__fd(bss) : -1;
}

static int live_read(const struct probe *probe, struct count_live *live)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(live_map(probe), &zero, live) ? -errno : 0;
}

int probe_set_port(struct probe *probe, __u32 port)
{
	__u32 zero = 0;
	struct count_live live;
	int err = live_read(probe, &live);
	live.port = port;
	if (!err)
		err = bpf_map_update_elem(live_map(probe), &zero, &live, BPF_ANY) ? -errno : 0;
	return err;
}

/* Bytes in lent pages that left for another device of this host and were never seen again. */
static __u64 never_arrived(const struct probe *probe)
{
	int map = bpf_object__find_map_fd_by_name(probe->object, "packets");
	struct count_packet key, *last = NULL;
	__u64 sum = 0;
	__u32 bytes;
	while (!bpf_map_get_next_key(map, last, &key)) {
		if (!bpf_map_lookup_elem(map, &key, &bytes))
			sum += bytes;
		last = &key;
	}
	return sum;
}

static bool lent_to_hardware(const struct probe *probe)
{
	int map = bpf_object__find_map_fd_by_name(probe->object, "devices");
	struct count_device_key key, *last = NULL;
	struct count_device device;
	while (!bpf_map_get_next_key(map, last, &key)) {
		if (!bpf_map_lookup_elem(map, &key, &device) && device.hardware && device.tx_bytes)
			return true;
		last = &key;
	}
	return false;
}

/* Bytes that TCP took and that no device was seen to get, though all connections are closed. */
static bool unseen_at_driver(const struct probe *probe, const __u64 *n)
{
	return probe->config.layer[COUNT_TX_BYTES] != LAYER_NONE &&
	       probe->config.layer[COUNT_DRIVER_BYTES] != LAYER_NONE &&
	       n[COUNT_DRIVER_BYTES] < n[COUNT_TX_BYTES];
}

/*
 * What tracepoints cannot see must not pass for nothing: a count of late copies that is not 0 may
 * be a lower bound, but 0 must be 0. Between a socket and a network card's driver, copies
 * (linearising, a packet tap) have no tracepoint. A packet that left for a virtual device and never
 * arrived was dropped, and then sent again, or taken in by something else, such as a program that
 * reads a tun device, which copies.
 */
static void forget_unseen(const struct probe *probe, struct probe_counts *counts)
{
	const __u8 *layer = probe->config.layer;
	bool points = layer[COUNT_LATE_COPIED] == LAYER_TRACEPOINT;
	bool card = points && lent_to_hardware(probe);
	bool gone = layer[COUNT_XDP_COPIED] == LAYER_TRACEPOINT &&
		    never_arrived(probe) > counts->n[GROUP_FORWARD][COUNT_RETRANSMITTED] +
						   counts->n[GROUP_BACKWARD][COUNT_RETRANSMITTED];
	for (int group = 0; group < GROUP_NUMBER; group++) {
		__u64 *n = counts->n[group];
		bool lent = n[COUNT_TX_REFERENCED] + n[COUNT_TX_SPLICED];
		if (!lent || n[COUNT_LATE_COPIED])
			continue;
		if (card || gone || (points && unseen_at_driver(probe, n)))
			n[COUNT_LATE_COPIED] = UINT64_MAX;
	}
}

int probe_read(struct probe *probe, struct probe_counts *counts, struct reason *why)
{
	struct count_live live = { 0 };
	*counts = (struct probe_counts){ 0 };
	int err =
		read_counts(bpf_object__find_map_fd_by_name(probe->object, "counts"), counts, why);
	if (err)
		return err;
	err = live_read(probe, &live);
	if (err)
		return reason_set(why, -err, "reading the counts: %s", strerror(-err));
	counts->lost = live.lost;
	forget_unseen(probe, counts);
	for (int group = 0; group < GROUP_NUMBER; group++) {
		derive_mapped(probe, counts->n[group]);
		for (int id = 0; id < COUNT_NUMBER; id++)
			if (probe->config.layer[id] == LAYER_NONE || counts->lost)
				counts->n[group][id] = UINT64_MAX;
	}
	return 0;
}

void probe_layers(const struct probe *probe, char *text, size_t room)
{
	*text = '\0';
	for (int layer = 0; layer < LAYER_NUMBER; layer++) {
		bool used = false;
		for (int id = 0; id <= COUNT_RX_MAPPED; id++)
			used |= probe->config.layer[id] == layer;
		size_t length = strlen(text);
		if (used)
			snprintf(text + length, room - length, "%s%s", length ? "+" : "",
				 counter_layer_name((enum count_layer)layer));
	}
}
