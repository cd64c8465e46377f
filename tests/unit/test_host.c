/* SPDX-License-Identifier: MIT */
/* The facts of trees of /proc and /sys that the test makes, and of this machine. */
#include "host_try.h"

/* Compares facts, whose reference it takes, with pairs of a key and JSON text in single quotes. */
__attribute__((sentinel)) static void expect(json_t *facts, ...)
{
	va_list wanted;
	va_start(wanted, facts);
	for (const char *key; (key = va_arg(wanted, const char *));) {
		json_t *want = json_quoted(va_arg(wanted, const char *));
		json_t *value = json_object_get(facts, key);
		if (!value || !json_equal(value, want))
			fail_msg("%s: expected %s, got %s", key, json_dumps(want, JSON_ENCODE_ANY),
				 value ? json_dumps(value, JSON_ENCODE_ANY) : "nothing");
		json_decref(want);
	}
	va_end(wanted);
	json_decref(facts);
}

static void test_cpu_is_read(void **state)
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
	expect(host_cpu(), "model", "'Test CPU'", "count_online", "3", "sockets", "2",
	       "threads_per_core", "2", "numa_nodes", "2", "governor", "'performance,powersave'",
	       "turbo", "true", "max_mhz", "5100", "llc_bytes", "33554432", "llc_source", "'sysfs'",
	       "mitigations", "{'meltdown': 'Mitigation: PTI'}", NULL);
}

static void test_a_cpu_without_a_name_has_its_numbers(void **state)
{
	(void)state;
	clear();
	put("/proc/cpuinfo", "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n");
	expect(host_cpu(), "model", "'implementer 0x41 part 0xd0c'", NULL);
}

static void test_memory_is_read(void **state)
{
	(void)state;
	clear();
	put("/proc/meminfo", "MemTotal:       16384 kB\nHugePages_Total:       4\n"
			     "HugePages_Free:        0\nHugepagesize:       2048 kB\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	expect(host_memory(), "total_bytes", "16777216", "swap_total_bytes", "null", "hugepages",
	       "{'size_bytes': 2097152, 'total': 4, 'free': 0}", "thp",
	       "{'enabled': 'madvise', 'defrag': null, 'shmem_enabled': null}", NULL);
	json_t *rates = host_memcpy();
	assert_int_equal(json_object_size(rates), 7); /* 4K to 16M */
	for (void *i = json_object_iter(rates); i; i = json_object_iter_next(rates, i))
		assert_true(json_real_value(json_object_iter_value(i)) > 1e7);
	json_decref(rates);
}

static void test_config_is_read_from_boot_or_proc(void **state)
{
	(void)state;
	clear();
	put("/proc/sys/kernel/osrelease", "6.1.0-test\n");
	json_t *config = host_config();
	assert_true(json_is_string(json_object_get(config, "sha256_reason")));
	expect(config, "source", "null", "fnv1a64", "null", NULL);
	put("/boot/config-6.1.0-test", "# x\nCONFIG_IRQ_TIME_ACCOUNTING=y\n"
				       "# CONFIG_VIRT_CPU_ACCOUNTING_GEN is not set\n");
	expect(host_config(), "source", "'/boot/config-6.1.0-test'", "irq_time_accounting", "true",
	       "virt_cpu_accounting_gen", "false", NULL);
	put("/proc/config.gz", "a");
	expect(host_config(), "source", "'/proc/config.gz'", NULL);
}

/* Known answers: FNV-1a of "a" from its authors, SHA-256 of "abc" from FIPS 180-4. */
static void test_digests_of_the_config(void **state)
{
	(void)state;
	clear();
	put("/proc/config.gz", "a");
	expect(host_config(), "fnv1a64", "'af63dc4c8601ec8c'", NULL);
	put("/proc/config.gz", "abc");
	json_t *config = host_config();
	bool known = json_is_string(json_object_get(config, "sha256"));
	assert_int_equal(json_is_string(json_object_get(config, "sha256_reason")), !known);
	expect(config, "sha256",
	       known ? "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"
		     : "null",
	       NULL);
}

static void test_iommu_groups_are_counted(void **state)
{
	(void)state;
	clear();
	expect(host_iommu(), "groups", "null", "enabled", "null", NULL);
	put("/sys/kernel/iommu_groups/0/type", "DMA-FQ\n");
	put("/sys/kernel/iommu_groups/1/type", "DMA-FQ\n");
	expect(host_iommu(), "groups", "2", "enabled", "true", "domain_types", "['DMA-FQ']", NULL);
}

static void test_irqs_are_those_of_the_device(void **state)
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
	       " {'irq': 41, 'action': null, 'cpus': '0-3'}]",
	       NULL);
	static const char *const none[] = { NULL, "", "..", "../x", "usb-0000:00:14.0-1" };
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_true(json_is_null(host_nic_irqs(none[i])));
}

static void test_sysctls_have_blanks_for_tabs(void **state)
{
	(void)state;
	clear();
	put("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	expect(host_sysctls(), "net.ipv4.tcp_rmem", "'4096 131072 6291456'", "net.core.rmem_max",
	       "null", NULL);
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

static void test_nothing_known_is_null(void **state)
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

static void test_this_machine_has_facts(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_is_read),
		cmocka_unit_test(test_a_cpu_without_a_name_has_its_numbers),
		cmocka_unit_test(test_memory_is_read),
		cmocka_unit_test(test_config_is_read_from_boot_or_proc),
		cmocka_unit_test(test_digests_of_the_config),
		cmocka_unit_test(test_iommu_groups_are_counted),
		cmocka_unit_test(test_irqs_are_those_of_the_device),
		cmocka_unit_test(test_sysctls_have_blanks_for_tabs),
		cmocka_unit_test(test_nothing_known_is_null),
		cmocka_unit_test(test_this_machine_has_facts),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
