/* SPDX-License-Identifier: MIT */
/* Placement by the CPU that serves a flow: as near to it as the process may go, or as far. */
#include <errno.h>
#include <stdio.h>

#include "host.h"
#include "placement.h"

#define NODES_MAX 1024

static bool listed_together(int a, int b, const char *path)
{
	char list[HOST_TEXT];
	return host_read(list, sizeof(list), "%s", path) > 0 &&
	       host_list_has(list, (unsigned int)a) && host_list_has(list, (unsigned int)b);
}

static bool share(int a, int b, const char *leaf)
{
	char path[128];
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/%s", a, leaf);
	return listed_together(a, b, path);
}

/* Without a node tree (no NUMA in the kernel) all memory is equally near. */
static bool share_node(int a, int b)
{
	char list[HOST_TEXT], path[64];
	if (host_read(list, sizeof(list), "/sys/devices/system/node/online") < 0)
		return true;
	for (unsigned int node = 0; node < NODES_MAX; node++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", node);
		if (host_list_has(list, node) && listed_together(a, b, path))
			return true;
	}
	return false;
}

unsigned int placement_distance(int a, int b)
{
	if (a == b)
		return 0;
	if (share(a, b, "topology/thread_siblings_list"))
		return 1;
	if (share(a, b, "cache/index3/shared_cpu_list"))
		return 2;
	return share_node(a, b) ? 3 : 4;
}

/* Of the CPUs that are equally good, workers take one after the other. */
static int choose(const cpu_set_t *set, int served, bool far, unsigned int worker)
{
	int best[CPU_SETSIZE];
	unsigned int count = 0, least = 0;
	if (!far && CPU_ISSET(served, set)) /* as it mostly is: then nothing has to be read */
		return served;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, set))
			continue;
		unsigned int distance = placement_distance(served, cpu);
		if (count && (far ? distance < least : distance > least))
			continue;
		if (count && distance != least)
			count = 0;
		least = distance;
		best[count++] = cpu;
	}
	return best[worker % count];
}

int placement_settle(struct placement *placement, const int *served, unsigned int workers,
		     struct reason *why)
{
	cpu_set_t set;
	if (placement->relation == PLACEMENT_GIVEN)
		return 0;
	bool far = placement->relation == PLACEMENT_FAR;
	placement_allowed(&set);
	if (far && CPU_COUNT(&set) < 2)
		return reason_set(
			why, EOPNOTSUPP,
			"far needs a second CPU that the process may use; see `taskset -p "
			"$$`, or use --tx-cpu and --rx-cpu auto");
	placement->count = workers < CPU_SETSIZE ? workers : CPU_SETSIZE;
	for (unsigned int i = 0; i < placement->count; i++) {
		if (served[i] < 0)
			return reason_set(
				why, EOPNOTSUPP,
				"the kernel does not say which CPU serves a flow "
				"(SO_INCOMING_CPU, Linux 3.19); name CPUs instead of near or "
				"far");
		placement->cpus[i] = choose(&set, served[i], far, i);
	}
	return 0;
}
