/* SPDX-License-Identifier: MIT */
/* hygiene_platform: the machine under the kernel: real or not, its clock, its mitigations. */
#include "hygiene.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host.h"

static int virtual_machine_run(struct hygiene_finding *finding)
{
	char type[64] = "";
	int guest = host_guest();
	if (guest < 0)
		return hygiene_unknown(
			finding, NULL,
			"Nothing tells whether this is a guest: no hypervisor flag in "
			"/proc/cpuinfo, no /sys/hypervisor, no DMI product.");
	if (!guest)
		return hygiene_good(finding, "This is no virtual machine.");
	if (host_read(type, sizeof(type), "/sys/hypervisor/type") < 0)
		host_read(type, sizeof(type), "/sys/class/dmi/id/product_name");
	return hygiene_warning(
		finding,
		"Trust ratios of interleaved repeats, not absolute speeds; measure on "
		"bare metal for those.",
		"This is a virtual machine%s%s%s: other guests take time, and interrupts "
		"and page faults cost more than on hardware.",
		type[0] ? " (" : "", type, type[0] ? ")" : "");
}

const struct hygiene_check hygiene_virtual_machine = {
	.name = "virtual-machine",
	.summary = "the hypervisor flag, /sys/hypervisor and the DMI product",
	.run = virtual_machine_run,
};

#define CLOCK_MAX_NS 150 /* the vDSO takes 20 to 60 ns; a system call takes this and more */

/*
 * ns of one clock_gettime, the fastest of a few rounds. The name alone does not tell: kvm-clock
 * enters the kernel where the host's TSC is not stable (vread_pvclock in the vDSO).
 */
static double clock_cost_ns(void)
{
	double best = 0;
	for (int round = 0; round < 8; round++) {
		struct timespec start, end, now;
		clock_gettime(CLOCK_MONOTONIC, &start);
		for (int i = 0; i < 1000; i++)
			clock_gettime(CLOCK_MONOTONIC, &now);
		clock_gettime(CLOCK_MONOTONIC, &end);
		double ns = (double)(end.tv_sec - start.tv_sec) * 1e6 +
			    (double)(end.tv_nsec - start.tv_nsec) / 1e3;
		best = !round || ns < best ? ns : best;
	}
	return best;
}

static int clocksource_run(struct hygiene_finding *finding)
{
	/* Those that the vDSO can read without entering the kernel. */
	static const char fast[] = "tsc kvm-clock hyperv_clocksource_tsc_page arch_sys_counter "
				   "riscv_clocksource timebase";
	static const char remedy[] =
		"Boot with clocksource=tsc tsc=reliable if the TSC is constant; see "
		"dmesg | grep -i tsc for why it was given up.";
	char name[64], cost[48] = "";
	if (host_read(name, sizeof(name),
		      "/sys/devices/system/clocksource/clocksource0/current_clocksource") < 0)
		return hygiene_unknown(finding, NULL,
				       "The current clocksource cannot be read from /sys.");
	double ns = host_real() ? clock_cost_ns() : 0;
	if (host_real())
		snprintf(cost, sizeof(cost), ", and clock_gettime takes %.0f ns", ns);
	if (!host_has_word(fast, name) || ns > CLOCK_MAX_NS)
		return hygiene_warning(
			finding, remedy,
			"The clocksource is %s%s: reading the time enters the kernel, "
			"which costs the loop as much as a send.",
			name, cost);
	return hygiene_good(finding,
			    "The clocksource is %s%s: the time is read without a system call.",
			    name, cost);
}

const struct hygiene_check hygiene_clocksource = {
	.name = "clocksource",
	.summary = "the clock behind clock_gettime",
	.run = clocksource_run,
};

/* Those that are paid for at each system call or indirect call, and the words that tell. */
static const struct {
	const char *file;
	const char *words;
	const char *except; /* words that make it cheap after all */
} costly[] = {
	{ "meltdown", "PTI", NULL },
	{ "retbleed", "untrained", NULL },
	{ "retbleed", "Mitigation: IBRS", NULL },
	{ "retbleed", "Mitigation: IBPB", NULL },
	{ "retbleed", "Stuffing", NULL },
	{ "spec_rstack_overflow", "Mitigation: Safe RET", NULL },
	{ "spec_rstack_overflow", "Mitigation: IBPB", "VMEXIT" },
	{ "indirect_target_selection", "thunks", NULL },
	{ "spectre_v2", "Retpolines", NULL },
	{ "spectre_v2", "Mitigation: IBRS", NULL },
	{ "mds", "Clear CPU buffers", NULL },
	{ "mmio_stale_data", "Clear CPU buffers", NULL },
	{ "reg_file_data_sampling", "Clear Register File", NULL },
	{ "tsa", "Clear CPU buffers", NULL },
};

static bool mitigation_costs(size_t i, bool *seen)
{
	char text[512];
	if (host_read(text, sizeof(text), "/sys/devices/system/cpu/vulnerabilities/%s",
		      costly[i].file) < 0)
		return false;
	*seen = true;
	/* "Enhanced / Automatic IBRS" is set once and costs nothing later. */
	return strcasestr(text, costly[i].words) &&
	       !(costly[i].except && strcasestr(text, costly[i].except));
}

static int mitigations_run(struct hygiene_finding *finding)
{
	char names[160] = "";
	size_t length = 0;
	bool seen = false;
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
		if (!mitigation_costs(i, &seen))
			continue;
		int n = snprintf(names + length, sizeof(names) - length, "%s%s", length ? ", " : "",
				 costly[i].file);
		if (n > 0 && (size_t)n < sizeof(names) - length)
			length += (size_t)n;
	}
	if (!seen)
		return hygiene_unknown(
			finding, NULL,
			"/sys/devices/system/cpu/vulnerabilities cannot be read (4.15).");
	if (!length)
		return hygiene_good(finding,
				    "No mitigation that costs at each system call is active.");
	return hygiene_warning(
		finding,
		"Compare only with runs under the same mitigations; on an isolated lab "
		"machine boot with mitigations=off to see the difference.",
		"Mitigations make system calls dearer: %s. Small messages suffer most.", names);
}

const struct hygiene_check hygiene_mitigations = {
	.name = "mitigations",
	.summary = "mitigations of CPU bugs that cost at each system call",
	.run = mitigations_run,
};
