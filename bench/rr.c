/* SPDX-License-Identifier: MIT */
/*
 * rr: requests of cell->size by the cell's modes, responses of cell->response by plain send and
 * recv, so that cells differ in the request's way only. One flow a worker.
 *
 * rr-open sends on a fixed schedule from a thread of its own clock and times each response from
 * when its request was due, not from when it got out: a stall delays every request that was due
 * in it, and each of them says so (G. Tene, "How not to measure latency": coordinated omission).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "mode.h"
#include "workload.h"

#define NS_PER_S 1000000000ULL

/* A request through the mode. 1: sent, 0: stopped first, -errno. */
static int send_request(struct worker *worker)
{
	struct flow *flow = &worker->flows[0];
	while (flow->buffer || flow->credit >= worker->cell->size) {
		int done = worker->mode->step(worker);
		if (done < 0)
			return done;
		if (worker_stopped(worker))
			return 0;
	}
	return 1;
}

/* A whole response. 1: there, 0: stopped first, -errno. */
static int read_response(struct worker *worker, unsigned char *to, struct reason *why)
{
	for (size_t have = 0; have < worker->cell->response;) {
		ssize_t n = recv(worker->flows[0].fd, to + have, worker->cell->response - have, 0);
		if (n == 0)
			return reason_set(why, ECONNRESET, "the peer closed before its response");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return reason_set(why, errno, "receiving a response: %s", strerror(errno));
		if (n > 0)
			have += (size_t)n;
		else if (worker_stopped(worker))
			return 0;
	}
	return 1;
}

static void set_patience(struct worker *worker)
{
	struct timeval patience = { .tv_usec = WORKER_PATIENCE_MS * 1000 };
	setsockopt(worker->flows[0].fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

/* Requests in all when the cell is bounded by bytes; else no bound. */
static uint64_t requests(const struct worker *worker)
{
	return worker->flows[0].credit / worker->cell->size;
}

static int rr_loop(struct worker *worker, unsigned char *response)
{
	struct flow *flow = &worker->flows[0];
	int err = 1;
	for (uint64_t left = requests(worker); left && err > 0; left--) {
		uint64_t start = worker_now_ns();
		flow->credit = worker->cell->size;
		err = send_request(worker);
		if (err > 0)
			err = read_response(worker, response, &worker->why);
		if (err > 0 && worker_phase(worker) == PHASE_WINDOW)
			hist_record(&worker->latency, worker_now_ns() - start);
	}
	return err < 0 ? err : 0;
}

static int rr_tx(struct worker *worker)
{
	unsigned char *response = malloc(worker->cell->response);
	if (!response)
		return reason_set(&worker->why, ENOMEM, "no memory for a response");
	set_patience(worker);
	int err = rr_loop(worker, response);
	free(response);
	return err;
}

/* The thread of rr-open that takes the responses. */
struct reader {
	pthread_t thread;
	struct worker *worker;
	unsigned char *response;
	uint64_t start_ns, interval_ns, total;
	uint64_t answered; /* requests 0 to answered - 1 have their responses */
	int err;
	struct reason why;
};

static void *reader_run(void *argument)
{
	struct reader *reader = argument;
	struct worker *worker = reader->worker;
	for (; reader->answered < reader->total; reader->answered++) {
		int err = read_response(worker, reader->response, &reader->why);
		if (err <= 0) {
			reader->err = err;
			break;
		}
		uint64_t due = reader->start_ns + reader->answered * reader->interval_ns;
		if (worker_in_window(worker, due))
			hist_record(&worker->latency, worker_now_ns() - due);
	}
	return NULL;
}

/* Sleeps in pieces, so that a stop is seen. */
static void sleep_until(const struct worker *worker, uint64_t due_ns)
{
	for (uint64_t now = worker_now_ns(); now < due_ns && !worker_stopped(worker);
	     now = worker_now_ns()) {
		uint64_t limit = now + WORKER_PATIENCE_MS * 1000000ULL;
		uint64_t until = due_ns < limit ? due_ns : limit;
		struct timespec at = { .tv_sec = (time_t)(until / NS_PER_S),
				       .tv_nsec = (long)(until % NS_PER_S) };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}

/*
 * A request belongs to the window in which it was due. Those that nobody answered by the end, or
 * that never got out, count with the age they have by then: a stall, or a rate that is too high,
 * must not take the very requests that waited longest out of sight.
 */
static void record_unanswered(struct worker *worker, const struct reader *reader)
{
	uint64_t now = worker_now_ns();
	for (uint64_t i = reader->answered; i < reader->total; i++) {
		uint64_t due = reader->start_ns + i * reader->interval_ns;
		if (due >= now)
			break;
		if (!worker_in_window(worker, due))
			continue;
		hist_record(&worker->latency, now - due);
		count_add(&worker->count.unanswered, 1);
	}
}

static int pace(struct worker *worker, struct reader *reader)
{
	struct flow *flow = &worker->flows[0];
	for (uint64_t i = 0; i < reader->total && !worker_stopped(worker); i++) {
		sleep_until(worker, reader->start_ns + i * reader->interval_ns);
		flow->credit = worker->cell->size;
		int err = send_request(worker);
		if (err <= 0)
			return err;
	}
	return 0;
}

static int rr_open_tx(struct worker *worker)
{
	struct reader reader = { .worker = worker,
				 .response = malloc(worker->cell->response),
				 .interval_ns = NS_PER_S / worker->cell->rate,
				 .total = requests(worker),
				 .start_ns = worker_now_ns() };
	if (!reader.response)
		return reason_set(&worker->why, ENOMEM, "no memory for a response");
	set_patience(worker);
	int err = -pthread_create(&reader.thread, NULL, reader_run, &reader);
	if (err) {
		reason_set(&worker->why, -err, "starting a reader: %s; lower --flows",
			   strerror(-err));
	} else {
		err = pace(worker, &reader);
		if (err < 0) /* no more responses will come: wake the reader */
			shutdown(worker->flows[0].fd, SHUT_RDWR);
		pthread_join(reader.thread, NULL);
		if (!err && reader.err) {
			err = reader.err;
			worker->why = reader.why;
		}
		record_unanswered(worker, &reader);
	}
	free(reader.response);
	return err;
}

static int send_responses(struct worker *worker, const unsigned char *response, uint64_t count)
{
	size_t length = worker->cell->response;
	for (size_t have = 0; count; have = 0, count--)
		while (have < length) {
			ssize_t n = send(worker->flows[0].fd, response + have, length - have,
					 MSG_NOSIGNAL);
			if (n > 0)
				have += (size_t)n;
			else if (errno == EPIPE || errno == ECONNRESET)
				return 0; /* the client stopped and left: the stream ends here */
			else if (errno != EAGAIN && errno != EINTR)
				return reason_set(&worker->why, errno, "sending a response: %s",
						  strerror(errno));
		}
	return 0;
}

static int rr_rx(struct worker *worker)
{
	unsigned char *response = calloc(1, worker->cell->response);
	if (!response)
		return reason_set(&worker->why, ENOMEM, "no memory for a response");
	int err = 0;
	for (uint64_t answered = 0; !err && !worker->ended_count;) {
		int done = worker->mode->step(worker);
		uint64_t due = worker->count.messages - answered;
		err = done < 0 ? done : send_responses(worker, response, due);
		answered += due;
	}
	free(response);
	return err;
}

const struct workload workload_rr = {
	.name = "rr",
	.summary = "request and response, one at a time on each flow (closed loop)",
	.flags = WORKLOAD_RESPONDS,
	.tx = rr_tx,
	.rx = rr_rx,
};

const struct workload workload_rr_open = {
	.name = "rr-open",
	.summary = "requests at a fixed rate on each flow, timed from the intended start",
	.flags = WORKLOAD_RESPONDS | WORKLOAD_RATED,
	.tx = rr_open_tx,
	.rx = rr_rx,
};
