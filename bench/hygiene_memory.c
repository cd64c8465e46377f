/* SPDX-License-Identifier: MIT */
/* hygiene_memory: pinning, mapping and paging of the buffers. */
#include "hygiene.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static int iommu_run(struct hygiene_finding *finding)
{
	json_t *iommu = host_iommu();
	json_t *groups = json_object_get(iommu, "groups");
	json_t *types = json_object_get(iommu, "domain_types");
	bool known = json_is_integer(groups);
	long long count = json_integer_value(groups);
	size_t kinds = json_array_size(types);
	const char *first = json_string_value(json_array_get(types, 0));
	bool identity = kinds == 1 && first && !strcmp(first, "identity");
	json_decref(iommu);

	if (!known)
		return hygiene_unknown(
			finding, NULL,
			"/sys/kernel/iommu_groups cannot be read: this kernel has no IOMMU "
			"support, or /sys is hidden from this process.");
	if (!count)
		return hygiene_good(finding,
				    "No device is behind an IOMMU that this kernel drives.");
	if (!kinds)
		return hygiene_unknown(
			finding, "cat /sys/kernel/iommu_groups/*/type as root.",
			"There are %lld IOMMU groups; how they translate cannot be read.", count);
	if (identity)
		return hygiene_good(finding, "%lld IOMMU groups, all passed through (identity).",
				    count);
	return hygiene_warning(
		finding,
		"Boot with iommu=pt (or iommu.passthrough=1); "
		"iommu.strict=0 makes unmapping cheaper.",
		"The IOMMU translates for %lld groups: each page of a zero-copy send is "
		"mapped and unmapped, which a copy into recycled memory may avoid.",
		count);
}

const struct hygiene_check hygiene_iommu = {
	.name = "iommu",
	.summary = "IOMMU groups and the types of their domains",
	.run = iommu_run,
};

/* 16 flows that each have the preset 4 MiB in the kernel's hands. */
#define MEMLOCK_BYTES (64LL << 20)

/* The soft limit; LLONG_MAX when unlimited, or -errno. */
static long long memlock_soft(void)
{
	char text[128], *end, limits[HOST_TEXT];
	ssize_t n = host_read(limits, sizeof(limits), "/proc/self/limits");
	char *at = n > 0 ? strstr(limits, "Max locked memory") : NULL;
	if (!at)
		return n < 0 ? n : -ENODATA;
	if (sscanf(at, "Max locked memory %127s", text) != 1)
		return -EINVAL;
	if (!strcmp(text, "unlimited"))
		return INT64_MAX;
	long long value = strtoll(text, &end, 10);
	return *end ? -EINVAL : value;
}

/*
 * capable(CAP_IPC_LOCK) asks for the capability in the initial user namespace
 * (mm_account_pinned_pages in net/core/skbuff.c, io_uring's ctx->user): root of a container's
 * own user namespace has the bit and is not exempt.
 */
static int memlock_run(struct hygiene_finding *finding)
{
	bool holds = host_holds(CAP_IPC_LOCK);
	long long limit = memlock_soft();
	if (holds && host_initial_userns())
		return hygiene_good(finding,
				    "CAP_IPC_LOCK is held: RLIMIT_MEMLOCK does not apply.");
	if (limit < 0)
		return hygiene_unknown(finding, NULL, "/proc/self/limits cannot be read: %s.",
				       strerror((int)-limit));
	if (limit >= MEMLOCK_BYTES)
		return hygiene_good(finding, "RLIMIT_MEMLOCK leaves room for zero-copy buffers.");
	return hygiene_warning(
		finding,
		"ulimit -l unlimited, LimitMEMLOCK=infinity in a unit, memlock in "
		"limits.conf, or CAP_IPC_LOCK; or a smaller --depth or --size.",
		"RLIMIT_MEMLOCK is %lld KiB%s: zero-copy sends pin their pages against "
		"it, for all processes of the user together, and fail with ENOBUFS.",
		limit >> 10, holds ? " (CAP_IPC_LOCK of a user namespace does not lift it)" : "");
}

const struct hygiene_check hygiene_memlock = {
	.name = "memlock",
	.summary = "RLIMIT_MEMLOCK, CAP_IPC_LOCK and the user namespace",
	.run = memlock_run,
};

static int thp_run(struct hygiene_finding *finding)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	static const char remedy[] = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
	json_t *json = host_json_selected(path);
	const char *text = json_string_value(json);
	char mode[16];
	snprintf(mode, sizeof(mode), "%s", text ? text : "");
	json_decref(json);
	if (!mode[0])
		return hygiene_unknown(finding, "A kernel with CONFIG_TRANSPARENT_HUGEPAGE.",
				       "%s cannot be read: cells with pages=thp may not run.",
				       path);
	if (!strcmp(mode, "always"))
		return hygiene_warning(
			finding, remedy,
			"Transparent huge pages are on for all memory: cells with pages=4k "
			"may get huge pages, and khugepaged works during the measurement.");
	if (!strcmp(mode, "never"))
		return hygiene_warning(
			finding, remedy,
			"Transparent huge pages are off: cells with pages=thp cannot run.");
	return hygiene_good(finding, "Transparent huge pages are given to who asks (%s).", mode);
}

const struct hygiene_check hygiene_thp = {
	.name = "thp",
	.summary = "the policy of transparent huge pages",
	.run = thp_run,
};
