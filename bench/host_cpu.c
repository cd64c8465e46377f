/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define CPU "/sys/devices/system/cpu/"

/* x86 names its model; arm64 only gives the numbers that a table would turn into a name. */
static json_t *cpu_model(void)
{
	char name[256], part[32], text[128];
	if (host_read_key("/proc/cpuinfo", "model name", name, sizeof(name)) > 0)
		return host_json_text(name);
	if (host_read_key("/proc/cpuinfo", "CPU implementer", name, sizeof(name)) < 0 ||
	    host_read_key("/proc/cpuinfo", "CPU part", part, sizeof(part)) < 0)
		return json_null();
	snprintf(text, sizeof(text), "implementer %.32s part %s", name, part);
	return host_json_text(text);
}

static json_t *list_size(const char *path)
{
	char list[HOST_TEXT];
	int count = host_read(list, sizeof(list), "%s", path) > 0 ? host_list_count(list) : -1;
	return count < 0 ? json_null() : json_integer(count);
}

static json_t *distinct_count(const char *leaf)
{
	json_t *texts = host_cpus_distinct(leaf);
	size_t count = json_array_size(texts);
	json_decref(texts);
	return count ? json_integer((json_int_t)count) : json_null();
}

/* The most that any core has: a hybrid CPU has cores with one thread and with two. */
static json_t *threads_per_core(void)
{
	size_t i;
	json_t *list, *lists = host_cpus_distinct("topology/thread_siblings_list");
	int most = -1;
	json_array_foreach(lists, i, list)
	{
		int count = host_list_count(json_string_value(list));
		most = count > most ? count : most;
	}
	json_decref(lists);
	return most < 0 ? json_null() : json_integer(most);
}

/* One text, or all of them with commas where the CPUs differ. */
static json_t *distinct_text(const char *leaf)
{
	char text[256] = "";
	size_t i, length = 0;
	json_t *item, *texts = host_cpus_distinct(leaf);
	json_array_foreach(texts, i, item)
	{
		int n = snprintf(text + length, sizeof(text) - length, "%s%s", i ? "," : "",
				 json_string_value(item));
		if (n < 0 || (size_t)n >= sizeof(text) - length)
			break;
		length += (size_t)n;
	}
	json_decref(texts);
	return host_json_text(text);
}

/* intel_pstate has a switch of its own, the other way round than cpufreq's. */
static json_t *turbo(void)
{
	int64_t value;
	if (!host_read_number(&value, CPU "intel_pstate/no_turbo"))
		return json_boolean(value == 0);
	if (!host_read_number(&value, CPU "cpufreq/boost"))
		return json_boolean(value != 0);
	return json_null();
}

static json_t *max_mhz(void)
{
	size_t i;
	long long most = 0;
	json_t *item, *list = host_cpus_distinct("cpufreq/cpuinfo_max_freq");
	json_array_foreach(list, i, item)
	{
		long long khz = strtoll(json_string_value(item), NULL, 10);
		most = khz > most ? khz : most;
	}
	json_decref(list);
	return most > 0 ? json_integer(most / 1000) : json_null();
}

/* Bytes of the cache with the highest level that CPU 0 has; 0 when /sys does not show any. */
static long long llc_sysfs(void)
{
	char size[64];
	int64_t level, highest = 0;
	long long bytes = 0;
	for (int i = 0; i < 16; i++) {
		if (host_read_number(&level, CPU "cpu0/cache/index%d/level", i))
			break;
		if (level <= highest ||
		    host_read(size, sizeof(size), CPU "cpu0/cache/index%d/size", i) < 0)
			continue;
		char *end;
		long long value = strtoll(size, &end, 10);
		highest = level;
		bytes = value * (*end == 'K' ? 1024 : *end == 'M' ? 1024 * 1024 : 1);
	}
	return bytes;
}

/*
 * A guest may have no cache directory in /sys, and still cpuid: leaf 4 of Intel's, leaf
 * 0x8000001d of AMD's. sysconf(_SC_LEVEL3_CACHE_SIZE) is no substitute: it adds up all the
 * level 3 caches of an AMD package, of which a CPU only fills its own.
 */
static long long llc_cpuid(void)
{
	long long bytes = 0;
#if defined(__x86_64__) || defined(__i386__)
	static const unsigned int leaves[] = { 4, 0x8000001d };
	unsigned int a, b, c, d, highest = 0;
	for (unsigned int i = 0; i < 16; i++) {
		if (!__get_cpuid_count(leaves[i / 8], i % 8, &a, &b, &c, &d) || !(a & 0x1f))
			continue;
		unsigned int level = a >> 5 & 7;
		if (level <= highest)
			continue;
		highest = level;
		bytes = (long long)((b >> 22) + 1) * ((b >> 12 & 0x3ff) + 1) * ((b & 0xfff) + 1) *
			((long long)c + 1);
	}
#endif
	return bytes;
}

static void llc_add(json_t *cpu)
{
	const char *source = "sysfs";
	long long bytes = llc_sysfs();
	if (bytes <= 0 && host_real()) {
		source = "cpuid";
		bytes = llc_cpuid();
	}
	json_object_set_new(cpu, "llc_bytes", bytes > 0 ? json_integer(bytes) : json_null());
	json_object_set_new(cpu, "llc_source", bytes > 0 ? json_string(source) : json_null());
}

static json_t *mitigations(void)
{
	char path[512];
	size_t i;
	json_t *name, *names = host_names(CPU "vulnerabilities");
	if (!names)
		return json_null();
	json_t *json = json_object();
	json_array_foreach(names, i, name)
	{
		snprintf(path, sizeof(path), CPU "vulnerabilities/%s", json_string_value(name));
		json_object_set_new(json, json_string_value(name), host_json_file(path));
	}
	json_decref(names);
	return json;
}

static json_t *key_text(const char *key)
{
	char text[HOST_TEXT];
	return host_read_key("/proc/cpuinfo", key, text, sizeof(text)) > 0 ? host_json_text(text)
									   : json_null();
}

json_t *host_cpu(void)
{
	json_t *cpu = json_object();
	json_object_set_new(cpu, "model", cpu_model());
	json_object_set_new(cpu, "microcode", key_text("microcode"));
	json_object_set_new(cpu, "count_online", list_size(CPU "online"));
	json_object_set_new(cpu, "online", host_json_file(CPU "online"));
	json_object_set_new(cpu, "isolated", host_json_file(CPU "isolated"));
	json_object_set_new(cpu, "nohz_full", host_json_file(CPU "nohz_full"));
	json_object_set_new(cpu, "sockets", distinct_count("topology/physical_package_id"));
	json_object_set_new(cpu, "threads_per_core", threads_per_core());
	json_object_set_new(cpu, "smt_control", host_json_file(CPU "smt/control"));
	json_object_set_new(cpu, "numa_nodes", list_size("/sys/devices/system/node/online"));
	json_object_set_new(cpu, "governor", distinct_text("cpufreq/scaling_governor"));
	json_object_set_new(cpu, "frequency_driver", distinct_text("cpufreq/scaling_driver"));
	json_object_set_new(cpu, "idle_driver", host_json_file(CPU "cpuidle/current_driver"));
	json_object_set_new(cpu, "idle_governor", host_json_file(CPU "cpuidle/current_governor"));
	json_object_set_new(cpu, "turbo", turbo());
	json_object_set_new(cpu, "max_mhz", max_mhz());
	llc_add(cpu);
	json_object_set_new(cpu, "mitigations", mitigations());
	return cpu;
}
