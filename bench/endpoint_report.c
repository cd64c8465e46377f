/* SPDX-License-Identifier: MIT */
/* What an end reports: the difference of its two marks, and the sums over its workers. */
#include "connection.h"
#include "endpoint.h"
#include "mode.h"
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
	end->cpu_user_ns = to->usage.user_ns - from->usage.user_ns;
	end->cpu_sys_ns = to->usage.sys_ns - from->usage.sys_ns;
	end->cycles = usage_delta(to->usage.pmu[0], from->usage.pmu[0]);
	end->instructions = usage_delta(to->usage.pmu[1], from->usage.pmu[1]);
	end->llc_misses = usage_delta(to->usage.pmu[2], from->usage.pmu[2]);
	end->threads = endpoint->thread_count;
	placement_format(&endpoint->placement, end->cpus, sizeof(end->cpus));
}

static void report_host(const struct endpoint *endpoint, struct sample *sample)
{
	const struct usage *from = &endpoint->open_mark.usage, *to = &endpoint->close_mark.usage;
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

/* The ledger as the interface told it; what it did not tell stays unknown. */
static void report_abi(const struct endpoint *endpoint, uint64_t total, struct sample *sample)
{
	struct counters all = counters_all(endpoint);
	unsigned int flags = endpoint->mode->flags;
	bool rx = endpoint->receiver;
	uint64_t *avoided = rx ? &sample->abi_rx_mapped_bytes : &sample->abi_tx_zerocopy_bytes;
	uint64_t *copied = rx ? &sample->abi_rx_copied_bytes : &sample->abi_tx_copied_bytes;
	if (flags & MODE_COPIES) {
		*avoided = 0;
		*copied = total;
	}
	if (flags & MODE_REPORTS) {
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

/* The threads' socket reports: numbers add up, but for those of the first flow. */
static void report_sockets(const struct endpoint *endpoint, struct sample *sample)
{
	sample_merge(sample, &endpoint->threads[0].report);
	for (unsigned int i = 1; i < endpoint->thread_count; i++)
		connection_add(sample, &endpoint->threads[i].report);
}

void endpoint_report(struct endpoint *endpoint, struct sample *sample)
{
	struct sample_end *end = endpoint->receiver ? &sample->rx : &sample->tx;
	report_window(endpoint, end);
	report_sockets(endpoint, sample);
	end->total_bytes = 0;
	for (uint64_t i = 0; i < endpoint->cell.flows; i++)
		end->total_bytes += endpoint->flows[i].offset;
	report_abi(endpoint, end->total_bytes, sample);
	report_host(endpoint, sample);
	if (!endpoint->receiver) {
		report_sender(endpoint, sample);
		return;
	}
	sample->strangers = endpoint->strangers;
	sample->rx_size_used = endpoint->threads[0].worker.pool.size;
	if (endpoint->cell.verify)
		sample->verify_errors = counters_all(endpoint).verify_errors;
}
