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

static uint64_t cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
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

/* A millisecond at most: the first call, and one after a stall, must not spin for seconds. */
static void spin(void)
{
	static __thread uint64_t last;
	uint64_t start = cpu_ns(), period = last ? start - last : 0;
	uint64_t time = (uint64_t)(share() * (double)period);
	if (time > 1000000)
		time = 1000000;
	while (cpu_ns() - start < time)
		;
	last = cpu_ns();
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
