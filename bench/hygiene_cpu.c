/* SPDX-License-Identifier: MIT */
/* hygiene_cpu: what makes the same instruction take another time: clocks, siblings, sleep. */
#include "hygiene.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

#define CPU "/sys/devices/system/cpu/"

static int governor_run(struct hygiene_finding *finding)
{
	char other[64] = "";
	size_t i, count = 0;
	json_t *item, *governors = host_cpus_distinct("cpufreq/scaling_governor");
	json_array_foreach(governors, i, item)
	{
		count++;
		if (strcmp(json_string_value(item), "performance"))
			snprintf(other, sizeof(other), "%s", json_string_value(item));
	}
	json_decref(governors);
	if (!count)
		return hygiene_unknown(
			finding,
			host_guest() == 1 ? "Set the governor on the machine that runs this guest."
					  : "Set a fixed clock in the firmware's power options.",
			"There is no cpufreq here: who sets the clock cannot be seen.");
	if (other[0])
		return hygiene_warning(
			finding, "cpupower frequency-set -g performance",
			"CPUs are under the governor %s: their clock follows the load, "
			"and a mode that idles more is measured at a lower clock.",
			other);
	return hygiene_good(finding, "All CPUs are under the governor performance.");
}

const struct hygiene_check hygiene_governor = {
	.name = "governor",
	.summary = "the cpufreq governor of every online CPU",
	.run = governor_run,
};

static int turbo_run(struct hygiene_finding *finding)
{
	int64_t value;
	const char *remedy;
	if (!host_read_number(&value, CPU "intel_pstate/no_turbo")) {
		remedy = "echo 1 > " CPU "intel_pstate/no_turbo";
		value = !value;
	} else if (!host_read_number(&value, CPU "cpufreq/boost")) {
		remedy = "echo 0 > " CPU "cpufreq/boost";
	} else {
		return hygiene_unknown(
			finding, "Switch turbo or boost off in the firmware.",
			"Neither intel_pstate/no_turbo nor cpufreq/boost exists: whether "
			"the CPU changes its clock by itself cannot be seen.");
	}
	if (value)
		return hygiene_warning(
			finding, remedy,
			"Turbo is on: the clock depends on the temperature and on how "
			"many cores are busy, so one end changes the other's speed.");
	return hygiene_good(finding, "Turbo is off.");
}

const struct hygiene_check hygiene_turbo = {
	.name = "turbo",
	.summary = "clocks above the nominal one",
	.run = turbo_run,
};

static int smt_run(struct hygiene_finding *finding)
{
	int64_t active;
	if (host_read_number(&active, CPU "smt/active"))
		return hygiene_unknown(
			finding, NULL,
			"The kernel does not say whether SMT is active (smt/active is "
			"missing: before 4.19, or no SMT in this kernel).");
	if (active)
		return hygiene_warning(
			finding,
			"echo off > " CPU "smt/control, or place the ends on different "
			"cores with --tx-cpu and --rx-cpu.",
			"SMT is active: two threads share a core's units and caches, and "
			"each slows the other down.");
	if (host_guest() == 1)
		return hygiene_unknown(
			finding, "Pin the guest's CPUs to whole cores on the machine that runs it.",
			"This guest sees no SMT; whether its CPUs share cores with other "
			"guests cannot be seen from inside.");
	return hygiene_good(finding, "SMT is not active.");
}

const struct hygiene_check hygiene_smt = {
	.name = "smt",
	.summary = "threads that share a core",
	.run = smt_run,
};

/*
 * The latency in us that some process asks the kernel to stay under, -1 when it cannot be read
 * (root only): four bytes, Documentation/power/pm_qos_interface.rst. Holding the file open for
 * reading asks for nothing.
 */
static int dma_latency(void)
{
	char path[PATH_MAX];
	int32_t value = -1;
	if ((size_t)snprintf(path, sizeof(path), "%s/dev/cpu_dma_latency", host_root) >=
	    sizeof(path))
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (read(fd, &value, sizeof(value)) != sizeof(value))
		value = -1;
	close(fd);
	return value;
}

/* The exit latency of the deepest idle state of CPU 0 in use; -1: no states are listed. */
static int64_t idle_deepest(char *name, size_t room)
{
	int64_t latency, disabled, deepest = -1;
	int limit = dma_latency();
	for (int i = 0; i < 16; i++) {
		if (host_read_number(&latency, CPU "cpu0/cpuidle/state%d/latency", i))
			break;
		if (host_read_number(&disabled, CPU "cpu0/cpuidle/state%d/disable", i))
			disabled = 0;
		if (disabled || latency <= deepest || (limit >= 0 && latency > limit))
			continue;
		deepest = latency;
		host_read(name, room, CPU "cpu0/cpuidle/state%d/name", i);
	}
	return deepest;
}

#define WAKE_MAX_US 10 /* the order of one loopback round trip */

static int cstates_run(struct hygiene_finding *finding)
{
	char text[HOST_TEXT], name[64] = "";
	int64_t latency = idle_deepest(name, sizeof(name));
	if (host_read(text, sizeof(text), "/proc/cmdline") > 0 && host_has_word(text, "idle=poll"))
		return hygiene_good(finding,
				    "Idle CPUs poll (idle=poll): waking up costs nothing.");
	if (latency < 0)
		return hygiene_unknown(
			finding,
			host_guest() == 1
				? "Load cpuidle_haltpoll or boot with idle=poll, so that idle "
				  "CPUs of the guest poll before they halt."
				: "Boot with idle=poll, or limit C-states in the firmware.",
			"There is no cpuidle driver: an idle CPU halts%s, and how long "
			"waking takes cannot be seen.",
			host_guest() == 1 ? " and leaves the guest" : "");
	if (latency > WAKE_MAX_US)
		return hygiene_warning(
			finding,
			"cpupower idle-set -D 10; or tuned-adm profile network-latency; or "
			"boot with intel_idle.max_cstate=1 processor.max_cstate=1.",
			"Idle CPUs sleep as deep as %s, which takes %lld us to leave: "
			"latencies and rarely used modes pay for waking up.",
			name, (long long)latency);
	return hygiene_good(finding, "The deepest idle state in use, %s, is left within %lld us.",
			    name, (long long)latency);
}

const struct hygiene_check hygiene_cstates = {
	.name = "c-states",
	.summary = "the deepest idle state in use and /dev/cpu_dma_latency",
	.run = cstates_run,
};

static int thermal_run(struct hygiene_finding *finding)
{
	static const char *const leaves[] = { "thermal_throttle/core_throttle_count",
					      "thermal_throttle/package_throttle_count" };
	bool seen = false;
	long long most = 0;
	for (size_t leaf = 0; leaf < sizeof(leaves) / sizeof(leaves[0]); leaf++) {
		size_t i;
		json_t *item, *counts = host_cpus_distinct(leaves[leaf]);
		json_array_foreach(counts, i, item)
		{
			long long count = strtoll(json_string_value(item), NULL, 10);
			seen = true;
			most = count > most ? count : most;
		}
		json_decref(counts);
	}
	if (!seen)
		return hygiene_unknown(
			finding, NULL,
			"The kernel counts no thermal throttling here (the counters are "
			"Intel's, and a guest does not see them).");
	if (most)
		return hygiene_warning(
			finding,
			"Improve the cooling or lower the power limit (turbostat, "
			"cpupower frequency-set -u); see whether the count still rises.",
			"A CPU was throttled for its temperature %lld times since boot.", most);
	return hygiene_good(finding, "No CPU was throttled for its temperature since boot.");
}

const struct hygiene_check hygiene_thermal = {
	.name = "thermal",
	.summary = "counters of thermal throttling since boot",
	.run = thermal_run,
};
