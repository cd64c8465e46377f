/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <stddef.h>

#include "mode.h"

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

static int stream_tx(struct worker *worker)
{
	bool bounded = worker->cell->bytes != FIELD_AUTO;
	while (!worker_stopped(worker)) {
		int done = worker->mode->step(worker);
		if (done < 0)
			return done;
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
