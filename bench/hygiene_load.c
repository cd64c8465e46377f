/* SPDX-License-Identifier: MIT */
/* hygiene_load: who else uses this host now, and what the kernel lets this process use. */
#include "hygiene.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

/* ---- load ---- */

static void pause_200ms(void)
{
	const struct timespec pause = { .tv_nsec = 200000000 };
	nanosleep(&pause, NULL);
}

void (*hygiene_pause)(void) = pause_200ms;

/* Ticks of all CPUs together, from the first line of /proc/stat: proc_stat(5). */
struct ticks {
	uint64_t busy, steal, total;
};

static int ticks_read(struct ticks *ticks)
{
	char text[HOST_TEXT];
	uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
	ssize_t n = host_read(text, sizeof(text), "/proc/stat");
	if (n < 0)
		return (int)n;
	if (sscanf(text,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64,
		   &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
		return -EINVAL;
	ticks->busy = user + nice + system + irq + softirq;
	ticks->steal = steal;
	ticks->total = ticks->busy + steal + idle + iowait;
	return 0;
}

#define LOAD_MAX_PERCENT  5.0
#define STEAL_MAX_PERCENT 1.0

/* iowait may go backwards (proc_stat(5)): a difference below 0 is none. */
static uint64_t ticks_between(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

static int load_run(struct hygiene_finding *finding)
{
	struct ticks before, after;
	int err = ticks_read(&before);
	if (!err) {
		hygiene_pause();
		err = ticks_read(&after);
	}
	if (err)
		return hygiene_unknown(finding, NULL, "/proc/stat cannot be read: %s.",
				       strerror(-err));
	uint64_t total = ticks_between(before.total, after.total);
	uint64_t busy = ticks_between(before.busy, after.busy);
	uint64_t steal = ticks_between(before.steal, after.steal);
	if (!total)
		return hygiene_unknown(
			finding, NULL,
			"/proc/stat did not move in 200 ms: its times are not kept here.");
	double busy_percent = 100.0 * (double)busy / (double)total;
	double steal_percent = 100.0 * (double)steal / (double)total;
	/* One tick in 200 ms is 2.5 % of two CPUs: a single one proves nothing. */
	if (steal > 1 && steal_percent > STEAL_MAX_PERCENT)
		return hygiene_warning(
			finding,
			"Wait, move the guest, or give it CPUs of its own; raise --repeats.",
			"The hypervisor took %.1f %% of the CPU time away (steal) in 200 ms.",
			steal_percent);
	if (busy > 1 && busy_percent > LOAD_MAX_PERCENT)
		return hygiene_warning(
			finding,
			"Stop what runs (top, systemctl list-timers), or isolate CPUs with "
			"isolcpus= or a cpuset.",
			"Others use %.1f %% of the CPU time now, in 200 ms: they take CPUs "
			"and caches from the measurement.",
			busy_percent);
	return hygiene_good(finding, "The host is idle: %.1f %% busy, %.1f %% stolen in 200 ms.",
			    busy_percent, steal_percent);
}

const struct hygiene_check hygiene_load = {
	.name = "load",
	.summary = "CPU time of others, and steal, over 200 ms",
	.run = load_run,
};

/* ---- io_uring ---- */

/* 0 or -errno of setting up the smallest ring. */
static int ring_try(void)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(__NR_io_uring_setup, 2, &params);
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

/* What the sysctl (6.6) alone says about this process; -1: there is no such sysctl. */
static int64_t ring_disabled(bool *refused)
{
	int64_t level;
	*refused = false;
	if (host_read_number(&level, "/proc/sys/kernel/io_uring_disabled"))
		return -1;
	*refused = level == 2 || (level == 1 && !host_capable(CAP_SYS_ADMIN));
	return level;
}

static int io_uring_run(struct hygiene_finding *finding)
{
	bool refused;
	int64_t level = ring_disabled(&refused);
	int err = host_real() ? ring_try() : refused ? -EPERM : level < 0 ? -EAGAIN : 0;
	if (!err)
		return hygiene_good(finding, "This process may set up io_uring%s.",
				    level == 1 ? "; unprivileged ones may not (io_uring_disabled=1)"
					       : "");
	if (!host_real() && err == -EAGAIN)
		return hygiene_unknown(
			finding, NULL,
			"There is no kernel.io_uring_disabled (6.6), and no try was made.");
	if (refused)
		return hygiene_warning(
			finding,
			"sysctl -w kernel.io_uring_disabled=0, or put the user's group "
			"into kernel.io_uring_group while it is 1.",
			"io_uring is switched off (kernel.io_uring_disabled=%d): none of the "
			"uring modes can run.",
			(int)level);
	if (err == -ENOSYS)
		return hygiene_warning(
			finding, "A kernel with CONFIG_IO_URING (5.1).",
			"This kernel has no io_uring: none of the uring modes can run.");
	return hygiene_warning(
		finding,
		"Allow io_uring_setup in the seccomp profile of the container, or raise "
		"RLIMIT_MEMLOCK on kernels before 5.12.",
		"io_uring_setup fails (%s): none of the uring modes can run.", strerror(-err));
}

const struct hygiene_check hygiene_io_uring = {
	.name = "io-uring",
	.summary = "whether a ring can be set up, and kernel.io_uring_disabled",
	.run = io_uring_run,
};

/* ---- the PMU ---- */

/* 0 or -errno of counting the cycles of this thread. */
static int cycles_try(bool with_kernel)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1,
		.exclude_kernel = !with_kernel,
		.exclude_hv = 1,
	};
	long fd = syscall(__NR_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

/* What kernel.perf_event_paranoid says: above 1 the kernel's part is not for everybody. */
static bool cycles_refused(int64_t *paranoid)
{
	*paranoid = 0;
	return !host_read_number(paranoid, "/proc/sys/kernel/perf_event_paranoid") &&
	       *paranoid > 1 && !host_capable(CAP_PERFMON) && !host_capable(CAP_SYS_ADMIN);
}

static int pmu_run(struct hygiene_finding *finding)
{
	int64_t paranoid;
	bool refused = cycles_refused(&paranoid);
	int err = host_real() ? cycles_try(true) : refused ? -EACCES : -EAGAIN;
	if (!err)
		return hygiene_good(finding,
				    "Hardware counters count, the kernel's part included.");
	if (!host_real() && !refused)
		return hygiene_unknown(
			finding, NULL,
			"kernel.perf_event_paranoid allows counting; no try was made.");
	/* Without the privilege the kernel refuses before it looks for a counter. */
	int user = refused && host_real() ? cycles_try(false) : 0;
	if (refused && user != -ENOENT && user != -EOPNOTSUPP)
		return hygiene_warning(
			finding, "sysctl -w kernel.perf_event_paranoid=1, or CAP_PERFMON.",
			"kernel.perf_event_paranoid is %d: the kernel's cycles, where "
			"copying happens, cannot be counted; cycles stay empty.",
			(int)paranoid);
	if (err == -ENOENT || err == -EOPNOTSUPP || user)
		return hygiene_warning(
			finding,
			"Measure on hardware, or give the guest a virtual PMU; CPU time is "
			"measured all the same.",
			"This host has no hardware counters: cycles, instructions and cache "
			"misses stay empty.");
	return hygiene_warning(finding, "Allow perf_event_open in the seccomp profile.",
			       "perf_event_open fails (%s): cycles stay empty.", strerror(-err));
}

const struct hygiene_check hygiene_pmu = {
	.name = "pmu",
	.summary = "hardware counters and kernel.perf_event_paranoid",
	.run = pmu_run,
};
