/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_output.h"
#include "host.h"
#include "hygiene.h"
#include "prober.h"
#include "trial.h"
#include "worker.h"

#define PIECE    900                   /* of a line of AGENT_LINE bytes */
#define FACTS_NS (300ULL * 1000000000) /* attaching probes may take a minute of it */

static json_t *probe_facts(void)
{
	struct sample sample;
	struct reason why;
	int err = prober_check(&sample, &why);
	return err ? json_pack("{sb ss}", "counts", 0, "reason", why.text)
		   : json_pack("{sb ss}", "counts", 1, "layer", sample.kern_layer);
}

static json_t *mode_facts(unsigned int which)
{
	return trial_list((which & FACTS_TX_MODES ? TRIAL_TX : 0) |
				  (which & FACTS_RX_MODES ? TRIAL_RX : 0),
			  "lo", NULL);
}

int facts_say(unsigned int which, struct reason *why)
{
	bool modes = which & (FACTS_TX_MODES | FACTS_RX_MODES);
	json_t *facts = json_pack("{so* so* so* so* so*}", "host", host_facts(), "build",
				  host_build(), "checks", hygiene_findings(), "probes",
				  which & FACTS_PROBES ? probe_facts() : NULL, "modes",
				  modes ? mode_facts(which) : NULL);
	/* In ASCII no line end and no half of a character can be in a piece. */
	char *text = facts ? json_dumps(facts, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(facts);
	if (!text)
		return reason_set(why, ENOMEM, "no memory for the host's facts");
	size_t length = strlen(text);
	for (size_t at = 0; at < length; at += PIECE)
		agent_say("json %.*s", PIECE, text + at);
	agent_say("done");
	free(text);
	return 0;
}

static json_t *refuse(struct peer *peer, const char *sentence)
{
	peer->failed = true;
	reason_set(&peer->why, EPROTO, "the %s agent's facts %s", peer->role, sentence);
	return NULL;
}

/* What is told of a host is printed on a terminal that is not its own. */
static void make_plain(json_t *value)
{
	const char *key, *text = json_string_value(value);
	size_t i;
	json_t *inner;
	json_object_foreach(value, key, inner) make_plain(inner);
	json_array_foreach(value, i, inner) make_plain(inner);
	if (!text)
		return;
	char *plain = strdup(text);
	for (char *c = plain; c && *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
		else if (*c == '\xc2' && (unsigned char)c[1] < 0xa0) /* U+0080 to U+009F too */
			c[0] = c[1] = ' ';
	json_string_set(value, plain ? plain : "");
	free(plain);
}

static json_t *parse(struct peer *peer, const char *text, size_t length)
{
	json_error_t error;
	json_t *facts = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	make_plain(facts);
	if (json_is_object(facts))
		return facts;
	json_decref(facts);
	return refuse(peer, "are no JSON object");
}

struct pieces {
	char *text;
	size_t length, room;
};

static bool add_piece(struct pieces *pieces, const char *piece)
{
	size_t more = strlen(piece);
	if (pieces->length + more > FACTS_MAX)
		return false;
	if (!pieces->text || pieces->length + more > pieces->room) {
		size_t room = 2 * (pieces->length + more) + 1;
		char *text = realloc(pieces->text, room);
		if (!text)
			return false;
		pieces->text = text;
		pieces->room = room;
	}
	memcpy(pieces->text + pieces->length, piece, more);
	pieces->length += more;
	return true;
}

json_t *facts_hear(struct peer *peer, uint64_t deadline_ns)
{
	struct pieces pieces = { 0 };
	json_t *facts = NULL;
	char *line, *piece;
	while (!peer_expect(peer, "", &line, deadline_ns)) {
		piece = line_after(line, "json");
		if (piece && add_piece(&pieces, piece))
			continue;
		peer->through = line_after(line, "done");
		if (peer->through)
			facts = parse(peer, pieces.text ? pieces.text : "", pieces.length);
		else
			refuse(peer, piece ? "are too long" : "have a line that was not due");
		break;
	}
	free(pieces.text);
	return facts;
}

static void add_greeting(json_t *facts, const struct peer *peer)
{
	const struct greeting *said = &peer->greeting;
	json_object_set_new(facts, "agent", json_string(peer->transport));
	json_object_set_new(facts, "zcbench", host_json_text(said->version));
	json_object_set_new(facts, "kernel", host_json_text(said->kernel));
	json_object_set_new(facts, "capabilities", host_json_text(said->capabilities));
}

int facts_ask(struct peer *peer, unsigned int which)
{
	return peer_say(peer, "facts%s%s%s", which & FACTS_PROBES ? " probes" : "",
			which & FACTS_TX_MODES ? " tx-modes" : "",
			which & FACTS_RX_MODES ? " rx-modes" : "");
}

json_t *facts_take(struct peer *peer)
{
	json_t *facts = facts_hear(peer, worker_now_ns() + FACTS_NS);
	if (facts)
		add_greeting(facts, peer);
	return facts;
}
