/* SPDX-License-Identifier: MIT */
/*
 * service: what carries the bytes of a flow from one end to the other, and what it gives: TCP, a
 * pipe, frames of a raw queue. A const struct of callbacks, and their registry. Modes move bytes
 * over flows; services make the flows, tell one end how to find the other, and end them.
 */
#ifndef ZCBENCH_SERVICE_H
#define ZCBENCH_SERVICE_H

#include <jansson.h>

#include "mode.h"
#include "order.h"
#include "sample.h"
#include "worker.h"

#define SERVICE_WHERE      128 /* what one end is told to find the other, with its NUL */
#define SERVICE_PATIENCE_S 10  /* for the other end, while flows are made and ended */

enum service_flag {
	SERVICE_RELIABLE = 1 << 0,  /* every byte arrives, once */
	SERVICE_ORDERED = 1 << 1,   /* in the order in which they were sent */
	SERVICE_ENCRYPTED = 1 << 2, /* whoever sees the wire sees no payload */
	SERVICE_DATAGRAMS = 1 << 3, /* pieces with bounds, counted by datagram.h; else a stream */
	SERVICE_ANSWERS = 1 << 4,   /* flow->fd is a socket that also carries rr's responses back */
	SERVICE_LOCAL = 1 << 5,     /* joins processes of one host, so no path matters to it */
	SERVICE_PROBED = 1 << 6,    /* the kernel probes count its sockets */
};

/* Who sees to it that a bit that fell over is noticed. */
enum service_checksum {
	CHECKSUM_NOBODY,
	CHECKSUM_KERNEL, /* its stack, which may leave it to a device, and does on lo and veth */
	CHECKSUM_DEVICE,
	CHECKSUM_PROGRAM,
};

struct service {
	const char *name;
	const char *summary; /* one line */
	unsigned int flags;
	enum service_checksum checksum;

	/* Its plainest modes: what its others are compared with, and tried with. */
	const struct copy_mode *tx, *rx;

	/* Of the dimensions of sockets and devices, those that it obeys; NULL ends the list. */
	const char *const *dimensions;

	/*
	 * rx: makes ready to be found. Returns a descriptor that the agent closes when the flows
	 * are there, or -errno and a sentence; where: what the sender has to be told.
	 */
	int (*listen)(const struct order *order, char where[SERVICE_WHERE], struct reason *why);

	/*
	 * rx: fills in order->cell.flows flows that the other end dials. hangup_fd: when its other
	 * side is closed, nobody wants them any more. 0, or -errno (-EPIPE: hung up) and a
	 * sentence; *strangers, who came and were no flow, is counted either way.
	 */
	int (*accept)(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		      uint64_t *strangers, struct reason *why);

	/* tx: the same for its end. */
	int (*dial)(const struct order *order, const char *where, struct flow *flows,
		    struct reason *why);

	/* The CPU that served the flow's last packet, -1: nobody says. NULL: nobody ever does. */
	int (*cpu)(const struct flow *flow);

	/*
	 * The sender's orderly end, in two parts, the first for all flows before the second for
	 * any: no more will be sent; and waiting until the receiver has taken everything. finish
	 * returns the bytes that are still on their way: 0, or what was when patience ended.
	 */
	void (*half_close)(struct flow *flow);
	uint64_t (*finish)(struct flow *flow);

	/*
	 * Adds what the flow's socket says of itself to the sample; first: also what is told of one
	 * flow only. NULL: it says nothing.
	 */
	void (*report)(const struct flow *flow, bool receiver, bool first, struct sample *sample);

	/* Frees what accept and dial took, of a flow in any state; may come twice. */
	void (*close)(struct flow *flow);
};

/* The registry; NULL ends the array. */
extern const struct service *const services[];

/* By which both modes of the cell move their bytes, NULL: their services differ. */
const struct service *service_of(const struct cell *cell);

/*
 * Do the cell's modes, path and workload go together with each other's services, and does the
 * service obey every dimension that is not at its preset? 0, or -EINVAL and the sentence.
 */
int service_check(const struct cell *cell, struct reason *why);

/* Of that, what says whether crossing these modes and this path makes a cell at all. */
bool service_fits(const struct cell *cell);

/* Fills in the columns that tell what the cell's service gives. */
void service_describe(const struct cell *cell, struct sample *sample);

const char *service_checksum_by(const struct service *service);

/* For run.json: {NAME: {"tx": MODE, "rx": MODE, "gives": TEXT}} of all services. */
json_t *services_json(void);

/* "stream, reliable, ordered, checksums by the kernel": what it gives, for people. */
void service_gives(const struct service *service, char *text, size_t room);

#endif
