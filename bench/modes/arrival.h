/* SPDX-License-Identifier: MIT */
/*
 * arrival: at which of a worker's receive queues its flows arrive. One that arrives elsewhere is
 * received all the same, but copied, and the row says so.
 */
#ifndef ZCBENCH_MODES_ARRIVAL_H
#define ZCBENCH_MODES_ARRIVAL_H

#include "../queue.h"
#include "../worker.h"

#define ARRIVAL_QUEUES_MAX 16 /* as --areas */

struct arrival {
	const struct queue_device *device;
	unsigned int first, count; /* of the queues */
	unsigned int napis[ARRIVAL_QUEUES_MAX];
	unsigned int strays; /* flows that were asked for and arrive elsewhere */
};

/* device->index 0: there is no device, and no flow goes astray. */
void arrival_open(struct arrival *arrival, const struct queue_device *device, unsigned int first,
		  unsigned int count);

/* Which of the queues; count: none of them. */
unsigned int arrival_of(struct arrival *arrival, int fd);

/* Once all flows were asked for. */
void arrival_note(const struct arrival *arrival, struct worker *worker);

#endif
