/* SPDX-License-Identifier: MIT */
/*
 * A wall clock that somebody keeps setting, for one program (LD_PRELOAD): each look at
 * CLOCK_REALTIME is off by the next of the seconds in STEPPED_CLOCK, "0,86400,-30000000", in turn;
 * "@1700000000" stands still instead. The kernel's other clocks are left alone, as settimeofday(2)
 * leaves them.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long next_step(void)
{
	static _Atomic unsigned int looks;
	const char *list = getenv("STEPPED_CLOCK");
	unsigned int count = 1, wanted = looks++;
	for (const char *c = list ? list : ""; *c; c++)
		count += *c == ',';
	for (unsigned int i = 0; list && i < wanted % count; i++)
		while (*list++ != ',')
			;
	return list ? atol(list) : 0;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	const char *list = getenv("STEPPED_CLOCK");
	long err = syscall(SYS_clock_gettime, id, now);
	bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
	if (err || !wall)
		return (int)err;
	if (list && *list == '@')
		*now = (struct timespec){ .tv_sec = atol(list + 1) };
	else
		now->tv_sec += next_step();
	return 0;
}

time_t time(time_t *seconds)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (seconds)
		*seconds = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &precise);
	*now = (struct timeval){ .tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000 };
	return 0;
}
