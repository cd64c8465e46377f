/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent_output.h"
#include "connection.h"
#include "endpoint.h"
#include "line.h"
#include "mode.h"
#include "payload.h"
#include "verb.h"
#include "version.h"
#include "workload.h"

#define PATIENCE_NS (60ULL * 1000000000) /* between two lines of a coordinator that lives */

struct agent {
	struct line_reader input;
	struct cell cell;
	char address[64];
	bool receiver;
	bool has_role;
	bool ready; /* the coordinator was told so: what fails from here on is a failure */
	int listener;
	struct endpoint endpoint;
	struct reason why;
};

static char *next_line(struct agent *agent, uint64_t deadline_ns, int other_fd, int *err)
{
	char *line = line_read(&agent->input, deadline_ns, other_fd, err);
	if (*err == -EPIPE)
		exit(0); /* the coordinator is gone, and with it our reason to be */
	return line;
}

static int set_cell(struct agent *agent, char *assignment)
{
	char *value = strchr(assignment, '=');
	if (!value)
		return reason_set(&agent->why, EINVAL, "'%.40s' is no assignment", assignment);
	*value++ = '\0';
	const struct field *field = field_find(&cell_table, assignment);
	if (!field)
		return reason_set(
			&agent->why, EINVAL,
			"dimension '%.40s' is unknown to this agent; use the same zcbench "
			"on both ends",
			assignment);
	return field_parse(field, &agent->cell, value, &agent->why);
}

static int set_role(struct agent *agent, const char *role)
{
	agent->receiver = !strcmp(role, "rx");
	agent->has_role = agent->receiver || !strcmp(role, "tx");
	return agent->has_role ? 0 : reason_set(&agent->why, EINVAL, "role '%.40s'", role);
}

static int greet(struct agent *agent, const char *version)
{
	if (atoi(version) != AGENT_PROTOCOL)
		return reason_set(
			&agent->why, EPROTO,
			"the coordinator speaks protocol %.8s, this agent speaks %d; use the "
			"same zcbench on both ends",
			version, AGENT_PROTOCOL);
	agent_say("hello %d %s", AGENT_PROTOCOL, ZCBENCH_VERSION);
	return 0;
}

/* Reads lines up to `open`. */
static int configure(struct agent *agent)
{
	for (;;) {
		int err;
		char *value, *line = next_line(agent, worker_now_ns() + PATIENCE_NS, -1, &err);
		if (!line)
			return reason_set(&agent->why, -err, "reading a line: %s", strerror(-err));
		if ((value = line_after(line, "hello")))
			err = greet(agent, value);
		else if ((value = line_after(line, "cell")))
			err = set_cell(agent, value);
		else if ((value = line_after(line, "role")))
			err = set_role(agent, value);
		else if ((value = line_after(line, "address")))
			snprintf(agent->address, sizeof(agent->address), "%s", value);
		else if (line_after(line, "open"))
			return agent->has_role ? 0
					       : reason_set(&agent->why, EPROTO, "no role given");
		else
			err = reason_set(&agent->why, EPROTO, "line '%.40s' is unknown", line);
		if (err)
			return err;
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
	uint16_t port;
	agent->listener = connection_listen(&agent->cell, agent->address, &port, &agent->why);
	if (agent->listener < 0)
		return agent->listener;
	agent_say("port %u", port);
	for (uint64_t i = 0; i < agent->cell.flows; i++) {
		struct flow *flow = &agent->endpoint.flows[i];
		flow->fd =
			connection_accept(&agent->cell, agent->listener, &flow->seed, &agent->why);
		if (flow->fd < 0)
			return flow->fd;
	}
	close(agent->listener);
	return 0;
}

static int dial_flows(struct agent *agent)
{
	char *port;
	int err = expect(agent, "connect", &port);
	if (err)
		return err;
	for (uint64_t i = 0; i < agent->cell.flows; i++) {
		struct flow *flow = &agent->endpoint.flows[i];
		flow->fd = connection_dial(&agent->cell, agent->address, (uint16_t)atoi(port),
					   &flow->seed, &agent->why);
		if (flow->fd < 0)
			return flow->fd;
	}
	return 0;
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

static int time_window(struct agent *agent)
{
	struct endpoint *endpoint = &agent->endpoint;
	uint64_t start = worker_now_ns();
	endpoint_release(endpoint, PHASE_WARMUP);
	int early = watch(agent, start + agent->cell.warmup_ns);
	endpoint_mark(endpoint, &endpoint->open_mark);
	endpoint_phase(endpoint, PHASE_WINDOW);
	if (!early)
		early = watch(agent, start + agent->cell.warmup_ns + agent->cell.duration_ns);
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
	agent_say("window");
	return through < 0 ? through : 0;
}

static int run(struct agent *agent)
{
	char *nothing;
	int err = agent->receiver ? accept_flows(agent) : dial_flows(agent);
	if (!err)
		err = endpoint_start(&agent->endpoint, &agent->why);
	if (err)
		return err;
	agent_say("ready");
	agent->ready = true;
	err = expect(agent, "go", &nothing);
	if (err)
		return err;
	err = agent->cell.bytes == FIELD_AUTO ? run_timed(agent) : run_bounded(agent);
	/* A worker's own words say more than what became of the others. */
	int worker_err = endpoint_failure(&agent->endpoint, &agent->why);
	if (err || worker_err) { /* the others may wait for ever: only exiting is sure */
		agent_say("fail %s", agent->why.text);
		_exit(1);
	}
	return endpoint_join(&agent->endpoint, &agent->why);
}

static int probe(struct agent *agent)
{
	const struct copy_mode *mode = agent->endpoint.mode;
	return mode->probe ? mode->probe(&agent->cell, &agent->why) : 0;
}

static int serve(struct agent *agent)
{
	int err = configure(agent);
	if (err) {
		agent_say("fail %s", agent->why.text);
		return 1;
	}
	err = cell_check(&agent->cell, &agent->why);
	if (!err)
		err = endpoint_open(&agent->endpoint, &agent->cell, agent->receiver, &agent->why);
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
	field_presets(&cell_table, &agent.cell);
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
