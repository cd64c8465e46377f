/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper.h"
#include "transport.h"
#include "version.h"
#include "worker.h"

#define GREETING_NS (20ULL * 1000000000)
#define ENDING_NS   (2ULL * 1000000000) /* for the exit of an agent that is through */

static int fail(struct peer *peer, int err, const char *sentence)
{
	peer->failed = true;
	return reason_set(&peer->why, err, "the %s agent %s", peer->role, sentence);
}

int peer_refuse(struct peer *peer, const char *sentence)
{
	return fail(peer, EPROTO, sentence);
}

/* What became of an agent that went silent: its exit status tells more than the closed pipe. */
static int died(struct peer *peer)
{
	siginfo_t info = { 0 };
	char sentence[160] = "ended without an answer; see its message on stderr";
	/* Left for keeper_end to reap: until then the pid is nobody else's. */
	for (int i = 0; i < 100; i++) {
		if (waitid(P_PID, (id_t)peer->child.pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
		    info.si_pid)
			break;
		usleep(10000);
	}
	if (info.si_pid && info.si_code != CLD_EXITED)
		snprintf(sentence, sizeof(sentence), "was ended by signal %d (%s)", info.si_status,
			 strsignal(info.si_status));
	else if (info.si_pid && peer->transport)
		transport_explain(peer->transport, info.si_status, sentence, sizeof(sentence));
	return fail(peer, EPIPE, sentence);
}

/* Its last words, if there are any: why it does not listen any more. */
static int ask_why(struct peer *peer)
{
	uint64_t soon = worker_now_ns() + ENDING_NS;
	char *line;
	int err = 0;
	while (!err && worker_now_ns() < soon)
		err = peer_expect(peer, "", &line, soon);
	return err ? err : fail(peer, EPIPE, "does not listen any more");
}

int peer_say(struct peer *peer, const char *format, ...)
{
	char line[AGENT_LINE];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0 || n > (int)sizeof(line) - 2)
		return fail(peer, EMSGSIZE, "would be sent a line that is too long");
	line[n] = '\n';
	/* A pipe takes a line of this size whole or not at all (PIPE_BUF). */
	return write(peer->child.to, line, (size_t)n + 1) == n + 1 ? 0 : ask_why(peer);
}

static int no_line(struct peer *peer, int err)
{
	if (err == -EPIPE)
		return died(peer);
	if (err == -ETIMEDOUT)
		return fail(peer, ETIMEDOUT, "hung and was killed at its time limit; see --limit");
	return fail(peer, -err, "sent a line that is no line of the protocol");
}

int peer_expect(struct peer *peer, const char *word, char **value, uint64_t deadline_ns)
{
	int err;
	char *line = line_read(&peer->input, deadline_ns, -1, &err);
	if (!line)
		return no_line(peer, err);
	char *sentence;
	if ((sentence = line_after(line, "skip"))) {
		peer->skipped = true;
		return reason_set(&peer->why, EOPNOTSUPP, "%s: %s", peer->role, sentence);
	}
	if ((sentence = line_after(line, "fail"))) {
		peer->failed = true;
		return reason_set(&peer->why, EIO, "%s: %s", peer->role, sentence);
	}
	*value = line_after(line, word);
	return *value ? 0 : fail(peer, EPROTO, "answered with a line that was not due");
}

static int say_cell(struct peer *peer, const struct cell *cell)
{
	int err = 0;
	for (size_t i = 0; !err && i < cell_table.count; i++) {
		char text[FIELD_ROOM];
		field_format(&cell_table.rows[i], cell, text);
		err = peer_say(peer, "cell %s=%s", cell_table.rows[i].name, text);
	}
	return err;
}

/*
 * "3 0.1.0 6.1.0-18-amd64 00000000a80425fb 2fea...-...-... 4026531840": protocol, zcbench, kernel,
 * capabilities in force, boot of that kernel, network namespace.
 */
static int check_greeting(struct peer *peer, const char *text)
{
	struct greeting *said = &peer->greeting;
	char sentence[160];
	int n = sscanf(text, "%d %31s %95s %31s %39s %" SCNu64, &said->protocol, said->version,
		       said->kernel, said->capabilities, said->boot, &said->netns);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			n = 0;
	if (n < 2)
		return fail(peer, EPROTO, "did not greet as a zcbench agent does");
	if (said->protocol == AGENT_PROTOCOL)
		return 0;
	snprintf(sentence, sizeof(sentence),
		 "(zcbench %.31s) speaks protocol %d, this zcbench %s speaks %d; update zcbench %s",
		 said->version, said->protocol, ZCBENCH_VERSION, AGENT_PROTOCOL,
		 said->protocol < AGENT_PROTOCOL ? "on the agent's host" : "here");
	return fail(peer, EPROTO, sentence);
}

int peer_hear_greeting(struct peer *peer, uint64_t deadline_ns)
{
	char *greeting;
	int err = peer_expect(peer, "hello", &greeting, deadline_ns);
	peer->reached = !err;
	return err ? err : check_greeting(peer, greeting);
}

static int start(struct peer *peer)
{
	int err = keeper_agent(peer->transport, &peer->child, &peer->why);
	if (err) {
		peer->failed = true;
		return err;
	}
	peer->running = true;
	peer->input.fd = peer->child.from;
	return peer_say(peer, "hello %d %s", AGENT_PROTOCOL, ZCBENCH_VERSION);
}

int peer_greet_both(struct peer *first, struct peer *second)
{
	int err = start(first);
	if (!err)
		err = start(second);
	uint64_t deadline = worker_now_ns() + GREETING_NS;
	if (!err)
		err = peer_hear_greeting(first, deadline);
	return err ? err : peer_hear_greeting(second, deadline);
}

int peer_order(struct peer *peer, const struct order *order)
{
	char token[2 * AGENT_TOKEN_BYTES + 1];
	order_format_token(order->token, token);
	int err = say_cell(peer, &order->cell);
	if (!err)
		err = peer_say(peer, "role %s", peer->role);
	if (!err)
		err = peer_say(peer, "address %s", order->address);
	if (!err && *order->source)
		err = peer_say(peer, "source %s", order->source);
	if (!err)
		err = peer_say(peer, "token %s", token);
	if (!err && order->limit_s)
		err = peer_say(peer, "limit %" PRIu64, order->limit_s);
	if (!err && *order->user)
		err = peer_say(peer, "user %s", order->user);
	return err ? err : peer_say(peer, "open");
}

static int collect_sample(struct peer *peer, struct sample *sample, char *assignment)
{
	char *value = strchr(assignment, '=');
	if (!value)
		return fail(peer, EPROTO, "sent a sample without a value");
	*value++ = '\0';
	const struct field *field = field_find(&sample_table, assignment);
	struct reason why;
	if (!field || field_parse(field, sample, value, &why))
		return fail(peer, EPROTO,
			    "sent a sample that this zcbench does not know; use the "
			    "same zcbench on both ends");
	return 0;
}

static int collect_hist(struct peer *peer, struct hist *hist, const char *text)
{
	uint64_t value, count;
	if (sscanf(text, "latency %" SCNu64 " %" SCNu64, &value, &count) != 2)
		return fail(peer, EPROTO, "sent a histogram that this zcbench does not know");
	if (hist) {
		hist->buckets[hist_bucket(value)] += count;
		hist->count += count;
	}
	return 0;
}

int peer_collect(struct peer *peer, struct sample *sample, struct hist *latency,
		 uint64_t deadline_ns)
{
	for (;;) {
		char *value, *line = NULL;
		int err = peer_expect(peer, "", &line, deadline_ns);
		if (err)
			return err;
		if ((value = line_after(line, "sample")))
			err = collect_sample(peer, sample, value);
		else if ((value = line_after(line, "hist")))
			err = collect_hist(peer, latency, value);
		else if (line_after(line, "done"))
			peer->through = true;
		else
			err = fail(peer, EPROTO, "sent an unknown line");
		if (err || peer->through)
			return err;
	}
}

void peer_end(struct peer *peer)
{
	int err = 0;
	uint64_t soon = worker_now_ns() + ENDING_NS;
	/* Killed, it could not give its memory back, nor say what a sanitizer found. */
	while (peer->running && (peer->through || peer->skipped) && !err)
		line_read(&peer->input, soon, -1, &err);
	if (peer->running)
		keeper_end(&peer->child);
	peer->running = false;
}
