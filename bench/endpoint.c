/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mode.h"
#include "path.h"
#include "service.h"
#include "workload.h"

#define THREAD_STACK_BYTES (256 << 10) /* a thousand of them must fit */

static unsigned int plan_threads(const struct endpoint *endpoint)
{
	const struct cell *cell = &endpoint->cell;
	if (endpoint->workload->flags & WORKLOAD_RESPONDS)
		return (unsigned int)cell->flows;
	if (cell->threads != FIELD_AUTO)
		return (unsigned int)cell->threads;
	/* Which of a card's queues a flow comes by, its hash says: one thread serves them all. */
	if (endpoint->receiver && (endpoint->mode->flags & MODE_FRAMES) && cell_path(cell)->wire)
		return 1;
	unsigned int cpus = placement_cpus_allowed();
	return cell->flows < cpus ? (unsigned int)cell->flows : cpus;
}

int endpoint_open(struct endpoint *endpoint, const struct cell *cell, bool receiver,
		  struct reason *why)
{
	*endpoint = (struct endpoint){ .cell = *cell, .receiver = receiver };
	endpoint->window_ns[0] = endpoint->window_ns[1] = FIELD_MAX;
	endpoint->mode = receiver ? cell_rx(cell) : cell_tx(cell);
	endpoint->service = endpoint->mode->service;
	endpoint->workload = cell_workload(cell);
	endpoint->thread_count = plan_threads(endpoint);
	endpoint->finished_fd = eventfd(0, EFD_CLOEXEC);
	endpoint->flows = calloc(cell->flows, sizeof(*endpoint->flows));
	endpoint->threads = calloc(endpoint->thread_count, sizeof(*endpoint->threads));
	if (!endpoint->flows || !endpoint->threads || endpoint->finished_fd < 0)
		return reason_set(why, ENOMEM, "no memory for %lu flows; lower --flows",
				  (unsigned long)cell->flows);
	pthread_mutex_init(&endpoint->lock, NULL);
	pthread_cond_init(&endpoint->changed, NULL);
	for (uint64_t i = 0; i < cell->flows; i++)
		endpoint->flows[i].fd = endpoint->flows[i].control = -1;
	sample_clear(&endpoint->report);
	return placement_read(&endpoint->placement, receiver ? cell->rx_cpu : cell->tx_cpu,
			      receiver, endpoint->thread_count, why);
}

static void worker_ready(struct endpoint *endpoint, int err)
{
	pthread_mutex_lock(&endpoint->lock);
	endpoint->ready_count++;
	endpoint->failed = endpoint->failed || err;
	pthread_cond_broadcast(&endpoint->changed);
	while (!endpoint->released)
		pthread_cond_wait(&endpoint->changed, &endpoint->lock);
	pthread_mutex_unlock(&endpoint->lock);
}

static void worker_finished(const struct endpoint_thread *thread)
{
	struct endpoint *endpoint = thread->endpoint;
	pthread_mutex_lock(&endpoint->lock);
	bool last = ++endpoint->finished_count == endpoint->thread_count;
	if (thread->err && !endpoint->broken)
		endpoint->broken = thread;
	pthread_mutex_unlock(&endpoint->lock);
	uint64_t one = 1;
	if ((last || thread->err) && write(endpoint->finished_fd, &one, sizeof(one)) < 0)
		abort(); /* an eventfd of ours always takes a 1 */
}

static void report_flow(struct endpoint_thread *thread, const struct flow *flow)
{
	struct endpoint *endpoint = thread->endpoint;
	bool first = thread->index == 0 && flow->index == 0;
	if (!endpoint->service->report)
		return;
	pthread_mutex_lock(&endpoint->lock);
	endpoint->service->report(flow, endpoint->receiver, first, &endpoint->report);
	pthread_mutex_unlock(&endpoint->lock);
}

/* Asks every flow to end before waiting for any, so that a thousand flows end together. */
static void finish_flows(struct endpoint_thread *thread)
{
	struct worker *worker = &thread->worker;
	const struct service *service = thread->endpoint->service;
	bool receiver = thread->endpoint->receiver;
	for (unsigned int i = 0; i < worker->flow_count && !receiver; i++)
		service->half_close(&worker->flows[i]);
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		struct flow *flow = &worker->flows[i];
		if (!receiver)
			thread->in_flight_bytes += service->finish(flow);
		report_flow(thread, flow);
		service->close(flow);
	}
}

static int worker_work(struct endpoint_thread *thread)
{
	struct endpoint *endpoint = thread->endpoint;
	struct worker *worker = &thread->worker;
	int (*work)(struct worker *) =
		endpoint->receiver ? endpoint->workload->rx : endpoint->workload->tx;
	int err = work(worker);
	thread->finished_ns = worker->through_ns ? worker->through_ns : worker_now_ns();
	if (!err && endpoint->mode->drain)
		err = endpoint->mode->drain(worker);
	if (!err)
		finish_flows(thread);
	return err;
}

static void *worker_run(void *argument)
{
	struct endpoint_thread *thread = argument;
	struct endpoint *endpoint = thread->endpoint;
	struct worker *worker = &thread->worker;

	placement_apply(&endpoint->placement, thread->index);
	thread->err = worker_open(worker, &endpoint->cell, endpoint->mode);
	worker_ready(endpoint, thread->err);
	if (!thread->err && !endpoint->failed)
		thread->err = worker_work(thread);
	worker_finished(thread);
	worker_close(worker);
	return NULL;
}

/* Flow i belongs to thread i modulo the threads, on both ends alike. */
static int share_flows(struct endpoint *endpoint, struct reason *why)
{
	struct flow *sorted = calloc(endpoint->cell.flows, sizeof(*sorted));
	uint64_t next = 0;
	if (!sorted)
		return reason_set(why, ENOMEM, "no memory for the flows; lower --flows");
	for (unsigned int t = 0; t < endpoint->thread_count; t++) {
		struct worker *worker = &endpoint->threads[t].worker;
		worker->flows = endpoint->flows + next;
		for (uint64_t i = t; i < endpoint->cell.flows; i += endpoint->thread_count) {
			sorted[next] = endpoint->flows[i];
			sorted[next++].index = worker->flow_count++;
		}
	}
	memcpy(endpoint->flows, sorted, endpoint->cell.flows * sizeof(*sorted));
	free(sorted);
	return 0;
}

static void share_credit(struct endpoint *endpoint)
{
	const struct cell *cell = &endpoint->cell;
	for (uint64_t i = 0; i < cell->flows; i++) {
		uint64_t share = cell->bytes / cell->flows + (i < cell->bytes % cell->flows);
		endpoint->flows[i].credit =
			cell->bytes == FIELD_AUTO
				? FIELD_MAX
				: (share + cell->size - 1) / cell->size * cell->size;
	}
}

static int start_thread(struct endpoint *endpoint, unsigned int i, const pthread_attr_t *attr)
{
	struct endpoint_thread *thread = &endpoint->threads[i];
	thread->endpoint = endpoint;
	thread->index = i;
	thread->worker.number = i;
	thread->worker.numbers = endpoint->thread_count;
	thread->worker.phase = &endpoint->phase;
	thread->worker.window_ns = endpoint->window_ns;
	return -pthread_create(&thread->thread, attr, worker_run, thread);
}

/* Which CPU the kernel handled each thread's first flow on: the handshake and the token tell. */
static int place_threads(struct endpoint *endpoint, struct reason *why)
{
	int (*cpu)(const struct flow *flow) = endpoint->service->cpu;
	int *served = calloc(endpoint->thread_count, sizeof(*served));
	if (!served)
		return reason_set(why, ENOMEM, "no memory for the threads; lower --threads");
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		served[i] = cpu ? cpu(&endpoint->threads[i].worker.flows[0]) : -1;
	int err = placement_settle(&endpoint->placement, served, endpoint->thread_count, why);
	free(served);
	return err;
}

int endpoint_start(struct endpoint *endpoint, struct reason *why)
{
	share_credit(endpoint);
	int err = share_flows(endpoint, why);
	if (!err)
		err = place_threads(endpoint, why);
	if (err)
		return err;
	usage_open();
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	while (!err && endpoint->started < endpoint->thread_count)
		if (!(err = start_thread(endpoint, endpoint->started, &attr)))
			endpoint->started++;
	pthread_attr_destroy(&attr);

	pthread_mutex_lock(&endpoint->lock);
	while (endpoint->ready_count < endpoint->started)
		pthread_cond_wait(&endpoint->changed, &endpoint->lock);
	endpoint->failed = endpoint->failed || err;
	pthread_mutex_unlock(&endpoint->lock);
	if (err)
		return reason_set(why, -err, "starting thread %u: %s; lower --flows or --threads",
				  endpoint->started, strerror(-err));
	if (endpoint->failed) {
		endpoint_release(endpoint, PHASE_STOP);
		return endpoint_join(endpoint, why);
	}
	return 0;
}

void endpoint_release(struct endpoint *endpoint, enum phase phase)
{
	endpoint_phase(endpoint, phase);
	pthread_mutex_lock(&endpoint->lock);
	endpoint->released = true;
	pthread_cond_broadcast(&endpoint->changed);
	pthread_mutex_unlock(&endpoint->lock);
}

void endpoint_phase(struct endpoint *endpoint, enum phase phase)
{
	if (phase == PHASE_WINDOW)
		atomic_store(&endpoint->window_ns[0], worker_now_ns());
	if (phase == PHASE_AFTER)
		atomic_store(&endpoint->window_ns[1], worker_now_ns());
	atomic_store(&endpoint->phase, (int)phase);
}

int endpoint_failure(struct endpoint *endpoint, struct reason *why)
{
	pthread_mutex_lock(&endpoint->lock);
	const struct endpoint_thread *broken = endpoint->broken;
	pthread_mutex_unlock(&endpoint->lock);
	if (!broken)
		return 0;
	*why = broken->worker.why;
	return broken->err;
}

int endpoint_join(struct endpoint *endpoint, struct reason *why)
{
	int err = 0;
	for (unsigned int i = 0; i < endpoint->started; i++) {
		struct endpoint_thread *thread = &endpoint->threads[i];
		pthread_join(thread->thread, NULL);
		if (thread->err && !err) {
			err = thread->err;
			*why = thread->worker.why;
		}
	}
	endpoint->started = 0;
	return err;
}

void endpoint_close(struct endpoint *endpoint)
{
	struct reason ignored;
	if (endpoint->started) {
		endpoint_release(endpoint, PHASE_STOP);
		endpoint_join(endpoint, &ignored);
	}
	for (uint64_t i = 0; endpoint->flows && i < endpoint->cell.flows; i++)
		endpoint->service->close(&endpoint->flows[i]);
	for (unsigned int i = 0; endpoint->threads && i < endpoint->thread_count; i++) {
		hist_close(&endpoint->threads[i].worker.notify);
		hist_close(&endpoint->threads[i].worker.latency);
	}
	if (endpoint->finished_fd >= 0)
		close(endpoint->finished_fd);
	free(endpoint->flows);
	free(endpoint->threads);
}
