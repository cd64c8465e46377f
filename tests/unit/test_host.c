/* SPDX-License-Identifier: MIT */
/* The facts of trees of /proc and /sys that the test makes, and of this machine. */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"

static char root[] = "/tmp/zcbench-host-XXXXXX";

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	FILE *file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int entry_remove(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static void clear(void)
{
	nftw(root, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Compares one fact with JSON text, in single quotes. */
static void expect(json_t *fact, const char *key, const char *wanted)
{
	char quoted[512];
	snprintf(quoted, sizeof(quoted), "%s", wanted);
	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *value = json_object_get(fact, key);
	json_t *want = json_loads(quoted, JSON_DECODE_ANY, NULL);
	assert_non_null(want);
	if (!value || !json_equal(value, want)) {
		char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
		fail_msg("%s: expected %s, got %s", key, quoted, text ? text : "nothing");
	}
	json_decref(want);
}

static void test_read(void **state)
{
	(void)state;
	char text[16];
	int64_t number;
	clear();
	put("/a", " \t one\ttwo \n\n");
	put("/empty", "\n");
	put("/number", "-12\n");
	put("/mixed", "12 kB\n");
	put("/long", "0123456789abcdefghijklmnop");
	assert_int_equal(host_read(text, sizeof(text), "/%s", "a"), 7);
	assert_string_equal(text, "one two");
	assert_int_equal(host_read(text, sizeof(text), "/empty"), -ENODATA);
	assert_int_equal(host_read(text, sizeof(text), "/none"), -ENOENT);
	assert_int_equal(host_read(text, sizeof(text), "/"), -EISDIR);
	assert_int_equal(host_read(text, sizeof(text), "/long"), 15);
	assert_int_equal(host_read_number(&number, "/number"), 0);
	assert_int_equal(number, -12);
	assert_int_equal(host_read_number(&number, "/mixed"), -EINVAL);
	assert_int_equal(host_read_number(&number, "/empty"), -ENODATA);
}

static void test_key(void **state)
{
	(void)state;
	char text[16];
	clear();
	put("/file", "model name\t: X 1\nmodel\t\t: 7\nnone:\n");
	assert_int_equal(host_read_key("/file", "model", text, sizeof(text)), 1);
	assert_string_equal(text, "7");
	assert_int_equal(host_read_key("/file", "model name", text, sizeof(text)), 3);
	assert_int_equal(host_read_key("/file", "none", text, sizeof(text)), -ENODATA);
	assert_int_equal(host_read_key("/file", "mod", text, sizeof(text)), -ENOENT);
	assert_int_equal(host_read_key("/nofile", "mod", text, sizeof(text)), -ENOENT);
}

static void test_list(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "a", "1-", "3-1", "1;2", "-1", "0-99999999" };
	assert_int_equal(host_list_count("0"), 1);
	assert_int_equal(host_list_count("0-3,8,10-11"), 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(host_list_count(bad[i]), -1);
	assert_true(host_list_has("0-3,8", 8) && host_list_has("0-3,8", 2));
	assert_false(host_list_has("0-3,8", 4) || host_list_has("", 0));
	assert_true(host_has_word("a bc d", "bc") && host_has_word("bc", "bc"));
	assert_false(host_has_word("abc bcd", "bc") || host_has_word("", "bc"));
}

#define CPU "/sys/devices/system/cpu/"

static void test_cpu(void **state)
{
	(void)state;
	clear();
	put("/proc/cpuinfo", "model name\t: Test CPU\nflags\t\t: fpu\n");
	put(CPU "online", "0-2\n");
	put(CPU "cpu0/topology/physical_package_id", "0\n");
	put(CPU "cpu1/topology/physical_package_id", "0\n");
	put(CPU "cpu2/topology/physical_package_id", "1\n");
	put(CPU "cpu3/topology/physical_package_id", "2\n"); /* not online */
	put(CPU "cpu0/topology/thread_siblings_list", "0-1\n");
	put(CPU "cpu1/topology/thread_siblings_list", "0-1\n");
	put(CPU "cpu2/topology/thread_siblings_list", "2\n");
	put(CPU "cpu0/cpufreq/scaling_governor", "performance\n");
	put(CPU "cpu2/cpufreq/scaling_governor", "powersave\n");
	put(CPU "cpu0/cpufreq/cpuinfo_max_freq", "3500000\n");
	put(CPU "cpu2/cpufreq/cpuinfo_max_freq", "5100000\n");
	put(CPU "intel_pstate/no_turbo", "0\n");
	put(CPU "cpu0/cache/index0/level", "1\n");
	put(CPU "cpu0/cache/index0/size", "32K\n");
	put(CPU "cpu0/cache/index1/level", "3\n");
	put(CPU "cpu0/cache/index1/size", "32768K\n");
	put(CPU "vulnerabilities/meltdown", "Mitigation: PTI\n");
	put("/sys/devices/system/node/online", "0-1\n");
	json_t *cpu = host_cpu();
	expect(cpu, "model", "'Test CPU'");
	expect(cpu, "count_online", "3");
	expect(cpu, "sockets", "2");
	expect(cpu, "threads_per_core", "2");
	expect(cpu, "numa_nodes", "2");
	expect(cpu, "governor", "'performance,powersave'");
	expect(cpu, "turbo", "true");
	expect(cpu, "max_mhz", "5100");
	expect(cpu, "llc_bytes", "33554432");
	expect(cpu, "llc_source", "'sysfs'");
	expect(cpu, "mitigations", "{'meltdown': 'Mitigation: PTI'}");
	json_decref(cpu);
	put("/proc/cpuinfo", "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n");
	cpu = host_cpu();
	expect(cpu, "model", "'implementer 0x41 part 0xd0c'");
	json_decref(cpu);
}

static void test_memory(void **state)
{
	(void)state;
	clear();
	put("/proc/meminfo", "MemTotal:       16384 kB\nHugePages_Total:       4\n"
			     "HugePages_Free:        0\nHugepagesize:       2048 kB\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	json_t *memory = host_memory();
	expect(memory, "total_bytes", "16777216");
	expect(memory, "swap_total_bytes", "null");
	expect(memory, "hugepages", "{'size_bytes': 2097152, 'total': 4, 'free': 0}");
	expect(memory, "thp", "{'enabled': 'madvise', 'defrag': null, 'shmem_enabled': null}");
	json_decref(memory);
}

static void test_config(void **state)
{
	(void)state;
	clear();
	put("/proc/sys/kernel/osrelease", "6.1.0-test\n");
	json_t *config = host_config();
	expect(config, "source", "null");
	expect(config, "fnv1a64", "null");
	assert_true(json_is_string(json_object_get(config, "sha256_reason")));
	json_decref(config);

	put("/boot/config-6.1.0-test", "# x\nCONFIG_IRQ_TIME_ACCOUNTING=y\n"
				       "# CONFIG_VIRT_CPU_ACCOUNTING_GEN is not set\n");
	config = host_config();
	expect(config, "source", "'/boot/config-6.1.0-test'");
	expect(config, "irq_time_accounting", "true");
	expect(config, "virt_cpu_accounting_gen", "false");
	json_decref(config);

	/* Known answers: FNV-1a of "a" from its authors, SHA-256 of "abc" from FIPS 180-4. */
	put("/proc/config.gz", "a");
	config = host_config();
	expect(config, "source", "'/proc/config.gz'");
	expect(config, "fnv1a64", "'af63dc4c8601ec8c'");
	json_decref(config);
	put("/proc/config.gz", "abc");
	config = host_config();
	if (!json_is_null(json_object_get(config, "sha256")))
		expect(config, "sha256",
		       "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'");
	else
		assert_true(json_is_string(json_object_get(config, "sha256_reason")));
	json_decref(config);
}

static void test_iommu(void **state)
{
	(void)state;
	clear();
	json_t *iommu = host_iommu();
	expect(iommu, "groups", "null");
	expect(iommu, "enabled", "null");
	json_decref(iommu);
	put("/sys/kernel/iommu_groups/0/type", "DMA-FQ\n");
	put("/sys/kernel/iommu_groups/1/type", "DMA-FQ\n");
	iommu = host_iommu();
	expect(iommu, "groups", "2");
	expect(iommu, "enabled", "true");
	expect(iommu, "domain_types", "['DMA-FQ']");
	json_decref(iommu);
}

static void test_irqs(void **state)
{
	(void)state;
	clear();
	put("/sys/bus/pci/devices/0000:01:00.0/msi_irqs/40", "msix\n");
	put("/sys/bus/pci/devices/0000:01:00.0/msi_irqs/41", "msix\n");
	put("/proc/irq/40/effective_affinity_list", "3\n");
	put("/proc/irq/40/smp_affinity_list", "0-3\n");
	put("/proc/irq/40/eth0-rx-0/x", "");
	put("/proc/irq/41/smp_affinity_list", "0-3\n");
	json_t *nic = json_object();
	json_object_set_new(nic, "irqs", host_nic_irqs("0000:01:00.0"));
	expect(nic, "irqs",
	       "[{'irq': 40, 'action': 'eth0-rx-0', 'cpus': '3'},"
	       " {'irq': 41, 'action': null, 'cpus': '0-3'}]");
	static const char *const none[] = { NULL, "", "..", "../x", "usb-0000:00:14.0-1" };
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		json_t *irqs = host_nic_irqs(none[i]);
		assert_true(json_is_null(irqs));
	}
	json_decref(nic);
}

static void test_sysctls(void **state)
{
	(void)state;
	clear();
	put("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	json_t *sysctls = host_sysctls();
	expect(sysctls, "net.ipv4.tcp_rmem", "'4096 131072 6291456'");
	expect(sysctls, "net.core.rmem_max", "null");
	json_decref(sysctls);
}

/* Unknown is null: nothing anywhere is an empty text. Returns how many values there are. */
static size_t json_walk(json_t *json)
{
	size_t count = 0, i;
	const char *key;
	json_t *value;
	if (json_is_string(json))
		assert_true(json_string_length(json) > 0);
	if (!json_is_object(json) && !json_is_array(json))
		return 1;
	json_object_foreach(json, key, value) count += json_walk(value);
	json_array_foreach(json, i, value) count += json_walk(value);
	return count;
}

static void test_nothing_known(void **state)
{
	(void)state;
	clear();
	json_t *cpu = host_cpu(), *memory = host_memory(), *sysctls = host_sysctls();
	const char *key;
	json_t *value;
	json_walk(cpu);
	json_walk(memory);
	json_object_foreach(cpu, key, value) assert_true(json_is_null(value));
	json_object_foreach(sysctls, key, value) assert_true(json_is_null(value));
	json_decref(cpu);
	json_decref(memory);
	json_decref(sysctls);
	assert_int_equal(host_guest(), -1);
}

static void test_this_machine(void **state)
{
	(void)state;
	host_root = "";
	json_t *facts = host_facts(), *build = host_build(), *nic;
	size_t i, loopbacks = 0;
	assert_true(json_walk(facts) > 100);
	json_walk(build);
	json_array_foreach(json_object_get(facts, "nics"), i, nic) loopbacks +=
		json_is_true(json_object_get(nic, "loopback")) &&
		json_is_boolean(json_object_get(json_object_get(nic, "features"), "sg"));
	assert_int_equal(loopbacks, 1);
	assert_true(json_integer_value(
			    json_object_get(json_object_get(facts, "cpu"), "count_online")) > 0);
	json_decref(facts);
	json_decref(build);
	host_root = root;
}

static int tree_open(void **state)
{
	(void)state;
	host_root = root;
	return mkdtemp(root) ? 0 : -1;
}

static int tree_close(void **state)
{
	(void)state;
	clear();
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),         cmocka_unit_test(test_key),
		cmocka_unit_test(test_list),         cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_memory),       cmocka_unit_test(test_config),
		cmocka_unit_test(test_iommu),        cmocka_unit_test(test_irqs),
		cmocka_unit_test(test_sysctls),      cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_this_machine),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
