/* SPDX-License-Identifier: MIT */
/* null: everything but the transfer. What it costs is the floor under every other mode. */
#include "../mode.h"
#include "../worker.h"

static int tx_step(struct worker *worker)
{
	struct slice slice;
	unsigned int done = 0;
	for (; done < worker->batch && tx_next(worker, &worker->flows[0], &slice); done++) {
		worker->flows[0].buffer = NULL;
		worker->flows[0].begun = worker->flows[0].offset;
		count_add(&worker->count.messages, 1);
	}
	return (int)done;
}

static int rx_step(struct worker *worker)
{
	count_add(&worker->count.messages, worker->batch);
	if (worker_phase(worker) >= PHASE_AFTER)
		for (unsigned int i = 0; i < worker->flow_count; i++)
			rx_end(worker, &worker->flows[i]);
	return (int)worker->batch;
}

const struct copy_mode tx_null = {
	.name = "null",
	.summary = "sends nothing: the measurement floor",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_NULL,
	.step = tx_step,
};

const struct copy_mode rx_null = {
	.name = "null",
	.summary = "receives nothing: the measurement floor",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_NULL | MODE_BLIND,
	.step = rx_step,
};
