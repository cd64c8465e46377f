/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: makes every sendfile(2) of a sender dearer by a known share of the CPU time
 * between two calls (waiting is left out), so that a gate can be asked whether it finds it.
 * ZCBENCH_SLOW_PERCENT: the share.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <time.h>

#define CALLS 64 /* between two looks at the CPU clock, which costs a system call */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static double share(void)
{
	static double percent = -1;
	if (percent < 0) {
		const char *text = getenv("ZCBENCH_SLOW_PERCENT");
		percent = text ? atof(text) : 0;
		percent = percent > 0 && percent <= 100 ? percent : 0;
	}
	return percent / 100;
}

/* What spinning costs beyond its time: a read and a half of the clock. */
static uint64_t overhead(void)
{
	static uint64_t cost;
	if (cost)
		return cost;
	uint64_t start = now_ns(CLOCK_MONOTONIC), end = start;
	for (int i = 0; i < CALLS; i++)
		end = now_ns(CLOCK_MONOTONIC);
	cost = (end - start) * 3 / (2 * CALLS) + 1;
	return cost;
}

/* A millisecond at most: a stall must not make it spin for seconds. */
static void spin(void)
{
	static __thread uint64_t last, time, calls;
	if (calls++ % CALLS == 0) {
		uint64_t cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
		double period =
			last ? (double)(cpu - last) / CALLS - (double)(time + overhead()) : 0;
		double wanted = share() * period - (double)overhead();
		time = wanted > 0 ? (uint64_t)wanted : 0;
		if (time > 1000000)
			time = 1000000;
		last = cpu;
	}
	uint64_t start = now_ns(CLOCK_MONOTONIC);
	while (now_ns(CLOCK_MONOTONIC) - start < time)
		;
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
	static ssize_t (*real)(int, int, off_t *, size_t);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "sendfile");
	ssize_t n = real(out, in, offset, count);
	if (n > 0)
		spin();
	return n;
}
