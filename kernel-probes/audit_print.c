/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "counter.h"

#define UNKNOWN UINT64_MAX

void audit_devices_read(struct audit *audit)
{
	int map = bpf_object__find_map_fd_by_name(audit->probe.object, "devices");
	struct count_device_key *last = NULL;
	while (audit->device_count < AUDIT_DEVICES) {
		struct audit_device *device = &audit->devices[audit->device_count];
		if (bpf_map_get_next_key(map, last, &device->key))
			return;
		last = &device->key;
		if (!bpf_map_lookup_elem(map, &device->key, &device->count))
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

static void print_group(const struct audit *audit, const char *title, const __u64 *n, FILE *file)
{
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
	(void)audit;
}

static void print_devices(const struct audit *audit, FILE *file)
{
	if (audit->device_count)
		fputs("by device\n", file);
	for (size_t i = 0; i < audit->device_count; i++) {
		const struct count_device *device = &audit->devices[i].count;
		fprintf(file,
			"  %-15s (namespace %u) sent %" PRIu64 ", of it in user pages %" PRIu64
			"; copied late on arrival %" PRIu64 "%s\n",
			device->name, audit->devices[i].key.netns, (uint64_t)device->tx_bytes,
			(uint64_t)device->tx_zerocopy_bytes, (uint64_t)device->late_copied_bytes,
			device->scatter_gather ? "" : "; no scatter-gather");
	}
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
	print_group(audit, port ? "towards the port" : "audited", audit->counts.n[GROUP_FORWARD],
		    file);
	if (port)
		print_group(audit, "from the port", audit->counts.n[GROUP_BACKWARD], file);
	fprintf(file,
		"unattributed (other TCP traffic of this host)\n  sent %" PRId64
		", received %" PRId64 "\n",
		(int64_t)audit->counts.n[GROUP_OTHERS][COUNT_TX_BYTES],
		(int64_t)audit->counts.n[GROUP_OTHERS][COUNT_RX_BYTES]);
	print_devices(audit, file);
	audit_causes(audit, print_cause, file);
	print_blind(audit, file);
}

static json_t *group_json(const __u64 *n)
{
	json_t *group = json_object();
	double copies = copies_per_byte(n);
	for (int id = 0; id < COUNT_NUMBER; id++)
		json_object_set_new(group, counters[id].name,
				    n[id] == UNKNOWN ? json_null()
						     : json_integer((json_int_t)n[id]));
	json_object_set_new(group, "copies_per_byte", copies < 0 ? json_null() : json_real(copies));
	return group;
}

static json_t *devices_json(const struct audit *audit)
{
	json_t *all = json_array();
	for (size_t i = 0; i < audit->device_count; i++) {
		const struct audit_device *device = &audit->devices[i];
		json_array_append_new(
			all,
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:b}", "name", device->count.name,
				  "netns", (json_int_t)device->key.netns, "tx_bytes",
				  (json_int_t)device->count.tx_bytes, "tx_zerocopy_bytes",
				  (json_int_t)device->count.tx_zerocopy_bytes, "late_copied_bytes",
				  (json_int_t)device->count.late_copied_bytes, "hardware",
				  device->count.hardware, "scatter_gather",
				  device->count.scatter_gather));
	}
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
	json_object_set_new(all, "audited", group_json(audit->counts.n[GROUP_FORWARD]));
	if (audit->probe.config.port_count)
		json_object_set_new(all, "from_port", group_json(audit->counts.n[GROUP_BACKWARD]));
	json_object_set_new(all, "unattributed", group_json(audit->counts.n[GROUP_OTHERS]));
	json_object_set_new(all, "devices", devices_json(audit));
	json_object_set_new(all, "causes", causes);
	json_object_set_new(all, "layers", layers);
	json_object_set_new(all, "lost_events", json_integer((json_int_t)audit->counts.lost));
	return all;
}
