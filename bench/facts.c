/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_output.h"
#include "host.h"
#include "hygiene.h"
#include "worker.h"

#define PIECE    900 /* of a line of AGENT_LINE bytes */
#define FACTS_NS (60ULL * 1000000000)

int facts_say(struct reason *why)
{
	json_t *facts = json_pack("{so* so* so*}", "host", host_facts(), "build", host_build(),
				  "checks", hygiene_findings());
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

static json_t *parse(struct peer *peer, const char *text, size_t length)
{
	json_error_t error;
	json_t *facts = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
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

json_t *facts_ask(const char *transport, const char *role, struct reason *why)
{
	struct peer peer;
	json_t *facts = NULL;
	int err = peer_greet(&peer, transport, role);
	if (!err)
		err = peer_say(&peer, "facts");
	if (!err)
		facts = facts_hear(&peer, worker_now_ns() + FACTS_NS);
	if (facts)
		add_greeting(facts, &peer);
	else
		*why = peer.why;
	peer_end(&peer);
	return facts;
}
