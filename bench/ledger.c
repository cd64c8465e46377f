/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mode.h"

/* What is known of one side's bytes. */
struct side {
	const struct copy_mode *mode;
	uint64_t total;
	uint64_t abi_avoided, abi_copied; /* as the interface told */
	uint64_t kern_copied;             /* as the kernel was seen to do */
	uint64_t unseen;                  /* so many more may have been copied */
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
			     .kern_copied = FIELD_UNKNOWN };
	/* A late copy is a copy of the sender's bytes, wherever it is made. */
	if (known(sample->kern_tx_copied_bytes) && known(sample->kern_late_copied_bytes))
		side.kern_copied = sample->kern_tx_copied_bytes + sample->kern_late_copied_bytes;
	if (known(sample->kern_unseen_bytes))
		side.unseen = sample->kern_unseen_bytes;
	return side;
}

static struct side rx_side(const struct cell *cell, const struct sample *sample)
{
	return (struct side){ .mode = cell_rx(cell),
			      .total = sample->rx.total_bytes,
			      .abi_avoided = sample->abi_rx_mapped_bytes,
			      .abi_copied = sample->abi_rx_copied_bytes,
			      .kern_copied = sample->kern_rx_copied_bytes };
}

/* At least so many bytes were copied. That it copied, the kernel tells against its interest. */
static uint64_t copied_least(const struct side *side)
{
	bool told = side->unseen && known(side->abi_copied) && side->abi_copied > side->kern_copied;
	return told ? side->abi_copied : side->kern_copied;
}

static const char *judge_claim(const struct side *side)
{
	bool abi = known(side->abi_avoided) && known(side->abi_copied);
	bool kern = known(side->kern_copied);
	/* Told zero-copy for some bytes, while more were copied than it admitted. */
	if (abi && side->abi_avoided && kern && side->kern_copied > side->abi_copied)
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

static int check_transfer(const struct sample *sample, struct reason *why)
{
	const struct sample_end *tx = &sample->tx, *rx = &sample->rx;
	if (tx->total_bytes != rx->total_bytes + sample->in_flight_bytes)
		return reason_set(why, EIO,
				  "the ledger does not close: %" PRIu64 " bytes sent, %" PRIu64
				  " received, %" PRIu64 " in flight at the close",
				  tx->total_bytes, rx->total_bytes, sample->in_flight_bytes);
	if (known(tx->tcp_bytes) && tx->tcp_bytes != tx->total_bytes)
		return reason_set(why, EIO,
				  "the sender counted %" PRIu64 " bytes, TCP counted %" PRIu64,
				  tx->total_bytes, tx->tcp_bytes);
	if (known(rx->tcp_bytes) && rx->tcp_bytes != rx->total_bytes)
		return reason_set(why, EIO,
				  "the receiver counted %" PRIu64 " bytes, TCP counted %" PRIu64,
				  rx->total_bytes, rx->tcp_bytes);
	if (known(sample->verify_errors) && sample->verify_errors)
		return reason_set(why, EIO, "%" PRIu64 " slices of the payload were wrong",
				  sample->verify_errors);
	return 0;
}

static int check_side(const struct side *side, const char *name, struct reason *why)
{
	if (known(side->abi_avoided) && known(side->abi_copied) &&
	    side->abi_avoided + side->abi_copied != side->total)
		return reason_set(why, EIO,
				  "the %s's ledger does not close: %" PRIu64 " zero-copy + %" PRIu64
				  " copied bytes told, %" PRIu64 " moved",
				  name, side->abi_avoided, side->abi_copied, side->total);
	return 0;
}

static int check_kernel_tx(const struct sample *sample, struct reason *why)
{
	uint64_t accepted = sample->kern_tx_bytes, copied = sample->kern_tx_copied_bytes;
	uint64_t referenced = sample->kern_tx_referenced_bytes,
		 spliced = sample->kern_tx_spliced_bytes;
	if (known(accepted) && accepted != sample->tx.total_bytes)
		return reason_set(why, EIO,
				  "the sender counted %" PRIu64
				  " bytes, the kernel probes %" PRIu64,
				  sample->tx.total_bytes, accepted);
	if (known(accepted) && known(copied) && known(referenced) && known(spliced) &&
	    copied + referenced + spliced != accepted)
		return reason_set(why, EIO,
				  "the kernel's ledger does not close: %" PRIu64
				  " copied + %" PRIu64 " referenced + %" PRIu64
				  " spliced bytes, %" PRIu64 " accepted",
				  copied, referenced, spliced, accepted);
	return 0;
}

static int check_kernel_rx(const struct sample *sample, struct reason *why)
{
	uint64_t delivered = sample->kern_rx_bytes, copied = sample->kern_rx_copied_bytes;
	uint64_t mapped = sample->kern_rx_mapped_bytes, dropped = sample->abi_rx_discarded_bytes;
	if (!known(dropped))
		dropped = 0;
	if (known(delivered) && delivered != sample->rx.total_bytes)
		return reason_set(why, EIO,
				  "the receiver counted %" PRIu64
				  " bytes, the kernel probes %" PRIu64,
				  sample->rx.total_bytes, delivered);
	if (known(delivered) && known(copied) && known(mapped) &&
	    copied + mapped + dropped != delivered)
		return reason_set(why, EIO,
				  "the kernel's ledger does not close: %" PRIu64
				  " copied + %" PRIu64 " mapped + %" PRIu64
				  " discarded bytes, %" PRIu64 " delivered",
				  copied, mapped, dropped, delivered);
	return 0;
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
	snprintf(sample->reason, sizeof(sample->reason), "%s", sentence);
}

void ledger_judge(const struct cell *cell, struct sample *sample)
{
	struct side tx = tx_side(cell, sample), rx = rx_side(cell, sample);
	struct reason why;
	int err = check_transfer(sample, &why);
	if (!err)
		err = check_side(&tx, "sender", &why);
	if (!err)
		err = check_side(&rx, "receiver", &why);
	if (!err)
		err = check_kernel_tx(sample, &why);
	if (!err)
		err = check_kernel_rx(sample, &why);
	const char *tx_verdict = judge_side(&tx), *rx_verdict = judge_side(&rx);
	const char *verdict = err ? "fail" : judge_both(&tx, tx_verdict, &rx, rx_verdict);
	snprintf(sample->tx_verdict, sizeof(sample->tx_verdict), "%s", tx_verdict);
	snprintf(sample->rx_verdict, sizeof(sample->rx_verdict), "%s", rx_verdict);
	snprintf(sample->verdict, sizeof(sample->verdict), "%s", verdict);
	if (err)
		snprintf(sample->reason, sizeof(sample->reason), "%s", why.text);
	if (!explain_unseen(&tx, sample))
		explain(sample);
}
