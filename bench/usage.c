/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "field.h"

static int pmu_fd[USAGE_PMU_EVENTS] = { -1, -1, -1 };

void usage_open(void)
{
	static const uint64_t events[USAGE_PMU_EVENTS] = {
		PERF_COUNT_HW_CPU_CYCLES,
		PERF_COUNT_HW_INSTRUCTIONS,
		PERF_COUNT_HW_CACHE_MISSES,
	};
	for (int i = 0; i < USAGE_PMU_EVENTS; i++) {
		struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
						.size = sizeof(attr),
						.config = events[i],
						.inherit = 1,
						.exclude_hv = 1,
						.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
							       PERF_FORMAT_TOTAL_TIME_RUNNING };
		pmu_fd[i] =
			(int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	}
}

/* A counter that shared the PMU with others is an estimate, so it does not count. */
static uint64_t pmu_read(int fd)
{
	struct {
		uint64_t value, enabled, running;
	} count;
	if (fd < 0 || read(fd, &count, sizeof(count)) != sizeof(count) ||
	    count.running != count.enabled)
		return FIELD_UNKNOWN;
	return count.value;
}

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

/* proc(5): user nice system idle iowait irq softirq steal, in clock ticks. */
static void read_host(struct usage *usage)
{
	usage->host_cpu_ns = usage->host_softirq_ns = FIELD_UNKNOWN;
	usage->host_irq_ns = usage->host_steal_ns = FIELD_UNKNOWN;
	FILE *file = fopen("/proc/stat", "re");
	if (!file)
		return;
	uint64_t user, nice, system, irq, softirq, steal;
	int n = fscanf(file,
		       "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64 " %" SCNu64
		       " %" SCNu64,
		       &user, &nice, &system, &irq, &softirq, &steal);
	fclose(file);
	if (n != 6)
		return;
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	usage->host_cpu_ns = (user + nice + system + irq + softirq) * tick_ns;
	usage->host_softirq_ns = softirq * tick_ns;
	usage->host_irq_ns = irq * tick_ns;
	usage->host_steal_ns = steal * tick_ns;
}

void usage_read(struct usage *usage)
{
	struct rusage self;
	getrusage(RUSAGE_SELF, &self);
	usage->user_ns = timeval_ns(self.ru_utime);
	usage->sys_ns = timeval_ns(self.ru_stime);
	for (int i = 0; i < USAGE_PMU_EVENTS; i++)
		usage->pmu[i] = pmu_read(pmu_fd[i]);
	read_host(usage);
}

uint64_t usage_delta(uint64_t later, uint64_t earlier)
{
	return later == FIELD_UNKNOWN || earlier == FIELD_UNKNOWN ? FIELD_UNKNOWN : later - earlier;
}
