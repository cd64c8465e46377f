/* SPDX-License-Identifier: MIT */
/* What of a probe is in its maps: the counts, and what is changed while programs run. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
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
	struct count_sums *sums = calloc((size_t)(cpus > 0 ? cpus : 1), sizeof(*sums));
	if (!sums || cpus < 1)
		return reason_set(why, ENOMEM, "no memory for the counts");
	int err = 0;
	for (__u32 group = 0; !err && group < GROUP_NUMBER; group++) {
		err = bpf_map_lookup_elem(map, &group, sums);
		for (int cpu = 0; !err && cpu < cpus; cpu++)
			for (int id = 0; id < COUNT_NUMBER; id++)
				counts->n[group][id] += sums[cpu].n[id];
	}
	free(sums);
	return err ? reason_set(why, errno, "reading the counts: %s", strerror(errno)) : 0;
}

/* Of a section of the object, which is one value of so many bytes. */
static int section_map(const struct probe *probe, const char *name, size_t bytes)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(probe->object, name);
	return map && bpf_map__value_size(map) == bytes ? bpf_map__fd(map) : -1;
}

static int live_read(const struct probe *probe, struct count_live *live)
{
	__u32 zero = 0;
	int map = section_map(probe, ".bss", sizeof(*live));
	return bpf_map_lookup_elem(map, &zero, live) ? -errno : 0;
}

int probe_set_port(struct probe *probe, __u32 port)
{
	__u32 zero = 0;
	int map = section_map(probe, ".data.port", sizeof(port));
	return bpf_map_update_elem(map, &zero, &port, BPF_ANY) ? -errno : 0;
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

static __u64 beyond(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

/*
 * What left TCP in lent pages and was without them at the driver was copied in between
 * (skb_segment and __skb_linearize, for a device without scatter-gather); unless it was not seen
 * there: *unseen bytes may or may not be such.
 */
static __u64 copied_before_driver(const __u64 *n, __u64 lent, __u64 *unseen)
{
	__u64 again = n[COUNT_RETRANSMITTED];
	__u64 absent = beyond(n[COUNT_TX_BYTES] + again, n[COUNT_DRIVER_BYTES]);
	__u64 sure = beyond(beyond(lent, n[COUNT_DRIVER_ZEROCOPY]), absent);
	__u64 once = beyond(n[COUNT_DRIVER_ZEROCOPY], again);
	if (once < n[COUNT_CROSSING])
		once = n[COUNT_CROSSING];
	*unseen = beyond(beyond(lent, once), sure);
	return sure;
}

/*
 * What tracepoints do not see must not pass for nothing: late copies may be more by what is counted
 * as unseen, and are unknown instead of 0 if there is any. Not seen are copies between a socket and
 * a network card (a packet tap), and what the kernel does where it calls no tracepoint programs:
 * some leave them out on top of certain tasks, for whole softirqs.
 */
static void derive_unseen(const struct probe *probe, bool card, __u64 *n)
{
	const __u8 *layer = probe->config.layer;
	__u64 lent = n[COUNT_TX_REFERENCED] + n[COUNT_TX_SPLICED], unseen = 0;
	bool points = layer[COUNT_LATE_COPIED] == LAYER_TRACEPOINT;
	if (layer[COUNT_UNSEEN] == LAYER_NONE)
		return;
	if (points)
		n[COUNT_LATE_COPIED] += copied_before_driver(n, lent, &unseen);
	unseen += beyond(n[COUNT_CROSSING], n[COUNT_CROSSED]);
	if ((points && card) || unseen > beyond(lent, n[COUNT_LATE_COPIED]))
		unseen = beyond(lent, n[COUNT_LATE_COPIED]);
	n[COUNT_UNSEEN] = unseen;
	if (layer[COUNT_TX_REFERENCED] == LAYER_NONE || layer[COUNT_TX_BYTES] == LAYER_NONE)
		n[COUNT_UNSEEN] = UINT64_MAX;
	if (n[COUNT_UNSEEN] && !n[COUNT_LATE_COPIED])
		n[COUNT_LATE_COPIED] = UINT64_MAX;
}

static struct bpf_prog_info info_of(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = program && bpf_program__autoload(program) ? bpf_program__fd(program) : -1;
	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size))
		memset(&info, 0, sizeof(info));
	return info;
}

void probe_costs(const struct probe *probe, void (*say)(const char *program, __u64 calls, __u64 ns))
{
	const struct bpf_program *program = NULL;
	while ((program = bpf_object__next_program(probe->object, (struct bpf_program *)program))) {
		struct bpf_prog_info info = info_of(program);
		if (info.id)
			say(bpf_program__name(program), info.run_cnt, info.run_time_ns);
	}
}

/* A program that interrupts itself (by preemption, from 7.0 on) is left out, and the kernel says
 * so. */
static bool missed(const struct probe *probe, int id)
{
	char words[256], *rest = NULL;
	const char *list = counters[id].programs[probe->config.layer[id]];
	snprintf(words, sizeof(words), "%s", list);
	for (char *name = strtok_r(words, " |?", &rest); name; name = strtok_r(NULL, " |?", &rest))
		if (info_of(bpf_object__find_program_by_name(probe->object, name)).recursion_misses)
			return true;
	return false;
}

static void forget(const struct probe *probe, struct probe_counts *counts)
{
	for (int id = 0; id < COUNT_NUMBER; id++) {
		bool none = probe->config.layer[id] == LAYER_NONE || counts->lost;
		if (!none && missed(probe, id))
			none = counts->missed = true;
		for (int group = 0; none && group < GROUP_NUMBER; group++)
			counts->n[group][id] = UINT64_MAX;
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
	bool card = lent_to_hardware(probe);
	for (int group = 0; group < GROUP_NUMBER; group++) {
		derive_mapped(probe, counts->n[group]);
		derive_unseen(probe, card, counts->n[group]);
	}
	/* Packets of others are not followed from device to device. */
	counts->n[GROUP_OTHERS][COUNT_UNSEEN] = UINT64_MAX;
	forget(probe, counts);
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
