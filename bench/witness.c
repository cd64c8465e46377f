/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "worker.h"

#define ATTACH_NS (70ULL * 1000000000) /* longer than an agent waits for its zcprobe */
#define COUNT_NS  (10ULL * 1000000000)

/* *counts: it does; or it says why not. -errno: the peer failed. */
static int hear(struct peer *peer, bool *counts, struct reason *why)
{
	char *line, *sentence;
	int err = peer_expect(peer, "", &line, worker_now_ns() + ATTACH_NS);
	if (err)
		return err;
	*counts = line_after(line, "probing");
	sentence = line_after(line, "unprobed");
	if (!*counts && !sentence)
		return peer_refuse(peer, "answered with a line that was not due");
	if (sentence)
		reason_set(why, EOPNOTSUPP, "%s", sentence);
	return 0;
}

static int start_one_kernel(struct witness *witness)
{
	struct peer *tx = witness->tx, *rx = witness->rx;
	uint64_t a = tx->greeting.netns, b = rx->greeting.netns;
	int err = peer_say(tx, "probe %" PRIu64 " %" PRIu64, a, b);
	if (!err)
		err = hear(tx, &witness->tx_counts, &witness->tx_why);
	if (err || witness->tx_counts)
		return err;
	err = peer_say(rx, "probe %" PRIu64 " %" PRIu64, a, b);
	return err ? err : hear(rx, &witness->rx_counts, &witness->rx_why);
}

/* Both at the same time: attaching is slow. */
static int start_two_kernels(struct witness *witness)
{
	struct peer *tx = witness->tx, *rx = witness->rx;
	int err = peer_say(tx, "probe %" PRIu64, tx->greeting.netns);
	if (!err)
		err = peer_say(rx, "probe %" PRIu64, rx->greeting.netns);
	if (!err)
		err = hear(tx, &witness->tx_counts, &witness->tx_why);
	return err ? err : hear(rx, &witness->rx_counts, &witness->rx_why);
}

int witness_start(struct witness *witness, struct peer *tx, struct peer *rx)
{
	const char *boot = tx->greeting.boot;
	*witness = (struct witness){ .tx = tx, .rx = rx };
	witness->one_kernel = strlen(boot) > 1 && !strcmp(boot, rx->greeting.boot);
	int err = witness->one_kernel ? start_one_kernel(witness) : start_two_kernels(witness);
	if (err || witness->tx_counts || witness->rx_counts)
		return err;
	tx->failed = true;
	return reason_set(&tx->why, EOPNOTSUPP,
			  "the kernel probes of neither end count: tx: %.90s; rx: %.90s",
			  witness->tx_why.text, witness->rx_why.text);
}

static int count(struct peer *peer, const char *port)
{
	char *nothing;
	int err = peer_say(peer, "count %s", port);
	return err ? err : peer_expect(peer, "counting", &nothing, worker_now_ns() + COUNT_NS);
}

int witness_count(const struct witness *witness, const char *port)
{
	int err = witness->tx_counts ? count(witness->tx, port) : 0;
	return !err && witness->rx_counts ? count(witness->rx, port) : err;
}

/* "fentry", or "fentry/tracepoint" of a sender's and a receiver's that differ. */
static void merge_layers(const char *tx_layer, struct sample *sample)
{
	char rx_layer[sizeof(sample->kern_layer)];
	snprintf(rx_layer, sizeof(rx_layer), "%s", sample->kern_layer);
	if (*tx_layer && strcmp(tx_layer, rx_layer))
		snprintf(sample->kern_layer, sizeof(sample->kern_layer), "%.28s/%.28s", tx_layer,
			 rx_layer);
}

static void note(const char *end, const struct reason *why, struct sample *sample)
{
	size_t length = strlen(sample->reason);
	snprintf(sample->reason + length, sizeof(sample->reason) - length,
		 "%sno kernel probes at the %s: %s", length ? "; " : "", end, why->text);
}

void witness_merge(const struct witness *witness, const char *tx_layer, struct sample *sample)
{
	if (witness->tx_counts && witness->rx_counts)
		merge_layers(tx_layer, sample);
	if (witness->one_kernel)
		return;
	if (!witness->tx_counts)
		note("sender", &witness->tx_why, sample);
	if (!witness->rx_counts)
		note("receiver", &witness->rx_why, sample);
}
