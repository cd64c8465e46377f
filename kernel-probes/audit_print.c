/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "audit.h"
#include "counter.h"

#define UNKNOWN UINT64_MAX

/* No packet of ours left by it. Numbers of devices mean something in their own namespace alone. */
static void name_device(struct audit_device *device)
{
	char *name = device->count.name;
	struct stat own;
	if (stat("/proc/self/ns/net", &own) || own.st_ino != device->key.netns ||
	    !if_indextoname(device->key.ifindex, name))
		snprintf(name, sizeof(device->count.name), "device %u", device->key.ifindex);
}

void audit_devices_read(struct audit *audit)
{
	int map = bpf_object__find_map_fd_by_name(audit->probe.object, "devices");
	struct count_device_key *last = NULL;
	while (audit->device_count < AUDIT_DEVICES) {
		struct audit_device *device = &audit->devices[audit->device_count];
		if (bpf_map_get_next_key(map, last, &device->key))
			return;
		last = &device->key;
		if (bpf_map_lookup_elem(map, &device->key, &device->count))
			continue;
		if (!device->count.described)
			name_device(device);
		audit->device_count++;
	}
}

static double copies_per_byte(const __u64 *n)
{
	__u64 moved = n[COUNT_TX_BYTES] + n[COUNT_RX_BYTES];
	if (n[COUNT_TX_COPIED] == UNKNOWN || n[COUNT_RX_COPIED] == UNKNOWN ||
	    n[COUNT_LATE_COPIED] == UNKNOWN || n[COUNT_RX_BYTES] == UNKNOWN || !moved ||
	    (n[COUNT_UNSEEN] != UNKNOWN && n[COUNT_UNSEEN]))
		return -1;
	return (double)(n[COUNT_TX_COPIED] + n[COUNT_LATE_COPIED] + n[COUNT_RX_COPIED]) /
	       (double)moved;
}

static void print_group(const struct audit *audit, const char *title, int group, FILE *file)
{
	const __u64 *n = audit->counts.n[group];
	double copies = copies_per_byte(n);
	fprintf(file, "%s\n", title);
	for (int id = 0; id < COUNT_NUMBER; id++) {
		if (n[id] == UNKNOWN)
			continue;
		fprintf(file, "  %-26s %16" PRIu64 "  %s\n", counters[id].name, (uint64_t)n[id],
			counters[id].summary);
	}
	if (copies >= 0)
		fprintf(file, "  %-26s %16.3f  Copied bytes / bytes sent and received.\n",
			"copies_per_byte", copies);
	if (audit->probe.config.histograms)
		histogram_print(&audit->histograms, group, file);
}

/* UNKNOWN where the counter that it is a part of is. */
static __u64 part(const struct audit *audit, enum count_id id, __u64 n)
{
	return audit->counts.n[GROUP_FORWARD][id] == UNKNOWN ? UNKNOWN : n;
}

static void print_part(const char *what, __u64 n, FILE *file)
{
	if (n != UNKNOWN)
		fprintf(file, ", %s %" PRIu64, what, (uint64_t)n);
}

static void print_devices(const struct audit *audit, FILE *file)
{
	if (audit->device_count)
		fputs("by device\n", file);
	for (size_t i = 0; i < audit->device_count; i++) {
		const struct count_device *device = &audit->devices[i].count;
		fprintf(file, "  %-15s (namespace %u)", device->name, audit->devices[i].key.netns);
		print_part("received", part(audit, COUNT_RX_BYTES, device->rx_bytes), file);
		print_part("sent", part(audit, COUNT_DRIVER_BYTES, device->tx_bytes), file);
		print_part("of it in user pages",
			   part(audit, COUNT_DRIVER_ZEROCOPY, device->tx_zerocopy_bytes), file);
		print_part("copied late on arrival",
			   part(audit, COUNT_LATE_COPIED, device->late_copied_bytes), file);
		fputs(device->described && !device->scatter_gather ? ", no scatter-gather\n" : "\n",
		      file);
	}
}

static void print_others(const __u64 *n, FILE *file)
{
	fputs("unattributed (other TCP traffic of this host)\n", file);
	if (n[COUNT_TX_BYTES] != UNKNOWN)
		fprintf(file, "  sent %" PRIu64 "\n", (uint64_t)n[COUNT_TX_BYTES]);
	if (n[COUNT_RX_BYTES] != UNKNOWN)
		fprintf(file, "  received %" PRIu64 "\n", (uint64_t)n[COUNT_RX_BYTES]);
}

static void print_cause(void *context, const char *sentence)
{
	fprintf(context, "* %s\n", sentence);
}

static void print_blind(const struct audit *audit, FILE *file)
{
	const struct probe *probe = &audit->probe;
	bool first = true;
	for (int id = 0; id < COUNT_NUMBER; id++)
		if (probe->config.layer[id] == LAYER_NONE) {
			fprintf(file, "%s%s",
				first ? "not counted here (see `zcprobe doctor`): " : ", ",
				counters[id].name);
			first = false;
		}
	if (!first)
		fputc('\n', file);
}

void audit_print(const struct audit *audit, FILE *file)
{
	bool port = audit->probe.config.port_count;
	char layers[32];
	probe_layers(&audit->probe, layers, sizeof(layers));
	fprintf(file, "%.1f s, counted by %s\n", audit->seconds, layers);
	if (audit->counts.lost)
		fprintf(file,
			"%" PRIu64 " events found no room in a map: no count is whole, so none "
			"is shown\n",
			(uint64_t)audit->counts.lost);
	print_group(audit, port ? "towards the port" : "audited", GROUP_FORWARD, file);
	if (port)
		print_group(audit, "from the port", GROUP_BACKWARD, file);
	print_others(audit->counts.n[GROUP_OTHERS], file);
	print_devices(audit, file);
	audit_causes(audit, print_cause, file);
	print_blind(audit, file);
}

static json_t *group_json(const struct audit *audit, int which)
{
	const __u64 *n = audit->counts.n[which];
	json_t *group = json_object();
	double copies = copies_per_byte(n);
	for (int id = 0; id < COUNT_NUMBER; id++)
		json_object_set_new(group, counters[id].name,
				    n[id] == UNKNOWN ? json_null()
						     : json_integer((json_int_t)n[id]));
	json_object_set_new(group, "copies_per_byte", copies < 0 ? json_null() : json_real(copies));
	if (audit->probe.config.histograms)
		json_object_set_new(group, "histograms", histogram_json(&audit->histograms, which));
	return group;
}

static void set_part(json_t *row, const char *name, __u64 n)
{
	json_object_set_new(row, name, n == UNKNOWN ? json_null() : json_integer((json_int_t)n));
}

static json_t *device_json(const struct audit *audit, const struct audit_device *device)
{
	const struct count_device *count = &device->count;
	json_t *row = json_pack("{s:s, s:I}", "name", count->name, "netns",
				(json_int_t)device->key.netns);
	set_part(row, "rx_bytes", part(audit, COUNT_RX_BYTES, count->rx_bytes));
	set_part(row, "tx_bytes", part(audit, COUNT_DRIVER_BYTES, count->tx_bytes));
	set_part(row, "tx_zerocopy_bytes",
		 part(audit, COUNT_DRIVER_ZEROCOPY, count->tx_zerocopy_bytes));
	set_part(row, "late_copied_bytes",
		 part(audit, COUNT_LATE_COPIED, count->late_copied_bytes));
	set_part(row, "tapped_bytes", part(audit, COUNT_LATE_COPIED, count->tapped_bytes));
	json_object_set_new(row, "hardware",
			    count->described ? json_boolean(count->hardware) : json_null());
	json_object_set_new(row, "scatter_gather",
			    count->described ? json_boolean(count->scatter_gather) : json_null());
	return row;
}

static json_t *devices_json(const struct audit *audit)
{
	json_t *all = json_array();
	for (size_t i = 0; i < audit->device_count; i++)
		json_array_append_new(all, device_json(audit, &audit->devices[i]));
	return all;
}

static void append_cause(void *context, const char *sentence)
{
	json_array_append_new(context, json_string(sentence));
}

json_t *audit_json(const struct audit *audit)
{
	json_t *all = json_object(), *layers = json_object(), *causes = json_array();
	for (int id = 0; id < COUNT_NUMBER; id++) {
		__u8 layer = audit->probe.config.layer[id];
		json_object_set_new(layers, counters[id].name,
				    layer == LAYER_NONE ? json_null()
							: json_string(counter_layer_name(layer)));
	}
	audit_causes(audit, append_cause, causes);
	json_object_set_new(all, "seconds", json_real(audit->seconds));
	json_object_set_new(all, "audited", group_json(audit, GROUP_FORWARD));
	if (audit->probe.config.port_count)
		json_object_set_new(all, "from_port", group_json(audit, GROUP_BACKWARD));
	json_object_set_new(all, "unattributed", group_json(audit, GROUP_OTHERS));
	json_object_set_new(all, "devices", devices_json(audit));
	json_object_set_new(all, "causes", causes);
	json_object_set_new(all, "layers", layers);
	json_object_set_new(all, "lost_events", json_integer((json_int_t)audit->counts.lost));
	return all;
}
