/* SPDX-License-Identifier: MIT */
/* What the CPUs and the platform do to a measurement. */
#include "hygiene_try.h"

#define GUEST                                                                     \
	{                                                                         \
		"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor lm\n" \
	}
#define BUG(file, text)                                \
	{                                              \
		CPU "vulnerabilities/" file, text "\n" \
	}
#define CLOCK(name)                                                                      \
	{                                                                                \
		"/sys/devices/system/clocksource/clocksource0/current_clocksource", name \
	}
#define STATE(n, name, us, off)                                \
	{ CPU "cpu0/cpuidle/state" n "/name", name },          \
		{ CPU "cpu0/cpuidle/state" n "/latency", us }, \
	{                                                      \
		CPU "cpu0/cpuidle/state" n "/disable", off     \
	}

static const struct hygiene_case cases[] = {
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
};

static void test_cpus_and_platforms_are_judged_by_their_files(void **state)
{
	(void)state;
	cases_run(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_a_held_dma_latency_keeps_cpus_out_of_deep_states(void **state)
{
	(void)state;
	static const struct put states[] = { STATE("0", "POLL", "0", "0"),
					     STATE("1", "C1", "2", "0"),
					     STATE("2", "C6", "133", "0"),
					     { NULL, NULL } };
	const int32_t held = 5, preset = 2000000000;
	struct hygiene_finding finding;
	put_all(states);
	put_bytes("/dev/cpu_dma_latency", &held, sizeof(held));
	hygiene_cstates.run(&finding);
	finding_expect(&finding, HYGIENE_GOOD, "C1");
	put_bytes("/dev/cpu_dma_latency", &preset, sizeof(preset));
	hygiene_cstates.run(&finding);
	finding_expect(&finding, HYGIENE_WARNING, "C6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpus_and_platforms_are_judged_by_their_files),
		cmocka_unit_test(test_a_held_dma_latency_keeps_cpus_out_of_deep_states),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
