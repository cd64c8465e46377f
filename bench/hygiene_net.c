/* SPDX-License-Identifier: MIT */
/* hygiene_net: devices and their interrupts, their node, queues and offloads. */
#include "hygiene.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

struct names {
	char text[128];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void names_add(struct names *names, const char *format,
							    ...)
{
	va_list args;
	const char *comma = names->length ? ", " : "";
	size_t room = sizeof(names->text) - names->length, skip = strlen(comma);
	if (room <= skip)
		return;
	memcpy(names->text + names->length, comma, skip + 1);
	va_start(args, format);
	int n = vsnprintf(names->text + names->length + skip, room - skip, format, args);
	va_end(args);
	if (n > 0 && (size_t)n < room - skip)
		names->length += skip + (size_t)n;
	else
		names->text[names->length] = '\0'; /* whole names only */
}

static const char *nic_text(const json_t *nic, const char *key)
{
	const char *text = json_string_value(json_object_get(nic, key));
	return text ? text : "";
}

static int nics_run(int (*judge)(const json_t *nics, struct hygiene_finding *finding),
		    struct hygiene_finding *finding)
{
	json_t *nics = host_nics();
	int err = judge(nics, finding);
	json_decref(nics);
	return err;
}

/* ---- interrupts ---- */

static bool process_runs(const char *name)
{
	char comm[64];
	size_t i;
	bool found = false;
	json_t *pid, *pids = host_names("/proc");
	json_array_foreach(pids, i, pid)
	{
		const char *text = json_string_value(pid);
		if (!found && isdigit((unsigned char)text[0]) &&
		    host_read(comm, sizeof(comm), "/proc/%s/comm", text) > 0)
			found = !strcmp(comm, name);
	}
	json_decref(pids);
	return found;
}

/*
 * How many interrupts of the device are in use, and whether they all fire on one CPU. Vectors
 * without an action were allocated and never asked for.
 */
static size_t irqs_used(const json_t *nic, const char **cpu, bool *one)
{
	size_t i, used = 0;
	json_t *irq;
	*cpu = "";
	*one = true;
	json_array_foreach(json_object_get(nic, "irqs"), i, irq)
	{
		const char *cpus = nic_text(irq, "cpus");
		if (!json_is_string(json_object_get(irq, "action")) || !cpus[0])
			continue;
		if (used++ && strcmp(*cpu, cpus))
			*one = false;
		*cpu = cpus;
	}
	if (strpbrk(*cpu, ",-"))
		*one = false;
	return used;
}

static bool host_single_cpu(void)
{
	char online[HOST_TEXT];
	return host_read(online, sizeof(online), "/sys/devices/system/cpu/online") > 0 &&
	       host_list_count(online) == 1;
}

int hygiene_irqs_judge(const json_t *nics, struct hygiene_finding *finding)
{
	struct names crowded = { .length = 0 };
	size_t i, total = 0;
	json_t *nic;
	json_array_foreach(nics, i, nic)
	{
		const char *cpu;
		bool one;
		size_t used = irqs_used(nic, &cpu, &one);
		total += used;
		if (used > 1 && one && !host_single_cpu())
			names_add(&crowded, "%s on CPU %s", nic_text(nic, "name"), cpu);
	}
	if (process_runs("irqbalance"))
		return hygiene_warning(
			finding, "systemctl stop irqbalance, then place the interrupts.",
			"irqbalance runs: it moves interrupts to other CPUs in the middle "
			"of a measurement.");
	if (crowded.length)
		return hygiene_warning(
			finding,
			"echo CPU > /proc/irq/N/smp_affinity_list for each queue, and keep "
			"--tx-cpu and --rx-cpu off those CPUs or on them, knowingly.",
			"All interrupts of a device fire on one CPU: %s.", crowded.text);
	if (!total)
		return hygiene_unknown(
			finding, NULL,
			"No device of this namespace has interrupts that can be seen; "
			"irqbalance is not seen to run.");
	return hygiene_good(finding, "The interrupts of the devices fire on several CPUs, and "
				     "irqbalance does not move them.");
}

static int irqs_run(struct hygiene_finding *finding)
{
	return nics_run(hygiene_irqs_judge, finding);
}

const struct hygiene_check hygiene_irq_placement = {
	.name = "irq-placement",
	.summary = "where the interrupts of the devices fire, and irqbalance",
	.run = irqs_run,
};

/* ---- NUMA ---- */

int hygiene_numa_judge(const json_t *nics, struct hygiene_finding *finding)
{
	char nodes[HOST_TEXT];
	struct names places = { .length = 0 };
	size_t i;
	json_t *nic;
	if (host_read(nodes, sizeof(nodes), "/sys/devices/system/node/online") < 0)
		return hygiene_unknown(
			finding, NULL,
			"/sys/devices/system/node cannot be read: the kernel has no NUMA "
			"support, or /sys is hidden.");
	if (host_list_count(nodes) == 1)
		return hygiene_good(finding, "There is one NUMA node.");
	json_array_foreach(nics, i, nic)
	{
		const json_t *node = json_object_get(nic, "numa_node");
		if (json_is_integer(node))
			names_add(&places, "%s on node %d", nic_text(nic, "name"),
				  (int)json_integer_value(node));
	}
	return hygiene_warning(
		finding,
		"Give --tx-cpu and --rx-cpu CPUs of the node of the device (lscpu), and "
		"set kernel.numa_balancing=0.",
		"There are several NUMA nodes (%.64s)%s%s: memory and devices of another "
		"node cost more to reach.",
		nodes, places.length ? "; " : "", places.text);
}

static int numa_run(struct hygiene_finding *finding)
{
	return nics_run(hygiene_numa_judge, finding);
}

const struct hygiene_check hygiene_numa = {
	.name = "numa",
	.summary = "how many nodes there are, and on which the devices are",
	.run = numa_run,
};

/* ---- queueing disciplines ---- */

int hygiene_qdisc_judge(const json_t *nics, struct hygiene_finding *finding)
{
	/* Those that hold packets back, lose them or reorder them on purpose. */
	static const char slow[] = "tbf htb hfsc cbq netem cake red sfb";
	char preset[64] = "not visible here";
	struct names bad = { .length = 0 };
	size_t i, seen = 0;
	json_t *nic;
	json_array_foreach(nics, i, nic)
	{
		const char *qdisc = nic_text(nic, "qdisc");
		if (!json_is_true(json_object_get(nic, "up")) || !qdisc[0])
			continue;
		seen++;
		if (host_has_word(slow, qdisc) ||
		    (json_is_true(json_object_get(nic, "loopback")) && strcmp(qdisc, "noqueue")))
			names_add(&bad, "%s on %s", qdisc, nic_text(nic, "name"));
	}
	if (bad.length)
		return hygiene_warning(finding, "tc qdisc del dev DEVICE root",
				       "A queueing discipline holds packets back: %s.", bad.text);
	if (!seen)
		return hygiene_unknown(
			finding, "ip link set lo up",
			"No device of this namespace is up, or rtnetlink did not answer.");
	if (host_read(preset, sizeof(preset), "/proc/sys/net/core/default_qdisc") < 0)
		snprintf(preset, sizeof(preset), "not visible here");
	return hygiene_good(finding,
			    "No device that is up has a qdisc that shapes or drops by design "
			    "(net.core.default_qdisc: %s).",
			    preset);
}

static int qdisc_run(struct hygiene_finding *finding)
{
	return nics_run(hygiene_qdisc_judge, finding);
}

const struct hygiene_check hygiene_qdisc = {
	.name = "qdisc",
	.summary = "the queueing disciplines of the devices that are up",
	.run = qdisc_run,
};

/* ---- offloads ---- */

/* A device that carries cells: lo, veth, or a NIC on a bus. */
static bool nic_matters(const json_t *nic)
{
	return json_is_true(json_object_get(nic, "up")) &&
	       (json_is_true(json_object_get(nic, "loopback")) || nic_text(nic, "bus_info")[0] ||
		!strcmp(nic_text(nic, "driver"), "veth"));
}

int hygiene_offloads_judge(const json_t *nics, struct hygiene_finding *finding)
{
	static const char *const offloads[] = { "sg", "tso", "gso", "gro" };
	struct names off = { .length = 0 };
	size_t i, known = 0;
	json_t *nic;
	json_array_foreach(nics, i, nic)
	{
		for (size_t k = 0; nic_matters(nic) && k < sizeof(offloads) / sizeof(*offloads);
		     k++) {
			const json_t *on =
				json_object_get(json_object_get(nic, "features"), offloads[k]);
			known += json_is_boolean(on);
			if (json_is_false(on))
				names_add(&off, "%s of %s", offloads[k], nic_text(nic, "name"));
		}
	}
	if (off.length)
		return hygiene_warning(
			finding, "ethtool -K DEVICE sg on tso on gso on gro on",
			"Offloads are off: %s. Without sg the kernel copies every "
			"zero-copy send; without the others it works packet by packet.",
			off.text);
	if (!known)
		return hygiene_unknown(finding, "ip link set lo up",
				       "No device that is up here tells its offloads.");
	return hygiene_good(finding, "sg, tso, gso and gro are on where devices are up.");
}

static int offloads_run(struct hygiene_finding *finding)
{
	return nics_run(hygiene_offloads_judge, finding);
}

const struct hygiene_check hygiene_offloads = {
	.name = "offloads",
	.summary = "sg, tso, gso and gro of lo, veth devices and NICs that are up",
	.run = offloads_run,
};
