/* SPDX-License-Identifier: MIT */
/* What an end reports: the difference of its two marks, and the sums over its workers. */
#include <stdio.h>
#include <unistd.h>

#include "endpoint.h"
#include "mode.h"
#include "service.h"
#include "workload.h"

#define COUNTER_NUMBER (sizeof(struct counters) / sizeof(uint64_t))

static void counters_add(struct counters *sum, const struct counters *from)
{
	for (size_t i = 0; i < COUNTER_NUMBER; i++)
		((uint64_t *)sum)[i] += count_read((const uint64_t *)from + i);
}

static struct counters counters_all(const struct endpoint *endpoint)
{
	struct counters sum = { 0 };
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		counters_add(&sum, &endpoint->threads[i].worker.count);
	return sum;
}

void endpoint_mark(struct endpoint *endpoint, struct endpoint_mark *mark)
{
	mark->count = counters_all(endpoint);
	usage_read(&mark->usage);
	mark->at_ns = worker_now_ns();
}

void endpoint_mark_slice(struct endpoint *endpoint, unsigned int index)
{
	struct steady_mark *mark = &endpoint->slices[index];
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		mark->bytes += count_read(&endpoint->threads[i].worker.count.bytes);
	mark->at_ns = worker_now_ns();
}

/* Of a transfer bounded by bytes, the window ends when the last worker was through. */
static uint64_t window_end(const struct endpoint *endpoint)
{
	uint64_t last = 0;
	if (endpoint->cell.bytes == FIELD_AUTO)
		return endpoint->close_mark.at_ns;
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		if (endpoint->threads[i].finished_ns > last)
			last = endpoint->threads[i].finished_ns;
	return last;
}

/*
 * Datagrams have all come when nothing more comes, a while after the last one: both ends wait, and
 * what the CPUs did meanwhile was not in the window.
 */
static bool ends_late(const struct endpoint *endpoint)
{
	return endpoint->cell.bytes != FIELD_AUTO && (endpoint->service->flags & SERVICE_DATAGRAMS);
}

static void report_cpu(const struct usage *from, const struct usage *to, struct sample_end *end)
{
	end->cpu_user_ns = to->user_ns - from->user_ns;
	end->cpu_sys_ns = to->sys_ns - from->sys_ns;
	end->cycles = usage_delta(to->pmu[0], from->pmu[0]);
	end->instructions = usage_delta(to->pmu[1], from->pmu[1]);
	end->llc_misses = usage_delta(to->pmu[2], from->pmu[2]);
}

static void report_window(struct endpoint *endpoint, struct sample_end *end)
{
	const struct endpoint_mark *from = &endpoint->open_mark, *to = &endpoint->close_mark;
	end->elapsed_ns = window_end(endpoint) - from->at_ns;
	end->bytes = to->count.bytes - from->count.bytes;
	end->messages = to->count.messages - from->count.messages;
	end->syscalls = to->count.syscalls - from->count.syscalls;
	end->waits = to->count.waits - from->count.waits;
	end->eagain = to->count.eagain - from->count.eagain;
	end->enobufs = to->count.enobufs - from->count.enobufs;
	end->buffer_waits = to->count.buffer_waits - from->count.buffer_waits;
	if (!endpoint->receiver || !ends_late(endpoint)) /* who has sent sleeps */
		report_cpu(&from->usage, &to->usage, end);
	end->threads = endpoint->thread_count;
	placement_format(&endpoint->placement, end->cpus, sizeof(end->cpus));
}

static void report_host(const struct endpoint *endpoint, struct sample *sample)
{
	const struct usage *from = &endpoint->open_mark.usage, *to = &endpoint->close_mark.usage;
	if (ends_late(endpoint))
		return;
	if (!endpoint->receiver) {
		sample->tx_host_cpu_ns = usage_delta(to->host_cpu_ns, from->host_cpu_ns);
		sample->tx_host_softirq_ns =
			usage_delta(to->host_softirq_ns, from->host_softirq_ns);
		return;
	}
	sample->host_cpu_ns = usage_delta(to->host_cpu_ns, from->host_cpu_ns);
	sample->host_softirq_ns = usage_delta(to->host_softirq_ns, from->host_softirq_ns);
	sample->host_irq_ns = usage_delta(to->host_irq_ns, from->host_irq_ns);
	sample->host_steal_ns = usage_delta(to->host_steal_ns, from->host_steal_ns);
}

static void report_slices(struct endpoint *endpoint, struct sample *sample)
{
	const struct endpoint_mark *edges[] = { &endpoint->open_mark, &endpoint->close_mark };
	if (!endpoint->slices[1].at_ns)
		return;
	for (int i = 0; i < 2; i++)
		endpoint->slices[i * STEADY_SLICES] =
			(struct steady_mark){ .at_ns = edges[i]->at_ns,
					      .bytes = edges[i]->count.bytes };
	steady_format(endpoint->slices, sample->rx_slices, sizeof(sample->rx_slices));
}

static bool untold(const struct endpoint *endpoint)
{
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		if (endpoint->threads[i].worker.untold)
			return true;
	return false;
}

/* The ledger as the interface told it; what it did not tell stays unknown. */
static void report_abi(const struct endpoint *endpoint, uint64_t total, struct sample *sample)
{
	struct counters all = counters_all(endpoint);
	unsigned int flags = endpoint->mode->flags;
	bool rx = endpoint->receiver;
	uint64_t *mapped =
		flags & MODE_AREA ? &sample->abi_rx_device_bytes : &sample->abi_rx_mapped_bytes;
	uint64_t *avoided = rx ? mapped : &sample->abi_tx_zerocopy_bytes;
	uint64_t *copied = rx ? &sample->abi_rx_copied_bytes : &sample->abi_tx_copied_bytes;
	if (flags & MODE_COPIES) {
		*avoided = 0;
		*copied = total;
	}
	if (flags & MODE_MAPS) {
		*avoided = total;
		*copied = 0;
	}
	if ((flags & MODE_REPORTS) && !untold(endpoint)) {
		*avoided = all.zerocopy_bytes;
		*copied = all.copied_bytes;
	}
	if (flags & MODE_DISCARDS)
		sample->abi_rx_discarded_bytes = total;
	if (!rx && (flags & MODE_REPORTS)) {
		sample->notifications = all.notifications;
		sample->notifications_copied = all.notifications_copied;
	}
}

static void report_notify(const struct endpoint *endpoint, struct sample *sample)
{
	struct hist *first = &endpoint->threads[0].worker.notify;
	uint64_t outstanding = 0;
	for (unsigned int i = 0; i < endpoint->thread_count; i++) {
		const struct worker *worker = &endpoint->threads[i].worker;
		outstanding += worker->outstanding_max_bytes;
		if (i)
			hist_merge(first, &worker->notify);
	}
	sample->outstanding_max_bytes = outstanding;
	sample->notify_p50_ns = hist_percentile(first, 5000);
	sample->notify_p99_ns = hist_percentile(first, 9900);
	sample->notify_p999_ns = hist_percentile(first, 9990);
	if (first->count)
		sample->notify_max_ns = first->max;
}

static void report_latency(const struct endpoint *endpoint, struct sample *sample)
{
	struct hist *first = &endpoint->threads[0].worker.latency;
	for (unsigned int i = 1; i < endpoint->thread_count; i++)
		hist_merge(first, &endpoint->threads[i].worker.latency);
	sample->latency_count = first->count;
	sample->latency_unanswered = counters_all(endpoint).unanswered;
	sample->latency_p50_ns = hist_percentile(first, 5000);
	sample->latency_p90_ns = hist_percentile(first, 9000);
	sample->latency_p99_ns = hist_percentile(first, 9900);
	sample->latency_p999_ns = hist_percentile(first, 9990);
	sample->latency_p9999_ns = hist_percentile(first, 9999);
	if (first->count)
		sample->latency_max_ns = first->max;
}

static void report_sender(const struct endpoint *endpoint, struct sample *sample)
{
	const struct worker *worker = &endpoint->threads[0].worker;
	sample->depth_used = worker->depth;
	sample->batch_used = worker->batch;
	sample->buffers_used = worker->pool.count;
	if (endpoint->mode->flags & MODE_ASYNC)
		report_notify(endpoint, sample);
	if (endpoint->workload->flags & WORKLOAD_RESPONDS)
		report_latency(endpoint, sample);
	sample->in_flight_bytes = 0;
	for (unsigned int i = 0; i < endpoint->thread_count; i++)
		sample->in_flight_bytes += endpoint->threads[i].in_flight_bytes;
}

/* What became of datagrams; of a stream there is nothing to tell. */
static void report_datagrams(const struct endpoint *endpoint, struct sample *sample)
{
	struct counters all = counters_all(endpoint);
	if (!(endpoint->service->flags & SERVICE_DATAGRAMS))
		return;
	sample->lost_messages = all.lost_messages;
	sample->lost_bytes = all.lost_bytes;
	sample->reordered_messages = all.reordered_messages;
	sample->duplicate_messages = all.duplicate_messages;
}

static void report_queues(const struct endpoint *endpoint, struct sample *sample)
{
	struct counters all = counters_all(endpoint);
	if (!(endpoint->mode->flags & MODE_FRAMES))
		return;
	sample->queue_drops = all.queue_drops;
	sample->queue_ring_full = all.queue_ring_full;
	sample->queue_no_frame = all.queue_no_frame;
	sample->queue_unserved = all.queue_unserved;
	sample->queue_astray = all.queue_astray;
	sample->queue_passed = all.queue_passed;
}

static void report_receiver(struct endpoint *endpoint, struct sample *sample)
{
	struct counters all = counters_all(endpoint);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (cpus > 0)
		sample->host_cpus = (uint64_t)cpus;
	sample->strangers = endpoint->strangers + all.strangers;
	sample->rx_size_used = endpoint->threads[0].worker.pool.size;
	if (endpoint->cell.verify)
		sample->verify_errors = all.verify_errors;
	report_datagrams(endpoint, sample);
	report_queues(endpoint, sample);
	report_slices(endpoint, sample);
}

static void report_note(const struct endpoint *endpoint, struct sample *sample)
{
	for (unsigned int i = 0; i < endpoint->thread_count && !*sample->reason; i++)
		snprintf(sample->reason, sizeof(sample->reason), "%s",
			 endpoint->threads[i].worker.note.text);
}

void endpoint_report(struct endpoint *endpoint, struct sample *sample)
{
	struct sample_end *end = endpoint->receiver ? &sample->rx : &sample->tx;
	report_window(endpoint, end);
	sample_merge(sample, &endpoint->report);
	end->total_bytes = 0;
	for (uint64_t i = 0; i < endpoint->cell.flows; i++)
		end->total_bytes += endpoint->flows[i].offset;
	report_abi(endpoint, end->total_bytes, sample);
	report_host(endpoint, sample);
	report_note(endpoint, sample);
	if (endpoint->receiver)
		report_receiver(endpoint, sample);
	else
		report_sender(endpoint, sample);
}
