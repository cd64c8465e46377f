/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger_laws.h"
#include "mode.h"

/*
 * Drivers copy the headers of a packet, and a small packet whole with them (vmxnet3: up to 128
 * bytes), and nobody is told. One part in so many is no zero-copy, but does not contradict who was
 * told so.
 */
#define WITH_HEADERS 1000

/* What is known of one side's bytes. */
struct side {
	const struct copy_mode *mode;
	uint64_t total;
	uint64_t abi_avoided, abi_copied; /* as the interface told */
	uint64_t kern_copied;             /* as the kernel was seen to do */
	uint64_t unseen;                  /* so many more may have been copied */
	uint64_t with_headers;            /* so many contradict nobody */
};

static bool known(uint64_t n)
{
	return n != FIELD_UNKNOWN;
}

static struct side tx_side(const struct cell *cell, const struct sample *sample)
{
	struct side side = { .mode = cell_tx(cell),
			     .total = sample->tx.total_bytes,
			     .abi_avoided = sample->abi_tx_zerocopy_bytes,
			     .abi_copied = sample->abi_tx_copied_bytes,
			     .kern_copied = FIELD_UNKNOWN,
			     .with_headers = sample->tx.total_bytes / WITH_HEADERS };
	/* A late copy is a copy of the sender's bytes, wherever it is made. */
	if (known(sample->kern_tx_copied_bytes) && known(sample->kern_late_copied_bytes))
		side.kern_copied = sample->kern_tx_copied_bytes + sample->kern_late_copied_bytes;
	if (known(sample->kern_unseen_bytes))
		side.unseen = sample->kern_unseen_bytes;
	return side;
}

static struct side rx_side(const struct cell *cell, const struct sample *sample)
{
	bool area = cell_rx(cell)->flags & MODE_AREA;
	return (struct side){ .mode = cell_rx(cell),
			      .total = sample->rx.total_bytes,
			      .abi_avoided = area ? sample->abi_rx_device_bytes
						  : sample->abi_rx_mapped_bytes,
			      .abi_copied = sample->abi_rx_copied_bytes,
			      .kern_copied = sample->kern_rx_copied_bytes };
}

/* Where the probes did not see what was left in lent memory, what they saw is not the whole. */
static void forget_area(const struct cell *cell, struct sample *sample)
{
	if ((cell_rx(cell)->flags & MODE_AREA) && !known(sample->kern_rx_device_bytes))
		sample->kern_rx_copied_bytes = sample->kern_rx_mapped_bytes = FIELD_UNKNOWN;
}

/* At least so many bytes were copied. That it copied, the kernel tells against its interest. */
static uint64_t copied_least(const struct side *side)
{
	bool told = side->unseen && known(side->abi_copied) && side->abi_copied > side->kern_copied;
	return told ? side->abi_copied : side->kern_copied;
}

/* Bytes that were copied although the program was told zero-copy. */
static uint64_t copied_unadmitted(const struct side *side)
{
	bool abi = known(side->abi_avoided) && known(side->abi_copied) && side->abi_avoided;
	return abi && known(side->kern_copied) && side->kern_copied > side->abi_copied
		       ? side->kern_copied - side->abi_copied
		       : 0;
}

static const char *judge_claim(const struct side *side)
{
	bool abi = known(side->abi_avoided) && known(side->abi_copied);
	bool kern = known(side->kern_copied);
	if (copied_unadmitted(side) > side->with_headers)
		return "contradicted";
	if (kern)
		return !(side->kern_copied + side->unseen) ? "zero-copy"
		       : copied_least(side) < side->total  ? "mixed"
							   : "copied";
	if (!abi)
		return "unproven";
	/* The kernel's word that it copied is against its interest; that it did not needs proof. */
	if (side->abi_copied == side->total)
		return "copied";
	return side->abi_copied ? "mixed" : "unproven";
}

static const char *judge_side(const struct side *side)
{
	if (!side->total)
		return "";
	if (side->mode->flags & MODE_CLAIMS)
		return judge_claim(side);
	return side->mode->flags & MODE_COPIES ? "copied" : "";
}

static bool is(const char *verdict, const char *word)
{
	return !strcmp(verdict, word);
}

/* The claims are what is judged: a side without one does not decide while the other has one. */
static const char *judge_both(const struct side *tx, const char *tx_verdict, const struct side *rx,
			      const char *rx_verdict)
{
	bool tx_claims = tx->mode->flags & MODE_CLAIMS, rx_claims = rx->mode->flags & MODE_CLAIMS;
	if (!*tx_verdict && !*rx_verdict)
		return "unproven";
	if (tx_claims && rx_claims) {
		if (is(tx_verdict, rx_verdict))
			return tx_verdict;
		if (is(tx_verdict, "contradicted") || is(rx_verdict, "contradicted"))
			return "contradicted";
		if (is(tx_verdict, "unproven") || is(rx_verdict, "unproven"))
			return "unproven";
		return "mixed";
	}
	if (tx_claims || !*rx_verdict)
		return tx_verdict;
	return rx_claims || !*tx_verdict ? rx_verdict : tx_verdict;
}

/* A lower bound must not pass for a count. */
static bool explain_unseen(const struct side *tx, struct sample *sample)
{
	if (!tx->unseen || *sample->reason || !(tx->mode->flags & MODE_CLAIMS))
		return false;
	if (is(sample->tx_verdict, "unproven"))
		snprintf(sample->reason, sizeof(sample->reason),
			 "%" PRIu64 " of %" PRIu64
			 " bytes passed where the kernel probes see nothing, and no copy was seen "
			 "of the others",
			 tx->unseen, tx->total);
	else if (is(sample->tx_verdict, "mixed") && copied_least(tx) + tx->unseen >= tx->total)
		snprintf(sample->reason, sizeof(sample->reason),
			 "at least %" PRIu64 " of %" PRIu64
			 " bytes were copied, and perhaps all: the others passed where the kernel "
			 "probes see nothing",
			 copied_least(tx), tx->total);
	return *sample->reason;
}

/* A verdict that is milder than the numbers look says why. */
static bool explain_few(const struct side *tx, struct sample *sample)
{
	uint64_t few = copied_unadmitted(tx);
	if (*sample->reason || !few || few > tx->with_headers || !is(sample->tx_verdict, "mixed"))
		return false;
	snprintf(
		sample->reason, sizeof(sample->reason),
		"%" PRIu64 " of %" PRIu64
		" bytes were copied although the sender was told zero-copy: so few (under 0.1 %%) as "
		"drivers copy with headers",
		few, tx->total);
	return true;
}

static bool some(uint64_t n)
{
	return known(n) && n;
}

/* What it measured is right, and yet not what somebody wanted to measure. */
static void explain_queues(struct sample *sample)
{
	if (!*sample->reason && some(sample->queue_unserved))
		snprintf(sample->reason, sizeof(sample->reason),
			 "%" PRIu64 " packets came by queues of the receiver's device that none of "
			 "its sockets serves; lower their number (ethtool -L), or steer the "
			 "packets (ethtool -N, -X)",
			 sample->queue_unserved);
	if (!*sample->reason && some(sample->queue_astray))
		snprintf(sample->reason, sizeof(sample->reason),
			 "%" PRIu64
			 " packets came by queues of another thread than their flow's, and "
			 "are lost; use --threads 1, or steer the packets (ethtool -N, -X)",
			 sample->queue_astray);
}

static void explain(struct sample *sample)
{
	if (!is(sample->verdict, "unproven") || *sample->reason)
		return;
	const char *sentence =
		"no witness: the interface tells nothing and no kernel probe counted";
	if (!*sample->tx_verdict && !*sample->rx_verdict)
		sentence = "no byte was moved, so there is nothing to prove";
	else if (known(sample->abi_tx_zerocopy_bytes) && sample->abi_tx_zerocopy_bytes)
		sentence = "the kernel's notifications say zero-copy, but no kernel probe counted";
	else if (known(sample->abi_rx_mapped_bytes) && sample->abi_rx_mapped_bytes)
		sentence = "the kernel told lengths mapped, but no kernel probe counted";
	else if (known(sample->abi_rx_device_bytes) && sample->abi_rx_device_bytes)
		sentence =
			"the kernel counted no copy of the area's bytes, but no kernel probe did";
	snprintf(sample->reason, sizeof(sample->reason), "%s", sentence);
}

void ledger_judge(const struct cell *cell, struct sample *sample)
{
	forget_area(cell, sample);
	struct side tx = tx_side(cell, sample), rx = rx_side(cell, sample);
	struct reason why;
	int err = ledger_laws(sample, rx.abi_avoided, &why);
	const char *tx_verdict = judge_side(&tx), *rx_verdict = judge_side(&rx);
	const char *verdict = err ? "fail" : judge_both(&tx, tx_verdict, &rx, rx_verdict);
	snprintf(sample->tx_verdict, sizeof(sample->tx_verdict), "%s", tx_verdict);
	snprintf(sample->rx_verdict, sizeof(sample->rx_verdict), "%s", rx_verdict);
	snprintf(sample->verdict, sizeof(sample->verdict), "%s", verdict);
	if (err)
		snprintf(sample->reason, sizeof(sample->reason), "%s", why.text);
	explain_queues(sample);
	if (!explain_unseen(&tx, sample) && !explain_few(&tx, sample))
		explain(sample);
}
