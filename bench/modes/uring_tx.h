/* SPDX-License-Identifier: MIT */
/*
 * uring_tx: the sending half of the io_uring modes, which differ in the request alone.
 *
 * Each flow has at most one chain of linked requests in the kernel, so that its stream keeps its
 * order; the next chain goes out when the sends (not the notifications) of the last one are
 * complete. A request that comes back short breaks its chain: the rest of it and everything
 * behind it are sent again, in order. A transfer lives until the kernel has let go of its
 * buffer: at its completion, or at its notification if the completion announced one.
 */
#ifndef ZCBENCH_MODES_URING_TX_H
#define ZCBENCH_MODES_URING_TX_H

#include <sys/socket.h>

#include "uring.h"

enum transfer_state {
	TRANSFER_FREE,
	TRANSFER_QUEUED,  /* submitted, or about to be */
	TRANSFER_ENDED,   /* its completion came, but not that of one before it in its flow */
	TRANSFER_CUT,     /* the kernel did not take all of it: to be sent again */
	TRANSFER_RETIRED, /* taken whole; only its notification is still to come */
};

struct uring_transfer {
	struct uring_transfer *next; /* of its flow in stream order, or of the free ones */
	struct flow *flow;
	struct buffer *buffer;
	unsigned char *data;
	uint32_t length;     /* asked for; what tx_hold was told */
	uint32_t taken;      /* by the kernel */
	uint32_t generation; /* tells its completions from those of the index's last user */
	enum transfer_state state;
	bool pinned; /* a notification will come */
	uint64_t sent_ns;
	struct msghdr message; /* of sendmsg requests */
	struct iovec *parts;
	uint64_t parts_max;
};

/* Per flow: the transfers that the kernel has not taken whole. */
struct uring_stream {
	struct flow *flow;
	struct uring_transfer *first, *last;
	unsigned int queued; /* of them, those whose completion is still to come */
};

/* Fills in the request for a transfer. */
typedef void uring_prepare(struct io_uring_sqe *sqe, struct uring_transfer *transfer);

/* First member of the state of every tx mode of io_uring. */
struct uring_tx {
	struct uring uring;
	uring_prepare *prepare;
	bool notifies; /* zero-copy: requests bring notifications */

	struct uring_transfer *transfers, *free;
	unsigned int transfer_count;
	struct iovec *parts;

	struct uring_stream *streams;
	struct uring_stream **ready; /* a queue of the streams with nothing in the kernel */
	unsigned int ready_first, ready_count, stream_count;

	unsigned int queued; /* transfers whose completion is still to come */
	unsigned int pinned; /* transfers whose notification is still to come */
	unsigned int lent; /* of them, those of sends that took bytes: memory that will come back */
	bool starved;      /* refused for want of memory: wait for a notification */
	unsigned int chain_max;
	unsigned int refusals; /* in a row, with nothing of ours in the kernel */
	bool wanting;          /* credit, but no buffer */
	uint64_t now_ns;       /* of the batch being submitted or reaped; 0: clock not read yet */
};

/* worker->state starts with a struct uring_tx. parts: of each message's iovec, or 0. */
int uring_tx_open(struct worker *worker, uring_prepare *prepare, bool notifies, uint64_t parts);
int uring_tx_step(struct worker *worker);
int uring_tx_drain(struct worker *worker);
void uring_tx_close(struct worker *worker);

/* One completion. 0, or -errno and worker->why. */
int uring_tx_complete(struct worker *worker, uint64_t user_data, int32_t result, uint32_t flags);

/* The sentence for memory that does not even take one message, and its -errno. */
int uring_tx_unpinnable(struct worker *worker);

/* Queues what may be sent now. Returns the requests queued, or -errno and worker->why. */
int uring_tx_fill(struct worker *worker);

#endif
