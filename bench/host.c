/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

json_t *host_kernel(void)
{
	struct utsname name;
	json_t *kernel = json_object(), *config = host_config();
	json_object_set_new(kernel, "release", host_json_file("/proc/sys/kernel/osrelease"));
	json_object_set_new(kernel, "version", host_json_file("/proc/sys/kernel/version"));
	json_object_set_new(kernel, "machine",
			    uname(&name) ? json_null() : host_json_text(name.machine));
	json_object_set_new(kernel, "command_line", host_json_file("/proc/cmdline"));
	json_object_set(kernel, "config_sha256", json_object_get(config, "sha256"));
	json_object_set_new(kernel, "config", config);
	json_object_set_new(kernel, "tainted", host_json_number("/proc/sys/kernel/tainted"));
	/* Lockdown decides which probes the kernel lets us attach. */
	json_object_set_new(kernel, "lockdown",
			    host_json_selected("/sys/kernel/security/lockdown"));
	return kernel;
}

static bool dmi_virtual(const char *text)
{
	static const char *const products[] = {
		"KVM",
		"QEMU",
		"VMware",
		"VirtualBox",
		"Virtual Machine",
		"Xen",
		"Bochs",
		"HVM domU",
		"Google Compute Engine",
		"Parallels",
		"OpenStack",
		"Firecracker",
		"Bhyve",
		NULL,
	};
	for (size_t i = 0; products[i]; i++)
		if (strcasestr(text, products[i]))
			return true;
	return false;
}

/* The flag of x86: 1, 0, or -1 where /proc/cpuinfo has no flags line. */
static int hypervisor_flag(void)
{
	char flags[HOST_TEXT];
	if (host_read_key("/proc/cpuinfo", "flags", flags, sizeof(flags)) < 0)
		return -1;
	return host_has_word(flags, "hypervisor");
}

int host_guest(void)
{
	char text[256];
	int flag = hypervisor_flag();
	if (flag >= 0)
		return flag;
	if (host_read(text, sizeof(text), "/sys/hypervisor/type") > 0)
		return 1;
	if (host_read(text, sizeof(text), "/sys/class/dmi/id/product_name") > 0)
		return dmi_virtual(text);
	return -1;
}

static json_t *tristate(int value)
{
	return value < 0 ? json_null() : json_boolean(value);
}

json_t *host_virtualisation(void)
{
	json_t *json = json_object();
	json_object_set_new(json, "guest", tristate(host_guest()));
	json_object_set_new(json, "hypervisor_flag", tristate(hypervisor_flag()));
	json_object_set_new(json, "hypervisor_type", host_json_file("/sys/hypervisor/type"));
	json_object_set_new(json, "dmi_vendor", host_json_file("/sys/class/dmi/id/sys_vendor"));
	json_object_set_new(json, "dmi_product", host_json_file("/sys/class/dmi/id/product_name"));
	json_object_set_new(json, "bios_version", host_json_file("/sys/class/dmi/id/bios_version"));
	return json;
}

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/"

json_t *host_clocksource(void)
{
	json_t *json = json_object();
	json_object_set_new(json, "current", host_json_file(CLOCKSOURCE "current_clocksource"));
	json_object_set_new(json, "available", host_json_file(CLOCKSOURCE "available_clocksource"));
	return json;
}

/* The distinct types of the groups' domains: "identity" costs no mapping, "DMA" does. */
static json_t *iommu_types(const json_t *groups)
{
	char type[64];
	size_t i;
	json_t *group, *types = json_object(), *list = json_array();
	json_array_foreach(groups, i, group) if (host_read(type, sizeof(type),
							   "/sys/kernel/iommu_groups/%s/type",
							   json_string_value(group)) > 0)
		json_object_set_new(types, type, json_true());
	const char *key;
	json_t *value;
	json_object_foreach(types, key, value) json_array_append_new(list, json_string(key));
	json_decref(types);
	return list;
}

json_t *host_iommu(void)
{
	json_t *json = json_object(), *groups = host_names("/sys/kernel/iommu_groups");
	size_t count = json_array_size(groups);
	json_object_set_new(json, "groups", groups ? json_integer((json_int_t)count) : json_null());
	json_object_set_new(json, "enabled", groups ? json_boolean(count > 0) : json_null());
	json_object_set_new(json, "domain_types", count ? iommu_types(groups) : json_null());
	json_decref(groups);
	return json;
}

json_t *host_facts(void)
{
	static const struct {
		const char *name;
		json_t *(*read)(void);
	} parts[] = {
		{ "kernel", host_kernel },
		{ "cpu", host_cpu },
		{ "memory", host_memory },
		{ "virtualisation", host_virtualisation },
		{ "clocksource", host_clocksource },
		{ "iommu", host_iommu },
		{ "sysctls", host_sysctls },
		{ "limits", host_limits },
		{ "capabilities", host_capabilities },
		{ "nics", host_nics },
	};
	char name[256];
	json_t *facts = json_object();
	if (!facts)
		return NULL;
	json_object_set_new(facts, "hostname",
			    gethostname(name, sizeof(name)) ? json_null() : host_json_text(name));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (json_object_set_new(facts, parts[i].name, parts[i].read())) {
			json_decref(facts);
			return NULL;
		}
	return facts;
}
