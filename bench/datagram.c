/* SPDX-License-Identifier: MIT */
#include "datagram.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "mode.h"
#include "service.h"
#include "worker.h"

#define WORD_BITS        64
#define PARTIAL          1024 /* messages of which some pieces may be missing at once */

#define DOWN_PAUSE_NS    1000000
#define DOWN_PATIENCE_NS 10000000000ULL

/* What has come of one flow. */
struct datagram_window {
	uint64_t next;  /* the highest sequence number that came, and one */
	uint64_t whole; /* messages that came whole */
	uint64_t seen[DATAGRAM_WINDOW / WORD_BITS];
	struct {
		uint64_t message, bytes;
	} partial[PARTIAL]; /* by message modulo PARTIAL */
};

_Static_assert(sizeof(struct datagram) == 32, "the header is the same on every host");

void datagram_mark(const struct order *order, struct flow *flows)
{
	for (uint64_t i = 0; i < order->cell.flows; i++)
		memcpy(&flows[i].mark, order->token, sizeof(flows[i].mark));
}

struct datagram datagram_make(const struct flow *flow, uint64_t ahead, uint64_t ahead_bytes,
			      size_t length)
{
	return (struct datagram){
		.mark = flow->mark,
		.sequence = htole64(flow->sequence + ahead),
		.offset = htole64(flow->offset + ahead_bytes),
		.flow = htole32((uint32_t)flow->seed),
		.length = htole32((uint32_t)length),
	};
}

void datagram_half_close(struct flow *flow)
{
	uint64_t total = htole64(flow->offset);
	struct reason ignored; /* an end that is gone will be missed in the ledger */
	control_say(flow, &total, sizeof(total), &ignored);
	shutdown(flow->control, SHUT_WR);
}

uint64_t datagram_finish(struct flow *flow)
{
	control_wait_closed(flow->control);
	return 0;
}

int datagram_open(struct worker *worker)
{
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		worker->flows[i].window = calloc(1, sizeof(struct datagram_window));
		if (!worker->flows[i].window)
			return reason_set(&worker->why, ENOMEM,
					  "no memory for what has come; lower --flows");
	}
	return 0;
}

void datagram_close(struct worker *worker)
{
	for (unsigned int i = 0; i < worker->flow_count; i++) {
		free(worker->flows[i].window);
		worker->flows[i].window = NULL;
	}
}

/* The header in this host's order; its mark has none. False: it is no header, or a stranger's. */
static bool read_header(const struct flow *flow, const void *frame, size_t n, struct datagram *head)
{
	if (n < sizeof(*head))
		return false;
	memcpy(head, frame, sizeof(*head));
	head->sequence = le64toh(head->sequence);
	head->offset = le64toh(head->offset);
	head->flow = le32toh(head->flow);
	head->length = le32toh(head->length);
	return head->mark == flow->mark && head->flow == (uint32_t)flow->seed &&
	       head->sequence < UINT64_MAX && head->length <= n - sizeof(*head);
}

struct flow *datagram_flow(struct worker *worker, const void *frame, size_t n)
{
	struct datagram head;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (read_header(&worker->flows[i], frame, n, &head))
			return &worker->flows[i];
	/* Of this run, but no flow of this thread's: the device's hash chose another queue. */
	bool astray = n >= sizeof(head) && worker->flow_count &&
		      !memcmp(frame, &worker->flows[0].mark, sizeof(head.mark));
	count_add(astray ? &worker->count.queue_astray : &worker->count.strangers, 1);
	return NULL;
}

/* The window moves on: what enters it has not come yet. */
static void advance(struct datagram_window *window, uint64_t next)
{
	if (next - window->next >= DATAGRAM_WINDOW)
		memset(window->seen, 0, sizeof(window->seen));
	else
		for (uint64_t i = window->next; i < next; i++)
			window->seen[i % DATAGRAM_WINDOW / WORD_BITS] &= ~(1UL << i % WORD_BITS);
	window->next = next;
}

/* Counts its place in the order. False: it came before, or too late to tell. */
static bool is_new(struct worker *worker, struct datagram_window *window, uint64_t sequence)
{
	uint64_t *word = &window->seen[sequence % DATAGRAM_WINDOW / WORD_BITS];
	uint64_t bit = 1UL << sequence % WORD_BITS;
	bool late = sequence < window->next;
	if (late && (window->next - sequence > DATAGRAM_WINDOW || (*word & bit))) {
		count_add(&worker->count.duplicate_messages, 1);
		return false;
	}
	if (late)
		count_add(&worker->count.reordered_messages, 1);
	else
		advance(window, sequence + 1);
	*word |= bit;
	return true;
}

/* Messages that are whole by this piece: 1 or 0. */
static uint64_t complete(struct datagram_window *window, const struct datagram *head, uint64_t size)
{
	uint64_t message = head->offset / size, slot = message % PARTIAL;
	if (head->length < size) {
		if (window->partial[slot].message != message || !window->partial[slot].bytes) {
			window->partial[slot].message = message;
			window->partial[slot].bytes = 0;
		}
		window->partial[slot].bytes += head->length;
		if (window->partial[slot].bytes < size)
			return 0;
		window->partial[slot].bytes = 0;
	}
	window->whole++;
	return 1;
}

/* The payload, which may be shorter than what came; each piece is looked at by itself. */
static void look(struct worker *worker, const struct flow *flow, const struct iovec *pieces,
		 const struct datagram *head)
{
	size_t before = sizeof(*head);
	for (uint64_t done = 0; done < head->length; pieces++, before = 0) {
		size_t n = pieces->iov_len - before;
		if (n > head->length - done)
			n = head->length - done;
		rx_look(worker, flow, (const char *)pieces->iov_base + before, n,
			head->offset + done);
		done += n;
	}
}

bool datagram_got_pieces(struct worker *worker, struct flow *flow, const struct iovec *pieces,
			 unsigned int count)
{
	struct datagram head;
	size_t all = 0;
	for (unsigned int i = 0; i < count; i++)
		all += pieces[i].iov_len;
	if (pieces[0].iov_len < sizeof(head) ||
	    !read_header(flow, pieces[0].iov_base, all, &head)) {
		count_add(&worker->count.strangers, 1);
		return false;
	}
	if (!is_new(worker, flow->window, head.sequence))
		return false;
	look(worker, flow, pieces, &head);
	rx_came(worker, flow, head.length, complete(flow->window, &head, worker->cell->size));
	return true;
}

bool datagram_got(struct worker *worker, struct flow *flow, const void *frame, size_t n)
{
	struct iovec whole = { .iov_base = (void *)frame, .iov_len = n };
	return datagram_got_pieces(worker, flow, &whole, 1);
}

bool datagram_down(struct worker *worker, int err)
{
	const struct timespec pause = { .tv_nsec = DOWN_PAUSE_NS };
	uint64_t now = worker_now_ns(), bytes = count_read(&worker->count.bytes);
	bool passes = err == ENETDOWN || err == ENETUNREACH || err == EHOSTUNREACH;
	if (!passes || !bytes || !(worker->mode->service->flags & SERVICE_DATAGRAMS))
		return false;
	if (worker->down.bytes != bytes) {
		worker->down.bytes = bytes;
		worker->down.since_ns = now;
	}
	if (now - worker->down.since_ns > DOWN_PATIENCE_NS)
		return false;
	count_add(&worker->count.waits, 1);
	nanosleep(&pause, NULL);
	return true;
}

static void end_flow(struct worker *worker, struct flow *flow, uint64_t bytes)
{
	uint64_t messages = bytes / worker->cell->size;
	if (bytes > flow->offset)
		count_add(&worker->count.lost_bytes, bytes - flow->offset);
	if (messages > flow->window->whole)
		count_add(&worker->count.lost_messages, messages - flow->window->whole);
	rx_end(worker, flow);
}

void datagram_quiet(struct worker *worker)
{
	uint64_t total;
	worker->through_ns = worker_now_ns() - WORKER_PATIENCE_MS * 1000000UL;
	for (unsigned int i = 0; i < worker->flow_count; i++)
		if (!worker->flows[i].ended &&
		    control_heard(&worker->flows[i], &total, sizeof(total)))
			end_flow(worker, &worker->flows[i], le64toh(total));
}

void datagram_rest(struct worker *worker, struct datagram_idle *idle, bool slept)
{
	if (worker->count.bytes != idle->bytes) {
		*idle = (struct datagram_idle){ .bytes = worker->count.bytes };
		return;
	}
	uint64_t now = slept ? 0 : worker_now_ns();
	if (!slept && !idle->since_ns)
		idle->since_ns = now;
	if (slept || now - idle->since_ns >= WORKER_PATIENCE_MS * 1000000UL)
		datagram_quiet(worker);
}
