/* SPDX-License-Identifier: MIT */
/* host_memcpy: what a copy costs one CPU here, by size: no path that copies once can be faster. */
#include "host.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SMALLEST       4096UL
#define LARGEST        (16UL << 20)
#define WINDOW_NS      2000000
#define BETWEEN_CLOCKS (1UL << 20)
#define TRIES          3

static uint64_t cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The same two buffers again and again, as a program that reuses its buffers has them: small ones
 * stay in the cache. By CPU time, which no other program takes away. */
static double rate(char *to, const char *from, size_t size)
{
	uint64_t start = cpu_ns(), bytes = 0, now;
	do {
		/* The clock costs as much as a small copy: read it rarely. */
		for (size_t done = 0; done < BETWEEN_CLOCKS; done += size) {
			memcpy(to, from, size);
			__asm__ volatile("" : : "r"(to) : "memory"); /* the copy is wanted */
			bytes += size;
		}
		now = cpu_ns();
	} while (now - start < WINDOW_NS);
	return (double)bytes * 1e9 / (double)(now - start);
}

/* The fastest of three: it is a bound. */
static double fastest(char *to, const char *from, size_t size)
{
	double best = 0;
	for (int i = 0; i < TRIES; i++) {
		double found = rate(to, from, size);
		best = found > best ? found : best;
	}
	return best;
}

json_t *host_memcpy(void)
{
	char *from = malloc(LARGEST), *to = malloc(LARGEST), name[24];
	json_t *rates = from && to ? json_object() : json_null();
	if (from && to) {
		memset(from, 1, LARGEST);
		memset(to, 2, LARGEST);
		for (size_t size = SMALLEST; size <= LARGEST; size *= 4) {
			snprintf(name, sizeof(name), "%zu", size);
			json_object_set_new(rates, name, json_real(fastest(to, from, size)));
		}
	}
	free(from);
	free(to);
	return rates;
}
