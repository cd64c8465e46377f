/* SPDX-License-Identifier: MIT */
/* Every check on trees of /proc and /sys that the test makes: it warns, and it does not. */
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
#include "hygiene.h"

static char root[] = "/tmp/zcbench-hygiene-XXXXXX";

static void put(const char *path, const char *text, size_t length)
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
	assert_int_equal(fwrite(text, 1, length, file), length);
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

struct put {
	const char *path, *text;
};

#define CPU "/sys/devices/system/cpu/"
#define TWO_CPUS                      \
	{                             \
		CPU "online", "0-1\n" \
	}
#define GUEST                                                                     \
	{                                                                         \
		"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor lm\n" \
	}
#define METAL                                                          \
	{                                                              \
		"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu lm\n" \
	}
#define CAPS(x)                                                      \
	{                                                            \
		"/proc/self/status", "Name:\ttest\nCapEff:\t" x "\n" \
	}
#define INITIAL                                                            \
	{                                                                  \
		"/proc/self/uid_map", "         0          0 4294967295\n" \
	}
#define NESTED                                                             \
	{                                                                  \
		"/proc/self/uid_map", "         0       1000          1\n" \
	}
#define LIMIT(x)                                                                         \
	{                                                                                \
		"/proc/self/limits", "Limit          Soft Limit  Hard Limit  Units\n"    \
				     "Max locked memory         " x "   " x "   bytes\n" \
	}
#define BUG(file, text)                                \
	{                                              \
		CPU "vulnerabilities/" file, text "\n" \
	}
#define CLOCK(name)                                                                      \
	{                                                                                \
		"/sys/devices/system/clocksource/clocksource0/current_clocksource", name \
	}
#define THP(text)                                                   \
	{                                                           \
		"/sys/kernel/mm/transparent_hugepage/enabled", text \
	}
#define STATE(n, name, us, off)                                \
	{ CPU "cpu0/cpuidle/state" n "/name", name },          \
		{ CPU "cpu0/cpuidle/state" n "/latency", us }, \
	{                                                      \
		CPU "cpu0/cpuidle/state" n "/disable", off     \
	}

static const struct {
	const struct hygiene_check *check;
	enum hygiene_status status;
	const char *says; /* part of the finding */
	struct put puts[10];
} cases[] = {
	{ &hygiene_governor,
	  HYGIENE_GOOD,
	  "performance",
	  { TWO_CPUS,
	    { CPU "cpu0/cpufreq/scaling_governor", "performance\n" },
	    { CPU "cpu1/cpufreq/scaling_governor", "performance\n" } } },
	{ &hygiene_governor,
	  HYGIENE_WARNING,
	  "powersave",
	  { TWO_CPUS,
	    { CPU "cpu0/cpufreq/scaling_governor", "performance\n" },
	    { CPU "cpu1/cpufreq/scaling_governor", "powersave\n" } } },
	{ &hygiene_governor, HYGIENE_UNKNOWN, "no cpufreq", { TWO_CPUS } },

	{ &hygiene_turbo, HYGIENE_GOOD, "off", { { CPU "intel_pstate/no_turbo", "1\n" } } },
	{ &hygiene_turbo, HYGIENE_WARNING, "on", { { CPU "intel_pstate/no_turbo", "0\n" } } },
	{ &hygiene_turbo, HYGIENE_GOOD, "off", { { CPU "cpufreq/boost", "0\n" } } },
	{ &hygiene_turbo, HYGIENE_WARNING, "on", { { CPU "cpufreq/boost", "1\n" } } },
	{ &hygiene_turbo, HYGIENE_UNKNOWN, "Neither", { TWO_CPUS } },

	{ &hygiene_smt, HYGIENE_GOOD, "not active", { METAL, { CPU "smt/active", "0\n" } } },
	{ &hygiene_smt, HYGIENE_WARNING, "is active", { METAL, { CPU "smt/active", "1\n" } } },
	{ &hygiene_smt, HYGIENE_UNKNOWN, "guest", { GUEST, { CPU "smt/active", "0\n" } } },
	{ &hygiene_smt, HYGIENE_UNKNOWN, "does not say", { METAL } },

	{ &hygiene_cstates,
	  HYGIENE_WARNING,
	  "C6, which takes 133 us",
	  { STATE("0", "POLL", "0", "0"), STATE("1", "C1", "2", "0"),
	    STATE("2", "C6", "133", "0") } },
	{ &hygiene_cstates,
	  HYGIENE_GOOD,
	  "C1",
	  { STATE("0", "POLL", "0", "0"), STATE("1", "C1", "2", "0"),
	    STATE("2", "C6", "133", "1") } },
	{ &hygiene_cstates,
	  HYGIENE_GOOD,
	  "idle=poll",
	  { STATE("0", "C6", "133", "0"), { "/proc/cmdline", "quiet idle=poll\n" } } },
	{ &hygiene_cstates, HYGIENE_UNKNOWN, "no cpuidle", { METAL } },

	{ &hygiene_thermal,
	  HYGIENE_GOOD,
	  "No CPU",
	  { TWO_CPUS, { CPU "cpu0/thermal_throttle/core_throttle_count", "0\n" } } },
	{ &hygiene_thermal,
	  HYGIENE_WARNING,
	  "17 times",
	  { TWO_CPUS,
	    { CPU "cpu0/thermal_throttle/core_throttle_count", "0\n" },
	    { CPU "cpu1/thermal_throttle/package_throttle_count", "17\n" } } },
	{ &hygiene_thermal, HYGIENE_UNKNOWN, "counts no", { TWO_CPUS } },

	{ &hygiene_mitigations,
	  HYGIENE_GOOD,
	  "No mitigation",
	  { BUG("meltdown", "Not affected"), BUG("retbleed", "Mitigation: Enhanced IBRS"),
	    BUG("spec_rstack_overflow", "Mitigation: IBPB on VMEXIT only"),
	    BUG("spectre_v2", "Mitigation: Enhanced / Automatic IBRS; IBPB: conditional") } },
	{ &hygiene_mitigations,
	  HYGIENE_WARNING,
	  "meltdown, spectre_v2.",
	  { BUG("meltdown", "Mitigation: PTI"),
	    BUG("spectre_v2", "Mitigation: Retpolines; STIBP") } },
	{ &hygiene_mitigations,
	  HYGIENE_WARNING,
	  "spec_rstack_overflow",
	  { BUG("spec_rstack_overflow", "Mitigation: Safe RET") } },
	{ &hygiene_mitigations, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_clocksource, HYGIENE_GOOD, "tsc", { CLOCK("tsc\n") } },
	{ &hygiene_clocksource, HYGIENE_GOOD, "kvm-clock", { CLOCK("kvm-clock\n") } },
	{ &hygiene_clocksource, HYGIENE_WARNING, "hpet", { CLOCK("hpet\n") } },
	{ &hygiene_clocksource, HYGIENE_WARNING, "tsc-early", { CLOCK("tsc-early\n") } },
	{ &hygiene_clocksource, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_virtual_machine, HYGIENE_GOOD, "no virtual machine", { METAL } },
	{ &hygiene_virtual_machine, HYGIENE_WARNING, "virtual machine", { GUEST } },
	{ &hygiene_virtual_machine,
	  HYGIENE_WARNING,
	  "(KVM Virtual Machine)",
	  { { "/sys/class/dmi/id/product_name", "KVM Virtual Machine\n" } } },
	{ &hygiene_virtual_machine,
	  HYGIENE_WARNING,
	  "(xen)",
	  { { "/sys/hypervisor/type", "xen\n" } } },
	{ &hygiene_virtual_machine, HYGIENE_UNKNOWN, "Nothing tells", { TWO_CPUS } },

	{ &hygiene_iommu,
	  HYGIENE_WARNING,
	  "2 groups",
	  { { "/sys/kernel/iommu_groups/0/type", "DMA-FQ\n" },
	    { "/sys/kernel/iommu_groups/1/type", "identity\n" } } },
	{ &hygiene_iommu,
	  HYGIENE_GOOD,
	  "identity",
	  { { "/sys/kernel/iommu_groups/0/type", "identity\n" } } },
	{ &hygiene_iommu,
	  HYGIENE_UNKNOWN,
	  "1 IOMMU groups",
	  { { "/sys/kernel/iommu_groups/0/devices/x", "\n" } } },
	{ &hygiene_iommu, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_memlock,
	  HYGIENE_GOOD,
	  "CAP_IPC_LOCK",
	  { CAPS("0000000000004000"), INITIAL, LIMIT("8388608") } },
	{ &hygiene_memlock,
	  HYGIENE_WARNING,
	  "8192 KiB (CAP_IPC_LOCK of a user namespace",
	  { CAPS("0000000000004000"), NESTED, LIMIT("8388608") } },
	{ &hygiene_memlock,
	  HYGIENE_WARNING,
	  "8192 KiB:",
	  { CAPS("0000000000000000"), INITIAL, LIMIT("8388608") } },
	{ &hygiene_memlock,
	  HYGIENE_GOOD,
	  "room",
	  { CAPS("0000000000000000"), INITIAL, LIMIT("unlimited") } },
	{ &hygiene_memlock,
	  HYGIENE_GOOD,
	  "room",
	  { CAPS("0000000000000000"), INITIAL, LIMIT("67108864") } },
	{ &hygiene_memlock, HYGIENE_UNKNOWN, "limits", { CAPS("0000000000000000"), INITIAL } },

	{ &hygiene_optmem_max,
	  HYGIENE_GOOD,
	  "131072",
	  { { "/proc/sys/net/core/optmem_max", "131072\n" } } },
	{ &hygiene_optmem_max,
	  HYGIENE_WARNING,
	  "20480",
	  { { "/proc/sys/net/core/optmem_max", "20480\n" } } },
	{ &hygiene_optmem_max, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_thp, HYGIENE_GOOD, "madvise", { THP("always [madvise] never\n") } },
	{ &hygiene_thp, HYGIENE_WARNING, "for all", { THP("[always] madvise never\n") } },
	{ &hygiene_thp, HYGIENE_WARNING, "off", { THP("always madvise [never]\n") } },
	{ &hygiene_thp, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_congestion,
	  HYGIENE_GOOD,
	  "cubic",
	  { { "/proc/sys/net/ipv4/tcp_congestion_control", "cubic\n" } } },
	{ &hygiene_congestion,
	  HYGIENE_WARNING,
	  "bbr",
	  { { "/proc/sys/net/ipv4/tcp_congestion_control", "bbr\n" } } },
	{ &hygiene_congestion, HYGIENE_UNKNOWN, "cannot be read", { METAL } },

	{ &hygiene_io_uring,
	  HYGIENE_GOOD,
	  "may",
	  { { "/proc/sys/kernel/io_uring_disabled", "0\n" } } },
	{ &hygiene_io_uring,
	  HYGIENE_WARNING,
	  "io_uring_disabled=2",
	  { { "/proc/sys/kernel/io_uring_disabled", "2\n" }, CAPS("000001ffffffffff"), INITIAL } },
	{ &hygiene_io_uring,
	  HYGIENE_WARNING,
	  "io_uring_disabled=1",
	  { { "/proc/sys/kernel/io_uring_disabled", "1\n" }, CAPS("0"), INITIAL } },
	{ &hygiene_io_uring,
	  HYGIENE_WARNING,
	  "io_uring_disabled=1",
	  { { "/proc/sys/kernel/io_uring_disabled", "1\n" }, CAPS("000001ffffffffff"), NESTED } },
	{ &hygiene_io_uring,
	  HYGIENE_GOOD,
	  "unprivileged ones may not",
	  { { "/proc/sys/kernel/io_uring_disabled", "1\n" }, CAPS("000001ffffffffff"), INITIAL } },
	{ &hygiene_io_uring, HYGIENE_UNKNOWN, "no kernel.io_uring_disabled", { METAL } },

	{ &hygiene_pmu,
	  HYGIENE_WARNING,
	  "is 4",
	  { { "/proc/sys/kernel/perf_event_paranoid", "4\n" }, CAPS("0"), INITIAL } },
	{ &hygiene_pmu,
	  HYGIENE_UNKNOWN,
	  "allows",
	  { { "/proc/sys/kernel/perf_event_paranoid", "1\n" }, CAPS("0"), INITIAL } },
	{ &hygiene_pmu,
	  HYGIENE_UNKNOWN,
	  "allows",
	  { { "/proc/sys/kernel/perf_event_paranoid", "4\n" },
	    CAPS("0000004000000000"),
	    INITIAL } },
};

static void finding_expect(const struct hygiene_finding *finding, enum hygiene_status status,
			   const char *says)
{
	if (finding->status != status || !strstr(finding->finding.text, says))
		fail_msg("expected %s with \"%s\", got %s: %s", hygiene_status_name(status), says,
			 hygiene_status_name(finding->status), finding->finding.text);
	/* A warning names what to change; a sentence ends as one. */
	assert_true(status != HYGIENE_WARNING || finding->remedy.text[0]);
	assert_true(status != HYGIENE_GOOD || !finding->remedy.text[0]);
	assert_int_equal(finding->finding.text[strlen(finding->finding.text) - 1], '.');
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hygiene_finding finding;
		clear();
		for (const struct put *file = cases[i].puts; file->path; file++)
			put(file->path, file->text, strlen(file->text));
		assert_int_equal(cases[i].check->run(&finding), 0);
		finding_expect(&finding, cases[i].status, cases[i].says);
	}
}

static void test_dma_latency(void **state)
{
	(void)state;
	static const struct put states[] = { STATE("0", "POLL", "0", "0"),
					     STATE("1", "C1", "2", "0"),
					     STATE("2", "C6", "133", "0") };
	const int32_t held = 5, preset = 2000000000;
	struct hygiene_finding finding;
	clear();
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		put(states[i].path, states[i].text, strlen(states[i].text));
	put("/dev/cpu_dma_latency", (const char *)&held, sizeof(held));
	hygiene_cstates.run(&finding);
	finding_expect(&finding, HYGIENE_GOOD, "C1");
	put("/dev/cpu_dma_latency", (const char *)&preset, sizeof(preset));
	hygiene_cstates.run(&finding);
	finding_expect(&finding, HYGIENE_WARNING, "C6");
}

static void test_no_iommu_groups(void **state)
{
	(void)state;
	struct hygiene_finding finding;
	char path[PATH_MAX];
	clear();
	put("/sys/kernel/x", "", 0);
	snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups", root);
	assert_int_equal(mkdir(path, 0755), 0);
	hygiene_iommu.run(&finding);
	finding_expect(&finding, HYGIENE_GOOD, "No device");
}

static const char *stat_after;

static void pause_fake(void)
{
	put("/proc/stat", stat_after, strlen(stat_after));
}

static void test_load(void **state)
{
	(void)state;
	static const struct {
		const char *after;
		enum hygiene_status status;
		const char *says;
	} rows[] = {
		/* user nice system idle iowait irq softirq steal; 100 ticks later */
		{ "cpu  100 0 100 1100 0 0 0 0 0 0\n", HYGIENE_GOOD, "0.0 % busy" },
		{ "cpu  102 0 103 1095 0 0 0 0 0 0\n", HYGIENE_GOOD, "5.0 % busy" },
		{ "cpu  102 0 102 1094 0 0 2 0 0 0\n", HYGIENE_WARNING, "6.0 %" },
		{ "cpu  100 0 100 1050 50 0 0 0 0 0\n", HYGIENE_GOOD, "0.0 % busy" },
		{ "cpu  100 0 100 1099 0 0 0 1 0 0\n", HYGIENE_GOOD, "1.0 % stolen" },
		{ "cpu  100 0 100 1098 0 0 0 2 0 0\n", HYGIENE_WARNING, "2.0 %" },
		{ "cpu  100 0 100 1000 0 0 0 0 0 0\n", HYGIENE_UNKNOWN, "did not move" },
		{ "no such line\n", HYGIENE_UNKNOWN, "cannot be read" },
	};
	struct hygiene_finding finding;
	static const char before[] = "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 1 1 1 1\n";
	hygiene_pause = pause_fake;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clear();
		put("/proc/stat", before, strlen(before));
		stat_after = rows[i].after;
		hygiene_load.run(&finding);
		finding_expect(&finding, rows[i].status, rows[i].says);
	}
	clear();
	hygiene_load.run(&finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "cannot be read");
}

typedef int judge_fn(const json_t *nics, struct hygiene_finding *finding);

#define NIC(rest)   "[{'name': 'eth0', 'up': true, 'bus_info': '0000:01:00.0', " rest "}]"
#define LO(rest)    "[{'name': 'lo', 'up': true, 'loopback': true, " rest "}]"
#define IRQ(a, c)   "{'action': " a ", 'cpus': " c "}"
#define FEATURES(x) "'features': {'sg': " x ", 'tso': true, 'gso': true, 'gro': null}"

static const struct {
	judge_fn *judge;
	enum hygiene_status status;
	const char *says, *nics;
	struct put puts[3];
} judged[] = {
	{ hygiene_irqs_judge,
	  HYGIENE_WARNING,
	  "eth0 on CPU 0",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'0'") "," IRQ("null", "'1'") "]"),
	  { TWO_CPUS } },
	{ hygiene_irqs_judge,
	  HYGIENE_GOOD,
	  "several",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'1'") "]"),
	  { TWO_CPUS } },
	{ hygiene_irqs_judge,
	  HYGIENE_WARNING,
	  "irqbalance runs",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'1'") "]"),
	  { TWO_CPUS, { "/proc/77/comm", "irqbalance\n" } } },
	{ hygiene_irqs_judge, HYGIENE_UNKNOWN, "No device", LO("'irqs': null"), { TWO_CPUS } },

	{ hygiene_numa_judge,
	  HYGIENE_GOOD,
	  "one",
	  LO("'numa_node': null"),
	  { { "/sys/devices/system/node/online", "0\n" } } },
	{ hygiene_numa_judge,
	  HYGIENE_WARNING,
	  "(0-1); eth0 on node 1",
	  NIC("'numa_node': 1"),
	  { { "/sys/devices/system/node/online", "0-1\n" } } },
	{ hygiene_numa_judge, HYGIENE_UNKNOWN, "cannot be read", NIC("'numa_node': 1"), { METAL } },

	{ hygiene_qdisc_judge,
	  HYGIENE_GOOD,
	  "fq_codel",
	  LO("'qdisc': 'noqueue'"),
	  { { "/proc/sys/net/core/default_qdisc", "fq_codel\n" } } },
	{ hygiene_qdisc_judge, HYGIENE_GOOD, "not visible", NIC("'qdisc': 'mq'"), { METAL } },
	{ hygiene_qdisc_judge,
	  HYGIENE_WARNING,
	  "netem on eth0",
	  NIC("'qdisc': 'netem'"),
	  { METAL } },
	{ hygiene_qdisc_judge,
	  HYGIENE_WARNING,
	  "fq_codel on lo",
	  LO("'qdisc': 'fq_codel'"),
	  { METAL } },
	{ hygiene_qdisc_judge, HYGIENE_UNKNOWN, "No device", "[]", { METAL } },

	{ hygiene_offloads_judge, HYGIENE_GOOD, "are on", NIC(FEATURES("true")), { METAL } },
	{ hygiene_offloads_judge,
	  HYGIENE_WARNING,
	  "sg of eth0",
	  NIC(FEATURES("false")),
	  { METAL } },
	{ hygiene_offloads_judge, HYGIENE_WARNING, "sg of lo", LO(FEATURES("false")), { METAL } },
	{ hygiene_offloads_judge,
	  HYGIENE_UNKNOWN,
	  "No device",
	  "[{'name': 'dummy0', 'up': true, " FEATURES("false") "}]",
	  { METAL } },
};

static json_t *json_quoted(const char *text)
{
	char copy[1024];
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	return json;
}

static void test_judged(void **state)
{
	(void)state;
	struct hygiene_finding finding;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		clear();
		for (const struct put *file = judged[i].puts; file->path; file++)
			put(file->path, file->text, strlen(file->text));
		json_t *nics = json_quoted(judged[i].nics);
		assert_int_equal(judged[i].judge(nics, &finding), 0);
		finding_expect(&finding, judged[i].status, judged[i].says);
		json_decref(nics);
	}
	/* rtnetlink did not answer. */
	json_t *null = json_null();
	hygiene_offloads_judge(null, &finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "No device");
	hygiene_qdisc_judge(null, &finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "rtnetlink");
}

/* On this machine every check comes to a finding, and no name is used twice. */
static void test_registry(void **state)
{
	(void)state;
	struct hygiene_finding finding;
	size_t count = 0;
	host_root = "";
	for (; hygiene_checks[count]; count++) {
		const struct hygiene_check *check = hygiene_checks[count];
		assert_true(check->name[0] && check->summary[0]);
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(check->name, hygiene_checks[i]->name);
		memset(&finding, 0, sizeof(finding));
		hygiene_pause =
			pause_fake; /* writes into the tree of the test: waits for nothing */
		assert_int_equal(check->run(&finding), 0);
		finding_expect(&finding, finding.status, "");
	}
	assert_true(count >= 20);
	host_root = root;
}

static int tree_open(void **state)
{
	(void)state;
	host_root = root;
	stat_after = "";
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
		cmocka_unit_test(test_cases),           cmocka_unit_test(test_dma_latency),
		cmocka_unit_test(test_no_iommu_groups), cmocka_unit_test(test_load),
		cmocka_unit_test(test_judged),          cmocka_unit_test(test_registry),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
