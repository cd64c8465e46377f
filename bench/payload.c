/* SPDX-License-Identifier: MIT */
#include "payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *table;

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

int payload_init(void)
{
	if (table)
		return 0;
	table = malloc(PAYLOAD_PERIOD);
	if (!table)
		return -ENOMEM;
	uint64_t state = 1;
	for (size_t i = 0; i < PAYLOAD_PERIOD; i += sizeof(uint64_t)) {
		uint64_t word = splitmix(&state);
		memcpy(table + i, &word, sizeof(word));
	}
	return 0;
}

size_t payload_position(uint64_t seed, uint64_t offset)
{
	return (seed % (PAYLOAD_PERIOD / 4096) * 4096 + offset % PAYLOAD_PERIOD) % PAYLOAD_PERIOD;
}

/* The piece of [at, at + length) that lies before the end of the table. */
static size_t run_length(size_t at, size_t length)
{
	return length < PAYLOAD_PERIOD - at ? length : PAYLOAD_PERIOD - at;
}

void payload_fill(void *data, size_t length, uint64_t seed, uint64_t offset)
{
	unsigned char *to = data;
	for (size_t at = payload_position(seed, offset); length; at = 0) {
		size_t run = run_length(at, length);
		memcpy(to, table + at, run);
		to += run;
		length -= run;
	}
}

int payload_check(const void *data, size_t length, uint64_t seed, uint64_t offset)
{
	const unsigned char *from = data;
	for (size_t at = payload_position(seed, offset); length; at = 0) {
		size_t run = run_length(at, length);
		if (memcmp(from, table + at, run))
			return 1;
		from += run;
		length -= run;
	}
	return 0;
}

uint64_t payload_read(const void *data, size_t length)
{
	const unsigned char *at = data;
	uint64_t sum = 0, word;
	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	for (; length; at++, length--)
		sum += *at;
	__asm__ volatile("" : : "r"(sum));
	return sum;
}
