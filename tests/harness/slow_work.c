/* SPDX-License-Identifier: MIT */
/* Some microseconds of work and a sendfile(2), many times; prints the CPU nanoseconds of each. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#define TIMES 20000

int main(void)
{
	static char from[65536], to[65536];
	struct timespec t;
	int in = memfd_create("work", 0), out = open("/dev/null", O_WRONLY);
	if (in < 0 || out < 0 || ftruncate(in, 4096))
		return 1;
	for (int i = 0; i < TIMES; i++) {
		off_t offset = 0;
		for (int k = 0; k < 4; k++) {
			memcpy(to, from, sizeof(to));
			__asm__ volatile("" : : "r"(to) : "memory");
		}
		if (sendfile(out, in, &offset, 4096) != 4096)
			return 1;
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	printf("%.1f\n", ((double)t.tv_sec * 1e9 + (double)t.tv_nsec) / TIMES);
}
