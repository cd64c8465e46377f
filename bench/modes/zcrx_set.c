/* SPDX-License-Identifier: MIT */
#include "zcrx_set.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "../data_split.h"
#include "../netns.h"
#include "arrival.h"

#define PAGE       4096U
#define TAKEN_MS   2000 /* the kernel takes a closed ring down in its own time */
#define TAKEN_STEP 20

static int refused_settings(struct worker *worker, const struct queue_device *device)
{
	struct data_split split;
	struct reason ignored;
	if (!device->index)
		return reason_set(&worker->why, EOPNOTSUPP,
				  "this kernel's io_uring cannot receive without a device "
				  "(ZCRX_REG_NODEV); needs kernel 7.1");
	if (data_split_read(NETNS_HERE, device->name, &split, &ignored))
		split = (struct data_split){ .known = false };
	if (!split.known || !split.on || split.threshold)
		return reason_set(&worker->why, EOPNOTSUPP,
				  "%s does not split headers from payload: run ethtool -G %s "
				  "tcp-data-split on%s, or let --path nics do it",
				  device->name, device->name,
				  split.threshold ? " hds-thresh 0" : "");
	return reason_set(&worker->why, EOPNOTSUPP,
			  "%s: this kernel refuses the area: --rx-buffer needs kernel 7.0, --area "
			  "dmabuf 6.16; leave them at their presets",
			  device->name);
}

/* What the kernel's refusal means here. */
static int refused(struct worker *worker, const struct zcrx_set *set, unsigned int queue, int err)
{
	const char *name = set->device.index ? set->device.name : "without a device";
	switch (-err) {
	case EPERM:
		return reason_set(&worker->why, EOPNOTSUPP,
				  "registering an area for zero-copy receive needs CAP_NET_ADMIN: "
				  "run it as root");
	case EINVAL:
		return refused_settings(worker, &set->device);
	case EOPNOTSUPP:
		return reason_set(&worker->why, EOPNOTSUPP,
				  "io_uring cannot lend memory to %s: its driver lacks the "
				  "queue operations; bnxt, mlx5 (ConnectX-7), gve and fbnic have "
				  "them",
				  name);
	case ERANGE:
		return worker->cell->rx_buffer == FIELD_AUTO
			       ? reason_set(&worker->why, EOPNOTSUPP,
					    "%s has no receive queue %u; see ethtool -l %s, and "
					    "choose with --rx-queue",
					    name, queue, name)
			       : reason_set(&worker->why, EOPNOTSUPP,
					    "the area's memory is not in pieces of --rx-buffer "
					    "bytes; use --pages hugetlb or less");
	case EEXIST:
	case EBUSY:
		return reason_set(
			&worker->why, EOPNOTSUPP,
			"receive queue %u of %s is taken by %s; choose another --rx-queue, or "
			"--threads 1",
			queue, name, queue_holder(&set->device, queue));
	case ENOTUNIQ:
		return reason_set(&worker->why, EOPNOTSUPP,
				  "this kernel's io_uring gives a queue one area only; use "
				  "--queue-areas 1, or kernel 7.3");
	case ENOMEM:
		return reason_set(&worker->why, EOPNOTSUPP,
				  "no memory to pin for an area; lower --buffers, or raise "
				  "RLIMIT_MEMLOCK (ulimit -l)");
	default:
		return reason_set(&worker->why, -err, "IORING_REGISTER_ZCRX_IFQ %s: %s", name,
				  strerror(-err));
	}
}

static void sleep_ms(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000 };
	nanosleep(&pause, NULL);
}

/* An area is taken from the pool, or from a dma-buf as large. */
static int open_area(struct zcrx_set *set, struct worker *worker, struct uring *uring, size_t bytes)
{
	unsigned int i = set->count, queue = set->first_queue + i;
	const struct cell *cell = worker->cell;
	struct zcrx_request request = {
		.flags = set->device.index ? 0 : COMPAT_ZCRX_NODEV,
		.device = set->device.index,
		.queue = set->device.index ? queue : 0,
		.buffer_bytes = cell->rx_buffer == FIELD_AUTO ? 0 : (uint32_t)cell->rx_buffer,
		.dmabuf = -1,
		.area = worker->pool.buffers[0].data - cell->align + i * bytes * cell->queue_areas,
		.bytes = bytes,
		.areas = (unsigned int)cell->queue_areas,
	};
	int err = 0;
	if (cell->area == AREA_DMABUF) {
		err = dmabuf_open(&set->dmabufs[i], bytes * cell->queue_areas, &worker->why);
		if (err)
			return err;
		request.dmabuf = set->dmabufs[i].fd;
		request.area = set->dmabufs[i].bytes;
	}
	for (int waited = 0; waited <= TAKEN_MS; waited += TAKEN_STEP) {
		err = zcrx_open(&set->areas[i], uring, &request);
		if (err != -EEXIST)
			break;
		zcrx_close(&set->areas[i]);
		sleep_ms(TAKEN_STEP);
	}
	set->count++;
	return err ? refused(worker, set, queue, err) : 0;
}

/* Each flow gets the area of the queue that it arrives at, or any. */
static void share_flows(struct zcrx_set *set, struct worker *worker)
{
	struct arrival arrival;
	if (!set->count)
		return;
	arrival_open(&arrival, &set->device, set->first_queue, set->count);
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		struct flow *flow = &worker->flows[i];
		unsigned int area = arrival_of(&arrival, flow->fd);
		flow->state = &set->areas[area < set->count ? area : i % set->count];
	}
	arrival_note(&arrival, worker);
}

int zcrx_set_open(struct zcrx_set *set, struct worker *worker, struct uring *uring, bool device)
{
	const struct cell *cell = worker->cell;
	size_t unit = cell->rx_buffer == FIELD_AUTO ? PAGE : cell->rx_buffer;
	size_t count = cell->areas * cell->queue_areas;
	size_t bytes = worker->pool.stride * worker->pool.count / count / unit * unit;
	int err = 0;
	for (unsigned int i = 0; i < ZCRX_AREAS_MAX; i++)
		set->dmabufs[i].fd = -1;
	if (!bytes)
		return reason_set(&worker->why, EINVAL,
				  "the buffers are too few for %lu areas; raise --buffers",
				  (unsigned long)count);
	if (device)
		err = queue_device(worker->flows[0].fd, &set->device, &worker->why);
	set->first_queue = queue_first(cell, set->device.queues);
	while (!err && set->count < cell->areas)
		err = open_area(set, worker, uring, bytes);
	if (!err)
		share_flows(set, worker);
	return err;
}

void zcrx_set_close(struct zcrx_set *set)
{
	for (unsigned int i = 0; i < set->count; i++)
		zcrx_close(&set->areas[i]);
	for (unsigned int i = 0; i < ZCRX_AREAS_MAX; i++)
		if (set->dmabufs[i].bytes)
			dmabuf_close(&set->dmabufs[i]);
}

uint64_t zcrx_set_copied(const struct zcrx_set *set)
{
	uint64_t copied = 0;
	for (unsigned int i = 0; i < set->count; i++) {
		if (!set->areas[i].stats)
			return FIELD_UNKNOWN;
		copied += __atomic_load_n(&set->areas[i].stats->copied_bytes, __ATOMIC_RELAXED);
	}
	return copied;
}
