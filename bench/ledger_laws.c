/* SPDX-License-Identifier: MIT */
#include "ledger_laws.h"

#include <errno.h>
#include <inttypes.h>

static bool known(uint64_t n)
{
	return n != FIELD_UNKNOWN;
}

/* Of datagrams some may be lost; the receiver knows by the total that the sender told it. */
static int check_arrival(const struct sample *sample, struct reason *why)
{
	uint64_t sent = sample->tx.total_bytes, received = sample->rx.total_bytes;
	uint64_t lost = known(sample->lost_bytes) ? sample->lost_bytes : 0;
	if (sent == received + sample->in_flight_bytes + lost)
		return 0;
	return reason_set(why, EIO,
			  "the ledger does not close: %" PRIu64 " bytes sent, %" PRIu64
			  " received, %" PRIu64 " in flight at the close, %" PRIu64 " lost",
			  sent, received, sample->in_flight_bytes, lost);
}

static int check_transfer(const struct sample *sample, struct reason *why)
{
	const struct sample_end *tx = &sample->tx, *rx = &sample->rx;
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

static int check_told(uint64_t total, uint64_t avoided, uint64_t copied, const char *name,
		      struct reason *why)
{
	if (known(avoided) && known(copied) && avoided + copied != total)
		return reason_set(why, EIO,
				  "the %s's ledger does not close: %" PRIu64 " zero-copy + %" PRIu64
				  " copied bytes told, %" PRIu64 " moved",
				  name, avoided, copied, total);
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
	uint64_t device = sample->kern_rx_device_bytes;
	if (!known(dropped))
		dropped = 0;
	if (!known(device))
		device = 0;
	if (known(delivered) && delivered != sample->rx.total_bytes)
		return reason_set(why, EIO,
				  "the receiver counted %" PRIu64
				  " bytes, the kernel probes %" PRIu64,
				  sample->rx.total_bytes, delivered);
	if (known(delivered) && known(copied) && known(mapped) &&
	    copied + mapped + device + dropped != delivered)
		return reason_set(why, EIO,
				  "the kernel's ledger does not close: %" PRIu64
				  " copied + %" PRIu64 " mapped + %" PRIu64
				  " in lent memory + %" PRIu64 " discarded bytes, %" PRIu64
				  " delivered",
				  copied, mapped, device, dropped, delivered);
	return 0;
}

int ledger_laws(const struct sample *sample, uint64_t rx_avoided, struct reason *why)
{
	int err = check_arrival(sample, why);
	if (!err)
		err = check_transfer(sample, why);
	if (!err)
		err = check_told(sample->tx.total_bytes, sample->abi_tx_zerocopy_bytes,
				 sample->abi_tx_copied_bytes, "sender", why);
	if (!err)
		err = check_told(sample->rx.total_bytes, rx_avoided, sample->abi_rx_copied_bytes,
				 "receiver", why);
	if (!err)
		err = check_kernel_tx(sample, why);
	return err ? err : check_kernel_rx(sample, why);
}
