/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void placement_allowed(cpu_set_t *set)
{
	if (sched_getaffinity(0, sizeof(*set), set)) {
		CPU_ZERO(set);
		CPU_SET(0, set);
	}
}

unsigned int placement_cpus_allowed(void)
{
	cpu_set_t set;
	placement_allowed(&set);
	return (unsigned int)CPU_COUNT(&set);
}

static void add(struct placement *placement, const cpu_set_t *set, int cpu)
{
	if (CPU_ISSET(cpu, set) && placement->count < CPU_SETSIZE)
		placement->cpus[placement->count++] = cpu;
}

/*
 * Both ends together want 2 x workers CPUs. With enough of them the scheduler places the threads
 * (pinning a lone flow's ends apart made each wake-up cross CPUs: 0.7 of the speed in a guest).
 */
static void read_auto(struct placement *placement, const cpu_set_t *set, unsigned int workers)
{
	if (2 * workers <= (unsigned int)CPU_COUNT(set))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		add(placement, set, cpu);
}

/* One "3" or "0-3". */
static int read_range(struct placement *placement, const char **text, const cpu_set_t *set)
{
	char *end;
	if (!isdigit((unsigned char)**text)) /* strtol would take blanks and signs */
		return -EINVAL;
	long first = strtol(*text, &end, 10), last = first;
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return -EINVAL;
		last = strtol(end + 1, &end, 10);
	}
	if (last < first || last >= CPU_SETSIZE)
		return -EINVAL;
	for (long cpu = first; cpu <= last; cpu++) {
		if (!CPU_ISSET(cpu, set))
			return -ENODEV;
		add(placement, set, (int)cpu);
	}
	*text = end;
	return 0;
}

int placement_read(struct placement *placement, const char *text, int receiver,
		   unsigned int workers, struct reason *why)
{
	cpu_set_t set;
	placement_allowed(&set);
	placement->count = 0;
	placement->relation = !strcmp(text, "near")  ? PLACEMENT_NEAR
			      : !strcmp(text, "far") ? PLACEMENT_FAR
						     : PLACEMENT_GIVEN;
	if (placement->relation != PLACEMENT_GIVEN || !strcmp(text, "none"))
		return 0;
	if (!strcmp(text, "auto")) {
		read_auto(placement, &set, workers);
		return 0;
	}
	for (const char *at = text;; at++) {
		int err = read_range(placement, &at, &set);
		if (err == -ENODEV)
			return reason_set(why, EINVAL,
					  "'%s' names a CPU that this process may not use; see "
					  "`taskset -p $$` and lower --%cx-cpu",
					  text, receiver ? 'r' : 't');
		if (err || (*at && *at != '+'))
			return reason_set(
				why, EINVAL,
				"'%s' is no list of CPUs; write 0, 0-3, 0+2, near, far, none or auto",
				text);
		if (!*at)
			return 0;
	}
}

void placement_apply(const struct placement *placement, unsigned int worker)
{
	if (!placement->count)
		return;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(placement->cpus[worker % placement->count], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

void placement_format(const struct placement *placement, char *text, size_t room)
{
	snprintf(text, room, "none");
	size_t used = 0;
	for (unsigned int i = 0, end; i < placement->count; i = end) {
		char piece[32];
		int first = placement->cpus[i];
		for (end = i + 1; end < placement->count; end++)
			if (placement->cpus[end] != first + (int)(end - i))
				break;
		size_t n = (size_t)snprintf(piece, sizeof(piece), "%s%d", i ? "+" : "", first);
		if (end - i > 1)
			n += (size_t)snprintf(piece + n, sizeof(piece) - n, "%c%d",
					      end - i > 2 ? '-' : '+', placement->cpus[end - 1]);
		/* Half a number would be another CPU: what does not fit whole is cut with a sign.
		 */
		if (used + n + sizeof("+...") > room && end < placement->count)
			n = (size_t)snprintf(piece, sizeof(piece), "%s...", i ? "+" : "");
		if (used + n >= room)
			break;
		strcpy(text + used, piece);
		used += n;
		if (piece[n - 1] == '.')
			break;
	}
}
