/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <stddef.h>

#include "mode.h"
#include "service.h"

extern const struct workload workload_stream, workload_rr, workload_rr_open;

const struct workload *const workloads[] = { &workload_stream, &workload_rr, &workload_rr_open,
					     NULL };

static bool credit_left(const struct worker *worker)
{
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (worker->flows[i].credit >= worker->cell->size || worker->flows[i].buffer)
			return true;
	return false;
}

/*
 * Of several flows, threads and softirqs often share a CPU with their receivers. There a sender
 * that never gave way would fill each socket with copies that are out of the cache when read.
 */
#define TURN_BYTES (1 << 20)

/* Datagrams have no window: their senders give way before a receiver's buffer is full. */
#define TURN_BYTES_LOSSY (256 << 10)

static uint64_t turn_bytes(const struct worker *worker)
{
	if (!(worker->mode->service->flags & SERVICE_RELIABLE))
		return TURN_BYTES_LOSSY;
	bool copies = worker->mode->flags & MODE_COPIES;
	return copies && worker->cell->flows > 1 ? TURN_BYTES : FIELD_MAX / 2;
}

static int stream_tx(struct worker *worker)
{
	bool bounded = worker->cell->bytes != FIELD_AUTO;
	uint64_t turn = turn_bytes(worker), turn_end = turn;
	while (!worker_stopped(worker)) {
		int done = worker->mode->step(worker);
		if (done < 0)
			return done;
		if (worker->count.bytes >= turn_end) {
			turn_end = worker->count.bytes + turn;
			worker_give_way(worker);
		}
		if (bounded && !credit_left(worker))
			return 0;
	}
	return 0;
}

static int stream_rx(struct worker *worker)
{
	while (worker->ended_count < worker->flow_count) {
		int done = worker->mode->step(worker);
		if (done < 0)
			return done;
	}
	return 0;
}

const struct workload workload_stream = {
	.name = "stream",
	.summary = "one way, as fast as it goes",
	.tx = stream_tx,
	.rx = stream_rx,
};
