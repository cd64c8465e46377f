/* SPDX-License-Identifier: MIT */
/*
 * Both sides of the agent protocol against lines from anybody. The first byte, modulo 3, says
 * which: 0, what an agent makes of its coordinator's lines (cells that are read and pass cell_check
 * come through as the same cell); 1, what the coordinator makes of its agent's; 2, of its facts.
 * Built with clang -fsanitize=fuzzer,address,undefined.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "facts.h"
#include "hist.h"
#include "line.h"
#include "peer.h"
#include "sample.h"
#include "worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 16) /* what a pipe takes at once */
#define SECOND_NS 1000000000ULL

static int pipe_of(const uint8_t *data, size_t size)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) || write(fds[1], data, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	return fds[0];
}

static void check_reason(const char *sentence)
{
	if (!*sentence || strlen(sentence) >= REASON_ROOM)
		abort();
	for (const char *c = sentence; *c; c++)
		if ((unsigned char)*c < ' ') /* it would tear a line or a row apart */
			abort();
}

/* What an agent was told is what it would say again. */
static void check_trip(const struct field *field, const struct cell *cell)
{
	struct cell back = *cell;
	struct reason why;
	char text[FIELD_ROOM], again[FIELD_ROOM];
	field_format(field, cell, text);
	if (field->type != FIELD_TEXT && field_parse(field, &back, text, &why))
		abort();
	field_format(field, &back, again);
	if (strcmp(text, again))
		abort();
}

static void check_cell(const struct cell *cell)
{
	struct reason why = { "" };
	for (size_t i = 0; i < cell_table.count; i++)
		check_trip(&cell_table.rows[i], cell);
	if (cell_check(cell, &why))
		check_reason(why.text);
}

static void check_order(const struct order *order)
{
	unsigned char token[AGENT_TOKEN_BYTES];
	char text[2 * AGENT_TOKEN_BYTES + 1];
	order_format_token(order->token, text);
	if (!order->greeted || !order->has_role || !order->has_token || !*order->address ||
	    !order_read_token(text, token) || memcmp(token, order->token, sizeof(token)))
		abort();
}

static void run_agent(int fd)
{
	struct line_reader reader = { .fd = fd };
	struct order order;
	char *line;
	int err;
	order_clear(&order);
	while ((line = line_read(&reader, worker_now_ns() + SECOND_NS, -1, &err))) {
		struct reason why = { "" };
		if (strlen(line) >= AGENT_LINE || strchr(line, '\n'))
			abort();
		int step = order_take(&order, line, &why);
		if (step < 0)
			check_reason(why.text);
		if (step == ORDER_OPEN)
			check_order(&order);
	}
	if (err != -EPIPE && err != -EMSGSIZE && err != -EBADMSG)
		abort();
	check_cell(&order.cell);
}

static void run_coordinator(int fd)
{
	struct peer peer = { .role = "rx", .child = { .pid = -1, .from = fd }, .input.fd = fd };
	struct sample sample;
	struct hist hist;
	sample_clear(&sample);
	if (hist_open(&hist))
		abort();
	int err = peer_hear_greeting(&peer, worker_now_ns() + SECOND_NS);
	if (!err)
		err = peer_collect(&peer, &sample, &hist, worker_now_ns() + SECOND_NS);
	if (err == -ETIMEDOUT || !err != peer.through || (err && !peer.failed && !peer.skipped))
		abort();
	if (err)
		check_reason(peer.why.text);
	hist_close(&hist);
}

static void run_facts(int fd)
{
	struct peer peer = { .role = "tx", .child = { .pid = -1, .from = fd }, .input.fd = fd };
	json_t *facts = facts_hear(&peer, worker_now_ns() + SECOND_NS);
	if (!facts != (peer.failed || peer.skipped) || (facts && !json_is_object(facts)))
		abort();
	if (!facts)
		check_reason(peer.why.text);
	json_decref(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > INPUT_MAX)
		return 0;
	int fd = pipe_of(data + 1, size - 1);
	if (data[0] % 3 == 2)
		run_facts(fd);
	else if (data[0] % 3 == 1)
		run_coordinator(fd);
	else
		run_agent(fd);
	close(fd);
	return 0;
}
