/* SPDX-License-Identifier: MIT */
/* host_memory: memory of the host, and what this process may do with it. */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* One line of /proc/meminfo: "16384 kB" is scaled to bytes, "0" is a count. */
static json_t *meminfo(const char *key)
{
	char text[64], *end;
	if (host_read_key("/proc/meminfo", key, text, sizeof(text)) < 0)
		return json_null();
	long long value = strtoll(text, &end, 10);
	if (end == text)
		return json_null();
	return json_integer(strcmp(end, " kB") ? value : value * 1024);
}

#define THP "/sys/kernel/mm/transparent_hugepage/"

json_t *host_memory(void)
{
	json_t *memory = json_object(), *huge = json_object(), *thp = json_object();
	json_object_set_new(memory, "total_bytes", meminfo("MemTotal"));
	json_object_set_new(memory, "available_bytes", meminfo("MemAvailable"));
	json_object_set_new(memory, "swap_total_bytes", meminfo("SwapTotal"));
	json_object_set_new(huge, "size_bytes", meminfo("Hugepagesize"));
	json_object_set_new(huge, "total", meminfo("HugePages_Total"));
	json_object_set_new(huge, "free", meminfo("HugePages_Free"));
	json_object_set_new(memory, "hugepages", huge);
	json_object_set_new(thp, "enabled", host_json_selected(THP "enabled"));
	json_object_set_new(thp, "defrag", host_json_selected(THP "defrag"));
	json_object_set_new(thp, "shmem_enabled", host_json_selected(THP "shmem_enabled"));
	json_object_set_new(memory, "thp", thp);
	json_object_set_new(memory, "memcpy_bytes_per_s", host_memcpy());
	return memory;
}

static void limit_add(json_t *limits, int resource, const char *soft, const char *hard)
{
	struct rlimit limit;
	int err = getrlimit(resource, &limit);
	const struct {
		const char *name;
		rlim_t value;
	} rows[] = { { soft, limit.rlim_cur }, { hard, limit.rlim_max } };
	for (int i = 0; i < 2; i++)
		json_object_set_new(limits, rows[i].name,
				    err ? json_null()
				    : rows[i].value == RLIM_INFINITY
					    ? json_string("unlimited")
					    : json_integer((json_int_t)rows[i].value));
}

json_t *host_limits(void)
{
	json_t *limits = json_object();
	limit_add(limits, RLIMIT_MEMLOCK, "memlock_soft", "memlock_hard");
	limit_add(limits, RLIMIT_NOFILE, "nofile_soft", "nofile_hard");
	return limits;
}

static json_t *status_text(const char *key)
{
	char text[128];
	return host_read_key("/proc/self/status", key, text, sizeof(text)) > 0
		       ? host_json_text(text)
		       : json_null();
}

/* Of lines that hold one small number. */
static json_t *status_number(const char *key)
{
	char text[32];
	bool known = host_read_key("/proc/self/status", key, text, sizeof(text)) > 0;
	return known ? json_integer(strtol(text, NULL, 10)) : json_null();
}

json_t *host_capabilities(void)
{
	json_t *json = json_object();
	json_object_set_new(json, "effective", status_text("CapEff"));
	json_object_set_new(json, "bounding", status_text("CapBnd"));
	json_object_set_new(json, "no_new_privs", status_number("NoNewPrivs"));
	json_object_set_new(json, "seccomp_mode", status_number("Seccomp"));
	json_object_set_new(json, "initial_user_namespace", json_boolean(host_initial_userns()));
	return json;
}

bool host_holds(unsigned int capability)
{
	char text[64];
	if (host_read_key("/proc/self/status", "CapEff", text, sizeof(text)) < 0)
		return false;
	return strtoull(text, NULL, 16) >> capability & 1;
}

/* The map of the initial namespace is the identity over all ids: user_namespaces(7). */
bool host_initial_userns(void)
{
	char text[128];
	unsigned long inside, outside, count;
	if (host_read(text, sizeof(text), "/proc/self/uid_map") < 0)
		return true; /* a kernel without CONFIG_USER_NS has no such file */
	return sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == 4294967295UL;
}

bool host_capable(unsigned int capability)
{
	return host_holds(capability) && host_initial_userns();
}
