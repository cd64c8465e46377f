/* SPDX-License-Identifier: MIT */
/* What the kernel's settings let a process use: memory, sockets, rings and counters. */
#include "hygiene_try.h"

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
#define THP(text)                                                   \
	{                                                           \
		"/sys/kernel/mm/transparent_hugepage/enabled", text \
	}

static const struct hygiene_case cases[] = {
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

static void test_settings_are_judged_by_their_files(void **state)
{
	(void)state;
	cases_run(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_an_iommu_without_groups_translates_nothing(void **state)
{
	(void)state;
	struct hygiene_finding finding;
	clear();
	make_folders("/sys/kernel/iommu_groups/");
	hygiene_iommu.run(&finding);
	finding_expect(&finding, HYGIENE_GOOD, "No device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_are_judged_by_their_files),
		cmocka_unit_test(test_an_iommu_without_groups_translates_nothing),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
