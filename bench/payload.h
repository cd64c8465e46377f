/* SPDX-License-Identifier: MIT */
/*
 * payload: what the stream contains. Byte o of a flow is byte (o + phase(seed)) modulo
 * PAYLOAD_PERIOD of one pseudo-random table, so that any slice can be checked by itself, and a
 * slice that was overwritten by a later message does not look right.
 */
#ifndef ZCBENCH_PAYLOAD_H
#define ZCBENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * A prime number of 4 KiB pages: page-sized messages stay page-aligned within the table, and no
 * cycle of buffers that people use is a multiple of it.
 */
#define PAYLOAD_PERIOD (257UL * 4096)

/* Builds the table once; call before any thread starts. 0 or -ENOMEM. */
int payload_init(void);

/* Where in the table the byte at a stream offset comes from. */
size_t payload_position(uint64_t seed, uint64_t offset);

void payload_fill(void *data, size_t length, uint64_t seed, uint64_t offset);

/* 0 if every byte is right, else 1: a slice is right or wrong. */
int payload_check(const void *data, size_t length, uint64_t seed, uint64_t offset);

/* Reads every byte and returns a sum that the compiler cannot drop. */
uint64_t payload_read(const void *data, size_t length);

#endif
