/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "audit.h"

#define DEVICE_NAME(device) ((device)->count.name)

struct teller {
	void (*say)(void *context, const char *sentence);
	void *context;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct teller *teller,
						       const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	teller->say(teller->context, text);
}

/* 0 for what is not known: these sentences are about what was seen. */
static uint64_t seen(const struct audit *audit, enum count_id id)
{
	uint64_t a = audit->counts.n[GROUP_FORWARD][id], b = audit->counts.n[GROUP_BACKWARD][id];
	return (a == UINT64_MAX ? 0 : a) + (b == UINT64_MAX ? 0 : b);
}

static void causes_of_devices(const struct audit *audit, const struct teller *teller)
{
	bool xdp = seen(audit, COUNT_XDP_COPIED);
	for (size_t i = 0; i < audit->device_count; i++) {
		const struct audit_device *device = &audit->devices[i];
		if (device->count.late_copied_bytes && !xdp)
			tell(teller,
			     "local delivery on %s copied %" PRIu64
			     " bytes that had been sent without "
			     "copying: packets that stay on one host are always copied",
			     DEVICE_NAME(device), (uint64_t)device->count.late_copied_bytes);
		if (device->count.tapped_bytes)
			tell(teller,
			     "somebody listens on %s (tcpdump, or another AF_PACKET socket), for whom "
			     "%" PRIu64 " bytes were copied that had been sent without copying",
			     DEVICE_NAME(device), (uint64_t)device->count.tapped_bytes);
		if (device->count.tx_bytes && !device->count.scatter_gather)
			tell(teller,
			     "%s has no scatter-gather, so every send is copied; `ethtool -K %s sg "
			     "on` if the driver can",
			     DEVICE_NAME(device), DEVICE_NAME(device));
	}
}

static void causes_of_sends(const struct audit *audit, const struct teller *teller)
{
	uint64_t asked = seen(audit, COUNT_TX_ZEROCOPY_CALLS), refused = seen(audit, COUNT_REFUSED),
		 memlock = seen(audit, COUNT_UNPINNABLE);
	if (asked && !seen(audit, COUNT_TX_REFERENCED))
		tell(teller,
		     "%" PRIu64
		     " calls asked for zero-copy and none got it: the route's device has no "
		     "scatter-gather",
		     asked);
	if (memlock)
		tell(teller,
		     "%" PRIu64
		     " zero-copy sends were refused for RLIMIT_MEMLOCK; raise it (ulimit -l) "
		     "or run with CAP_IPC_LOCK",
		     memlock);
	if (refused > memlock)
		tell(teller,
		     "%" PRIu64 " zero-copy sends were refused for want of option memory; raise "
		     "net.core.optmem_max, or read notifications more often",
		     refused - memlock);
	if (!asked && !seen(audit, COUNT_TX_SPLICED) && seen(audit, COUNT_TX_COPIED))
		tell(teller, "no send asked for zero-copy (MSG_ZEROCOPY with SO_ZEROCOPY, io_uring "
			     "SEND_ZC, sendfile or splice)");
}

void audit_causes(const struct audit *audit, void (*say)(void *context, const char *sentence),
		  void *context)
{
	const struct teller teller = { say, context };
	uint64_t xdp = seen(audit, COUNT_XDP_COPIED), segmented = seen(audit, COUNT_GSO_COPIED);
	uint64_t unmapped = seen(audit, COUNT_RX_UNMAPPED);
	uint64_t again = seen(audit, COUNT_LATE_AGAIN), unseen = seen(audit, COUNT_UNSEEN);
	causes_of_sends(audit, &teller);
	causes_of_devices(audit, &teller);
	if (unmapped)
		tell(&teller,
		     "%" PRIu64
		     " bytes could not be mapped into the receiver, as they were unaligned or filled no "
		     "whole page: it takes a sender with MSG_ZEROCOPY and page-aligned buffers, and an "
		     "MTU that carries whole pages",
		     unmapped);
	if (xdp)
		tell(&teller,
		     "%" PRIu64
		     " bytes were copied between two devices of this host, as for an XDP "
		     "program on the receiving one; the sender may have been told zero-copy",
		     xdp);
	if (seen(audit, COUNT_PULLED))
		tell(&teller, "%" PRIu64 " bytes were copied to make packets linear",
		     seen(audit, COUNT_PULLED));
	if (segmented)
		tell(&teller,
		     "%" PRIu64 " bytes were copied by segmenting in software for a device without "
		     "scatter-gather; the sender may have been told zero-copy",
		     segmented);
	if (again)
		tell(&teller,
		     "%" PRIu64
		     " more bytes were copied because packets were sent again or copied twice",
		     again);
	if (unseen)
		tell(&teller,
		     "%" PRIu64
		     " bytes were not seen to leave and arrive, as they were still queued at "
		     "the end or passed where tracepoints see nothing: so many more may have been "
		     "copied",
		     unseen);
}
