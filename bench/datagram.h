/* SPDX-License-Identifier: MIT */
/*
 * datagram: what services without a stream put before their payload, so that both ends can account
 * for every byte: whose it is, which piece of the stream, and how many there were. One datagram
 * carries a piece of one message. The sender tells its total of bytes over the control connection;
 * what has not come once all is quiet is lost.
 */
#ifndef ZCBENCH_DATAGRAM_H
#define ZCBENCH_DATAGRAM_H

#include <sys/uio.h>

#include "control.h"

/* In the wire's order: little-endian, 32 bytes. */
struct datagram {
	uint64_t mark;     /* the repeat's; what has another is a stranger's */
	uint64_t sequence; /* among the flow's datagrams, from 0 */
	uint64_t offset;   /* of its first payload byte in the flow's stream */
	uint32_t flow;     /* its seed */
	uint32_t length;   /* of the payload that follows */
};

/* Later than this many others, a datagram cannot be told from a duplicate. */
#define DATAGRAM_WINDOW 16384

/* Sets mark of the flows, once they have their seeds; for a service's accept and dial. */
void datagram_mark(const struct order *order, struct flow *flows);

/* tx: the header of the datagram that is `ahead` datagrams and bytes after those sent so far. */
struct datagram datagram_make(const struct flow *flow, uint64_t ahead, uint64_t ahead_bytes,
			      size_t length);

/* tx: the kernel took n datagrams; their bytes are told to tx_took, as those of any mode. */
static inline void datagram_sent(struct flow *flow, uint64_t n)
{
	flow->sequence += n;
}

/*
 * tx: a send failed with this errno. Is it that the device is down, or the route gone, which was
 * there before? That may pass: it has paused for a moment, and counted a wait. Not for longer than
 * 10 s. False: a failure.
 */
bool datagram_down(struct worker *worker, int err);

/* For a service's half_close and finish: tells the total; waits until the receiver has done. */
void datagram_half_close(struct flow *flow);
uint64_t datagram_finish(struct flow *flow);

/* rx, in a mode's open and close. 0, or -ENOMEM and worker->why. */
int datagram_open(struct worker *worker);
void datagram_close(struct worker *worker);

/*
 * rx: whose is a frame of n bytes on a queue of several flows? NULL: a stranger's, or of a flow of
 * another thread, counted as that.
 */
struct flow *datagram_flow(struct worker *worker, const void *frame, size_t n);

/*
 * rx: a frame came for the flow, header first. Looks at the payload as the cell asks, and counts.
 * False: it was a stranger's or a duplicate, counted as that.
 */
bool datagram_got(struct worker *worker, struct flow *flow, const void *frame, size_t n);

/* The same of a frame in pieces, whose header is in the first one. */
bool datagram_got_pieces(struct worker *worker, struct flow *flow, const struct iovec *pieces,
			 unsigned int count);

/*
 * rx: nothing came for WORKER_PATIENCE_MS, which the mode just slept in vain. Ends the flows whose
 * sender has told its total: what is missing is lost.
 */
void datagram_quiet(struct worker *worker);

/* Since when nothing came: part of a receiver's state, zeroed. */
struct datagram_idle {
	uint64_t bytes; /* that had come when some last came */
	uint64_t since_ns;
};

/*
 * rx: after each step. slept: WORKER_PATIENCE_MS in vain; where a mode cannot tell, so long without
 * a byte of ours is as good. What strangers send is no sign of life. Calls datagram_quiet when due.
 */
void datagram_rest(struct worker *worker, struct datagram_idle *idle, bool slept);

#endif
