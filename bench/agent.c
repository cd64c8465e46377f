/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent_output.h"
#include "agent_probe.h"
#include "endpoint.h"
#include "facts.h"
#include "line.h"
#include "mode.h"
#include "order.h"
#include "payload.h"
#include "privilege.h"
#include "prober.h"
#include "service.h"
#include "verb.h"
#include "workload.h"

#define PATIENCE_NS (120ULL * 1000000000) /* between two lines of a coordinator that lives */

struct agent {
	struct line_reader input;
	struct order order;
	bool ready; /* the coordinator was told so: what fails from here on is a failure */
	struct endpoint endpoint;
	struct peer prober; /* our host's zcprobe, while it runs */
	struct reason why;
};

static char *next_line(struct agent *agent, uint64_t deadline_ns, int other_fd, int *err)
{
	char *line = line_read(&agent->input, deadline_ns, other_fd, err);
	if (*err == -EPIPE)
		exit(0); /* the coordinator is gone, and with it our reason to be */
	return line;
}

/* Reads lines up to the first that asks for work, and returns its order_step. */
static int configure(struct agent *agent)
{
	order_clear(&agent->order);
	for (;;) {
		int err;
		char *line = next_line(agent, worker_now_ns() + PATIENCE_NS, -1, &err);
		if (!line)
			return reason_set(&agent->why, -err, "reading a line: %s", strerror(-err));
		int step = order_take(&agent->order, line, &agent->why);
		if (step == ORDER_HELLO)
			agent_greet();
		if (step == ORDER_PROBE)
			agent_probe_start(&agent->prober, &agent->order);
		if (step == ORDER_OPEN || step == ORDER_FACTS || step < 0)
			return step;
	}
}

static int expect(struct agent *agent, const char *word, char **value)
{
	int err;
	char *line = next_line(agent, worker_now_ns() + PATIENCE_NS, -1, &err);
	if (!line)
		return reason_set(&agent->why, -err, "waiting for '%s': %s", word, strerror(-err));
	*value = line_after(line, word);
	return *value ? 0
		      : reason_set(&agent->why, EPROTO, "'%.40s' where '%s' was due", line, word);
}

static int accept_flows(struct agent *agent)
{
	const struct order *order = &agent->order;
	struct endpoint *endpoint = &agent->endpoint;
	char where[SERVICE_WHERE];
	int listener = endpoint->service->listen(order, where, &agent->why);
	if (listener < 0)
		return listener;
	agent_say("port %s", where);
	int err = endpoint->service->accept(order, listener, STDIN_FILENO, endpoint->flows,
					    &endpoint->strangers, &agent->why);
	close(listener);
	if (err == -EPIPE)
		exit(0); /* as in next_line */
	return err;
}

static int dial_flows(struct agent *agent)
{
	struct endpoint *endpoint = &agent->endpoint;
	char *where;
	int err = expect(agent, "connect", &where);
	if (err)
		return err;
	return endpoint->service->dial(&agent->order, where, endpoint->flows, &agent->why);
}

/*
 * Sleeps until the deadline, or until the workers are through or one of them has failed (1), or
 * until the coordinator says stop (0, as at the deadline).
 */
static int watch(struct agent *agent, uint64_t deadline_ns)
{
	int err;
	char *line = next_line(agent, deadline_ns, agent->endpoint.finished_fd, &err);
	if (line)
		return line_after(line, "stop")
			       ? 0
			       : reason_set(&agent->why, EPROTO, "'%.40s' inside a run", line);
	if (err == -ETIMEDOUT)
		return 0;
	return err == -EINTR ? 1 : reason_set(&agent->why, -err, "%s", strerror(-err));
}

/* The receiver's window, with a mark at the edge of each slice of it. */
static int watch_slices(struct agent *agent, uint64_t open_ns)
{
	uint64_t length_ns = agent->order.cell.duration_ns;
	bool sliced = agent->order.receiver && length_ns >= STEADY_SLICES * STEADY_SLICE_NS;
	for (unsigned int i = 1; sliced && i < STEADY_SLICES; i++) {
		int early = watch(agent, open_ns + length_ns * i / STEADY_SLICES);
		if (early)
			return early;
		endpoint_mark_slice(&agent->endpoint, i);
	}
	return watch(agent, open_ns + length_ns);
}

static int time_window(struct agent *agent)
{
	struct endpoint *endpoint = &agent->endpoint;
	uint64_t start = worker_now_ns();
	endpoint_release(endpoint, PHASE_WARMUP);
	int early = watch(agent, start + agent->order.cell.warmup_ns);
	endpoint_mark(endpoint, &endpoint->open_mark);
	endpoint_phase(endpoint, PHASE_WINDOW);
	if (!early)
		early = watch_slices(agent, start + agent->order.cell.warmup_ns);
	endpoint_mark(endpoint, &endpoint->close_mark);
	endpoint_phase(endpoint, PHASE_AFTER);
	return early;
}

/* A run for a time: the sender goes on until both ends have closed their windows. */
static int run_timed(struct agent *agent)
{
	int early = time_window(agent);
	if (early < 0)
		return early;
	if (early)
		return reason_set(&agent->why, ECONNRESET,
				  "the transfer ended before its window did");
	agent_say("window");
	early = watch(agent, FIELD_MAX);
	endpoint_phase(&agent->endpoint, PHASE_STOP);
	return early < 0 ? early : 0;
}

static int run_bounded(struct agent *agent)
{
	struct endpoint *endpoint = &agent->endpoint;
	endpoint_mark(endpoint, &endpoint->open_mark);
	endpoint_release(endpoint, PHASE_WINDOW);
	int through = watch(agent, FIELD_MAX);
	if (through <= 0)
		endpoint_phase(endpoint, PHASE_STOP);
	endpoint_mark(endpoint, &endpoint->close_mark);
	/* A window that failed is none: the coordinator would wait for the other end's. */
	int err = through < 0 ? through : endpoint_failure(endpoint, &agent->why);
	if (!err)
		agent_say("window");
	return err;
}

/* Tokens have been said and read at both ends: from here on there is nothing but payload. */
static int start_counting(struct agent *agent)
{
	char *port;
	int err = expect(agent, "count", &port);
	return err ? err : agent_probe_count(&agent->prober, port, &agent->why);
}

static int run(struct agent *agent)
{
	char *nothing;
	int err = agent->order.receiver ? accept_flows(agent) : dial_flows(agent);
	if (!err)
		err = endpoint_start(&agent->endpoint, &agent->why);
	if (err)
		return err;
	agent_say("ready");
	agent->ready = true;
	if (agent->prober.running)
		err = start_counting(agent);
	if (!err)
		err = expect(agent, "go", &nothing);
	if (err)
		return err;
	err = agent->order.cell.bytes == FIELD_AUTO ? run_timed(agent) : run_bounded(agent);
	/* A worker's own words say more than what became of the others. */
	int worker_err = endpoint_failure(&agent->endpoint, &agent->why);
	if (err || worker_err) { /* the others may wait for ever: only exiting is sure */
		agent_say("fail %s", agent->why.text);
		_exit(1);
	}
	err = endpoint_join(&agent->endpoint, &agent->why);
	if (!err && agent->prober.running)
		err = agent_probe_say(&agent->prober, &agent->order, &agent->why);
	return err;
}

/* Before there is a socket or a ring. */
static int drop_privilege(struct agent *agent)
{
	const struct order *order = &agent->order;
	const struct cell *cell = &order->cell;
	const struct copy_mode *mode = order->receiver ? cell_rx(cell) : cell_tx(cell);
	return *order->user ? privilege_drop(order->user, mode->capabilities, &agent->why) : 0;
}

static int probe(struct agent *agent)
{
	const struct copy_mode *mode = agent->endpoint.mode;
	return mode->probe ? mode->probe(&agent->order.cell, &agent->why) : 0;
}

static int serve(struct agent *agent)
{
	int err = configure(agent);
	if (err == ORDER_FACTS)
		err = facts_say(agent->order.facts, &agent->why);
	if (err <= 0) {
		if (err)
			agent_say("fail %s", agent->why.text);
		return err ? 1 : 0;
	}
	/* SIGALRM ends it: a coordinator behind a cut wire cannot. */
	alarm((unsigned int)agent->order.limit_s);
	const struct order *order = &agent->order;
	err = drop_privilege(agent);
	if (!err)
		err = cell_check(&order->cell, &agent->why);
	if (!err)
		err = endpoint_open(&agent->endpoint, &order->cell, order->receiver, &agent->why);
	bool skip = !err && (err = probe(agent));
	if (!err)
		err = run(agent);
	/* What the host lacks, found before the first byte, is no failure of the measurement. */
	skip = skip || (err == -EOPNOTSUPP && !agent->ready);
	if (err)
		agent_say("%s %s", skip ? "skip" : "fail", agent->why.text);
	else
		agent_say_sample(&agent->endpoint);
	endpoint_close(&agent->endpoint);
	peer_end(&agent->prober);
	return err ? 1 : 0;
}

static int take_nothing(void *context, const char *name, const char *argument, struct reason *why)
{
	(void)context, (void)name;
	return reason_set(why, EINVAL, "'%.40s' is not understood", argument ? argument : "");
}

static int agent_main(int argc, char **argv)
{
	static struct agent agent;
	verb_parse(&verb_agent, argc, argv, take_nothing, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Ctrl-C and hang-up reach the whole terminal; the coordinator decides what stops. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1UL); /* rr-open keeps its schedule; the default is 50 us late */
	agent.input.fd = STDIN_FILENO;
	agent.endpoint.finished_fd = -1;
	if (payload_init()) {
		agent_say("fail no memory for the payload table");
		return 1;
	}
	return serve(&agent);
}

const struct verb verb_agent = {
	.name = "agent",
	.arguments = "",
	.summary = "Play one end of one cell, told by lines on stdin; started by `zcbench run`.",
	.main = agent_main,
};
