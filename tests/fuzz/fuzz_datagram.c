/* SPDX-License-Identifier: MIT */
/*
 * What a receiver makes of datagrams from anybody: each number counts once, and nothing that is not
 * in a datagram. The first byte is the size of a message; datagrams follow, each behind its length
 * in a byte. The mark is 0, so that the fuzzer finds it.
 * Built with clang -fsanitize=fuzzer,address,undefined.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "datagram.h"
#include "payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Atomic int phase;

static void check_one(struct worker *worker, struct flow *flow, const uint8_t *frame, size_t n)
{
	struct counters before = worker->count;
	uint64_t offset = flow->offset;
	bool counts = datagram_got(worker, flow, frame, n);
	uint64_t bytes = worker->count.bytes - before.bytes;
	if (flow->offset - offset != bytes || (bytes && !counts) ||
	    bytes > n - (counts ? sizeof(struct datagram) : 0) ||
	    worker->count.messages - before.messages > counts)
		abort();
	if (counts + (worker->count.strangers - before.strangers) +
		    (worker->count.duplicate_messages - before.duplicate_messages) !=
	    1)
		abort();
	if (counts && datagram_got(worker, flow, frame, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cell cell;
	struct flow flow = { .fd = -1, .control = -1 };
	struct worker worker = { .cell = &cell, .flows = &flow, .flow_count = 1, .phase = &phase };
	if (!size || payload_init())
		return 0;
	field_presets(&cell_table, &cell);
	cell.size = (uint64_t)data[0] + 1;
	cell.verify = 1;
	if (datagram_open(&worker))
		abort();
	for (size_t at = 1; at < size;) {
		size_t n = data[at++];
		n = n < size - at ? n : size - at;
		uint8_t *exact = malloc(n ? n : 1); /* so that a byte too far is noticed */
		if (!exact)
			abort();
		memcpy(exact, data + at, n);
		check_one(&worker, &flow, exact, n);
		free(exact);
		at += n;
	}
	datagram_close(&worker);
	return 0;
}
