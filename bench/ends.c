/* SPDX-License-Identifier: MIT */
#include "ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "facts.h"
#include "order.h"
#include "transport.h"

static const struct {
	const char *option;
	size_t offset;
	bool address;
	const char *end, *key; /* in run.json */
} options[] = {
	{ "tx-agent", offsetof(struct path_ends, tx_agent), false, "tx", "agent" },
	{ "rx-agent", offsetof(struct path_ends, rx_agent), false, "rx", "agent" },
	{ "tx-address", offsetof(struct path_ends, tx_address), true, "tx", "address" },
	{ "rx-address", offsetof(struct path_ends, rx_address), true, "rx", "address" },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const char **member(const struct path_ends *ends, size_t i)
{
	return (const char **)((char *)ends + options[i].offset);
}

bool ends_take(struct path_ends *ends, const char *name, const char *argument)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcmp(options[i].option, name)) {
			*member(ends, i) = argument;
			return true;
		}
	return false;
}

bool ends_none(const struct path_ends *ends)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (*member(ends, i))
			return false;
	return true;
}

static bool numeric(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

int ends_check_agents(const struct path_ends *ends, struct reason *why)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const char *text = *member(ends, i);
		struct reason inner;
		if (!text)
			continue;
		if (strlen(text) >= PATH_TRANSPORT)
			return reason_set(why, E2BIG, "--%s is too long", options[i].option);
		if (options[i].address && !numeric(text))
			return reason_set(why, EINVAL, "--%s: '%.60s' is no numeric address",
					  options[i].option, text);
		if (!options[i].address && transport_check(text, &inner))
			return reason_set(why, EINVAL, "--%s: %s", options[i].option, inner.text);
	}
	return 0;
}

int ends_check(const struct path_ends *ends, struct reason *why)
{
	int err = ends_check_agents(ends, why);
	return err || ends->rx_address
		       ? err
		       : reason_set(why, EDESTADDRREQ,
				    "name the receiver's address, to which the data goes, "
				    "with --rx-address");
}

/* Both at once: each takes its time, on a host of its own. */
static int ask_both(struct peer peers[2], bool probes, bool modes)
{
	const unsigned int which = probes ? FACTS_PROBES : 0;
	int err = peer_greet_both(&peers[0], &peers[1]);
	if (!err)
		err = facts_ask(&peers[0], which | (modes ? FACTS_TX_MODES : 0));
	return err ? err : facts_ask(&peers[1], which | (modes ? FACTS_RX_MODES : 0));
}

static json_t *take_facts(struct peer *peer, const char *address)
{
	json_t *facts = facts_take(peer);
	if (facts)
		json_object_set_new(facts, "address", address ? json_string(address) : json_null());
	return facts;
}

json_t *ends_facts(const struct path_ends *ends, bool probes, bool modes, struct reason *why)
{
	const char *tx = ends->tx_agent, *rx = ends->rx_agent;
	struct peer peers[2] = { { .role = "tx", .transport = tx ? tx : "local" },
				 { .role = "rx", .transport = rx ? rx : "local" } };
	json_t *tx_facts = NULL, *rx_facts = NULL, *both = NULL;
	if (!ask_both(peers, probes, modes))
		tx_facts = take_facts(&peers[0], ends->tx_address);
	if (tx_facts)
		rx_facts = take_facts(&peers[1], ends->rx_address);
	if (rx_facts)
		both = json_pack("{sO sO}", "tx", tx_facts, "rx", rx_facts);
	else
		*why = peers[0].failed || peers[0].skipped ? peers[0].why : peers[1].why;
	json_decref(tx_facts);
	json_decref(rx_facts);
	peer_end(&peers[0]);
	peer_end(&peers[1]);
	return both;
}

bool ends_probed(const json_t *facts, const char *end, struct reason *why)
{
	const json_t *probes = json_object_get(json_object_get(facts, end), "probes");
	const char *reason = json_string_value(json_object_get(probes, "reason"));
	reason_set(why, EOPNOTSUPP, "%s: %s", end, reason ? reason : "its agent does not say");
	return json_is_true(json_object_get(probes, "counts"));
}

static int same_fact(const json_t *was, const json_t *now, const char *end, const char *key,
		     struct reason *why)
{
	const char *a = json_string_value(json_object_get(json_object_get(was, end), key));
	const char *b = json_string_value(json_object_get(json_object_get(now, end), key));
	if (!strcmp(a ? a : "", b ? b : ""))
		return 0;
	if (!strcmp(key, "kernel"))
		return reason_set(why, EINVAL,
				  "--resume: the %s host runs Linux %.60s now, the run began with "
				  "%.60s; begin a new run",
				  end, b ? b : "?", a ? a : "?");
	return reason_set(
		why, EINVAL,
		"--resume: the run began with --%s-%s %.90s; resume it with the same ends", end,
		key, a ? a : "left out");
}

int ends_same(const json_t *was, const json_t *now, struct reason *why)
{
	int err = 0;
	for (size_t i = 0; !err && i < OPTIONS; i++)
		err = same_fact(was, now, options[i].end, options[i].key, why);
	if (!err)
		err = same_fact(was, now, "tx", "kernel", why);
	return err ? err : same_fact(was, now, "rx", "kernel", why);
}

void ends_print(FILE *file, const struct path_ends *ends)
{
	if (ends->agent_user)
		fprintf(file, " --agent-user %s", ends->agent_user);
	for (size_t i = 0; i < OPTIONS; i++) {
		const char *text = *member(ends, i);
		if (!text)
			continue;
		fprintf(file, " --%s '", options[i].option);
		for (; *text; text++)
			if (*text == '\'')
				fputs("'\\''", file);
			else
				fputc(*text, file);
		fputc('\'', file);
	}
}
