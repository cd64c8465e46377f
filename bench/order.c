/* SPDX-License-Identifier: MIT */
#include "order.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "version.h"

#define LIMIT_MAX_S 300000 /* the longest window of a cell, its warm-up and its limit */

void order_clear(struct order *order)
{
	*order = (struct order){ 0 };
	field_presets(&cell_table, &order->cell);
}

static int take_hello(struct order *order, const char *text, struct reason *why)
{
	int theirs = atoi(text);
	if (theirs != AGENT_PROTOCOL)
		return reason_set(why, EPROTO,
				  "this agent (zcbench %s) speaks protocol %d, the coordinator %d; "
				  "update zcbench on the %s",
				  ZCBENCH_VERSION, AGENT_PROTOCOL, theirs,
				  theirs < AGENT_PROTOCOL ? "coordinator" : "agent's host");
	order->greeted = true;
	return ORDER_HELLO;
}

static int take_cell(struct order *order, char *assignment, struct reason *why)
{
	char *value = strchr(assignment, '=');
	if (!value)
		return reason_set(why, EINVAL, "'%.40s' is no assignment", assignment);
	*value++ = '\0';
	const struct field *field = field_find(&cell_table, assignment);
	if (!field)
		return reason_set(why, EINVAL,
				  "dimension '%.40s' is unknown to this agent (zcbench %s); update "
				  "zcbench on the agent's host",
				  assignment, ZCBENCH_VERSION);
	return field_parse(field, &order->cell, value, why);
}

static int take_role(struct order *order, const char *role, struct reason *why)
{
	order->receiver = !strcmp(role, "rx");
	order->has_role = order->receiver || !strcmp(role, "tx");
	return order->has_role ? 0 : reason_set(why, EINVAL, "role '%.40s'", role);
}

static int take_address(char room[64], const char *text, struct reason *why)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	if (strlen(text) >= 64 ||
	    (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1))
		return reason_set(why, EINVAL, "'%.40s' is no numeric address", text);
	strcpy(room, text);
	return 0;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

bool order_read_token(const char *text, unsigned char token[AGENT_TOKEN_BYTES])
{
	unsigned char read[AGENT_TOKEN_BYTES];
	if (strlen(text) != 2 * sizeof(read))
		return false;
	for (size_t i = 0; i < sizeof(read); i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		read[i] = (unsigned char)(high * 16 + low);
	}
	memcpy(token, read, sizeof(read));
	return true;
}

void order_format_token(const unsigned char token[AGENT_TOKEN_BYTES],
			char text[2 * AGENT_TOKEN_BYTES + 1])
{
	for (size_t i = 0; i < AGENT_TOKEN_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", token[i]);
}

static int take_token(struct order *order, const char *text, struct reason *why)
{
	order->has_token = order_read_token(text, order->token);
	return order->has_token ? 0 : reason_set(why, EINVAL, "the token is malformed");
}

static int take_limit(struct order *order, const char *text, struct reason *why)
{
	char *end;
	errno = 0;
	unsigned long limit = strtoul(text, &end, 10);
	if (digit(*text) < 0 || *end || errno || !limit || limit > LIMIT_MAX_S)
		return reason_set(why, EINVAL, "limit '%.40s'", text);
	order->limit_s = limit;
	return 0;
}

static int take_user(struct order *order, const char *text, struct reason *why)
{
	if (!privilege_is_user(text))
		return reason_set(why, EINVAL, "'%.40s' is no name of a user", text);
	strcpy(order->user, text);
	return 0;
}

/* "4026531840" or "4026531840 4026532567": inode numbers. */
static int take_probe(struct order *order, const char *text, struct reason *why)
{
	const char *at = text;
	for (unsigned int i = 0; i < PROBER_NETNS && (!i || *at == ' '); i++) {
		char *end;
		at += i;
		errno = 0;
		order->probe_netns[i] = strtoull(at, &end, 10);
		if (digit(*at) < 0 || errno || !order->probe_netns[i])
			return reason_set(why, EINVAL, "network namespaces '%.60s'", text);
		at = end;
	}
	return *at ? reason_set(why, EINVAL, "network namespaces '%.60s'", text) : ORDER_PROBE;
}

static int take_facts(struct order *order, const char *text, struct reason *why)
{
	static const char *const names[] = { "probes", "tx-modes", "rx-modes" };
	const char *at = text;
	order->facts = 0;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);
		if (strncmp(at, names[i], length) || (at[length] && at[length] != ' '))
			continue;
		order->facts |= 1U << i;
		at += length + (at[length] == ' ');
	}
	return *at ? reason_set(why, EINVAL, "facts '%.40s'", text) : ORDER_FACTS;
}

static int take_open(const struct order *order, struct reason *why)
{
	if (!order->has_role)
		return reason_set(why, EPROTO, "no role given");
	if (!order->has_token)
		return reason_set(why, EPROTO, "no token given");
	if (!*order->address)
		return reason_set(why, EPROTO, "no address given");
	return ORDER_OPEN;
}

int order_take(struct order *order, char *line, struct reason *why)
{
	char *value;
	if ((value = line_after(line, "hello")))
		return take_hello(order, value, why);
	if (!order->greeted)
		return reason_set(why, EPROTO, "line '%.40s' before a hello", line);
	if ((value = line_after(line, "cell")))
		return take_cell(order, value, why);
	if ((value = line_after(line, "role")))
		return take_role(order, value, why);
	if ((value = line_after(line, "address")))
		return take_address(order->address, value, why);
	if ((value = line_after(line, "source")))
		return take_address(order->source, value, why);
	if ((value = line_after(line, "token")))
		return take_token(order, value, why);
	if ((value = line_after(line, "limit")))
		return take_limit(order, value, why);
	if ((value = line_after(line, "user")))
		return take_user(order, value, why);
	if ((value = line_after(line, "probe")))
		return take_probe(order, value, why);
	if ((value = line_after(line, "facts")))
		return take_facts(order, value, why);
	if (line_after(line, "open"))
		return take_open(order, why);
	return reason_set(why, EPROTO, "line '%.40s' is unknown", line);
}

#define NUMBER_BYTES 4 /* of a token, the last */
#define RANDOM_BYTES (AGENT_TOKEN_BYTES - NUMBER_BYTES)

static uint32_t number_in(const unsigned char token[AGENT_TOKEN_BYTES])
{
	uint32_t number;
	memcpy(&number, token + RANDOM_BYTES, NUMBER_BYTES);
	return be32toh(number);
}

void order_flow_token(const struct order *order, uint64_t number,
		      unsigned char token[AGENT_TOKEN_BYTES])
{
	uint32_t sum = htobe32(number_in(order->token) + (uint32_t)number);
	memcpy(token, order->token, RANDOM_BYTES);
	memcpy(token + RANDOM_BYTES, &sum, NUMBER_BYTES);
}

int order_flow_number(const struct order *order, const unsigned char *said, size_t length,
		      uint64_t *number)
{
	if (memcmp(said, order->token, length < RANDOM_BYTES ? length : RANDOM_BYTES))
		return -1;
	if (length < AGENT_TOKEN_BYTES)
		return 0;
	*number = number_in(said) - number_in(order->token);
	return *number < order->cell.flows ? 1 : -1;
}
