/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memcpy-nt: each message is copied once within the sending process, from its buffers to as
 * many others; --size and --buffers say whether they fit a cache. The sender does by itself what
 * the cell asks of both ends, verification included; the receiver follows its count, a millisecond
 * behind at most, so that the windows, the ledger and the columns are those of any other cell.
 */
#include <string.h>
#include <time.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "../follow.h"
#include "../mode.h"
#include "../payload.h"
#include "../worker.h"

#define LOOK_NS  1000000
#define START_NS 20000 /* between two looks for the receiver, before the first copy */

typedef void copy_fn(unsigned char *to, const unsigned char *from, size_t n);

struct copy_state {
	struct pool to;
	unsigned int turn; /* the flow that is next */
};

static void sleep_ns(struct worker *worker, long ns)
{
	const struct timespec moment = { .tv_nsec = ns };
	nanosleep(&moment, NULL);
	count_add(&worker->count.syscalls, 1);
	count_add(&worker->count.waits, 1);
}

static int copy_open(struct worker *worker)
{
	struct copy_state *state = worker->state;
	return pool_open(&state->to, worker->cell, worker->pool.count, worker->pool.size,
			 &worker->why);
}

static void copy_close(struct worker *worker)
{
	struct copy_state *state = worker->state;
	pool_close(&state->to);
}

/* As the receiver would, who cannot see it. */
static void look(struct worker *worker, const struct flow *flow, const unsigned char *data,
		 size_t n)
{
	struct follow *page = flow->held;
	uint64_t before = worker->count.verify_errors;
	rx_look(worker, flow, data, n, flow->offset);
	if (worker->count.verify_errors != before)
		atomic_fetch_add(&page->verify_errors, worker->count.verify_errors - before);
}

static int copy_one(struct worker *worker, struct flow *flow, copy_fn *copy)
{
	struct copy_state *state = worker->state;
	struct follow *page = flow->held;
	struct slice slice;
	if (!atomic_load_explicit(&page->followed, memory_order_relaxed) ||
	    !tx_next(worker, flow, &slice))
		return 0;
	unsigned char *to = state->to.buffers[slice.buffer->index].data;
	copy(to, slice.data, slice.length);
	if (cell_rx_reads(worker->cell))
		look(worker, flow, to, slice.length);
	tx_sent(worker, flow, slice.length);
	atomic_store_explicit(&page->bytes, flow->offset, memory_order_release);
	return 1;
}

static int copy_step(struct worker *worker, copy_fn *copy)
{
	int done = 0;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		done += copy_one(worker, &worker->flows[i], copy);
	if (!done)
		sleep_ns(worker, START_NS);
	return done;
}

static void copy_plain(unsigned char *to, const unsigned char *from, size_t n)
{
	memcpy(to, from, n);
	__asm__ volatile("" : : "r"(to) : "memory"); /* the copy is wanted */
}

static int plain_step(struct worker *worker)
{
	return copy_step(worker, copy_plain);
}

#ifdef __SSE2__
/* Past the caches: the lines written are not read first, and drive nothing out. */
static void copy_nt(unsigned char *to, const unsigned char *from, size_t n)
{
	size_t head = -(uintptr_t)to % sizeof(__m128i);
	head = head < n ? head : n;
	memcpy(to, from, head);
	size_t i = head;
	for (; i + sizeof(__m128i) <= n; i += sizeof(__m128i))
		_mm_stream_si128((__m128i *)(void *)(to + i),
				 _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
	memcpy(to + i, from + i, n - i);
	_mm_sfence();
}
#else
#define copy_nt copy_plain
#endif

static int nt_step(struct worker *worker)
{
	return copy_step(worker, copy_nt);
}

static int nt_probe(const struct cell *cell, struct reason *why)
{
	(void)cell;
#ifdef __SSE2__
	(void)why;
	return 0;
#else
	return reason_set(why, EOPNOTSUPP,
			  "memcpy-nt knows the non-temporal stores of x86-64 only");
#endif
}

static void follow_flow(struct worker *worker, struct flow *flow)
{
	struct follow *page = flow->held;
	atomic_store(&page->followed, 1);
	uint64_t ended_ns =
		atomic_load(&page->ended_ns); /* before the count, which is then final */
	uint64_t n = atomic_load_explicit(&page->bytes, memory_order_acquire) - flow->offset;
	rx_got(worker, flow, NULL, n);
	if (!ended_ns)
		return;
	count_add(&worker->count.verify_errors, atomic_load(&page->verify_errors));
	if (ended_ns > worker->through_ns)
		worker->through_ns = ended_ns;
	rx_end(worker, flow);
}

static int follow_step(struct worker *worker)
{
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (!worker->flows[i].ended)
			follow_flow(worker, &worker->flows[i]);
	if (worker->ended_count < worker->flow_count)
		sleep_ns(worker, LOOK_NS);
	return 0;
}

const struct copy_mode tx_memcpy = {
	.name = "memcpy",
	.summary = "memcpy within the process: the bound of every path that copies",
	.direction = MODE_TX,
	.service = &service_process,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct copy_state),
	.open = copy_open,
	.step = plain_step,
	.close = copy_close,
};

const struct copy_mode tx_memcpy_nt = {
	.name = "memcpy-nt",
	.summary = "the same by non-temporal stores, past the caches (x86-64)",
	.direction = MODE_TX,
	.service = &service_process,
	.flags = MODE_COPIES,
	.state_size = sizeof(struct copy_state),
	.probe = nt_probe,
	.open = copy_open,
	.step = nt_step,
	.close = copy_close,
};

const struct copy_mode rx_memcpy = {
	.name = "memcpy",
	.summary = "follows the count of a sender that copies within itself",
	.direction = MODE_RX,
	.service = &service_process,
	.flags = MODE_MAPS,
	.step = follow_step,
};
