/* SPDX-License-Identifier: MIT */
/*
 * msg_zerocopy: senders whose calls carry MSG_ZEROCOPY, and whose notices come on the error queue
 * of the socket. They differ in the call alone.
 */
#ifndef ZCBENCH_MODES_MSG_ZEROCOPY_H
#define ZCBENCH_MODES_MSG_ZEROCOPY_H

#include "socket.h"
#include "zerocopy_notice.h"

/*
 * One call, with MSG_ZEROCOPY, for what it takes of the flow's current message; one notice will
 * tell of it. The payload bytes it took, or -1 and errno.
 */
typedef ssize_t zerocopy_call(struct worker *worker, struct flow *flow, const struct slice *slice);

/* First member of the state of every such mode. */
struct zerocopy {
	struct socket_set set; /* first: socket_step's */
	zerocopy_call *call;
	struct notice_table table;
	struct notice_list *lists; /* by flow->index */
	unsigned int sent;         /* calls since the error queue was last read */
	unsigned int read_after;   /* so many calls */
	unsigned int no_memory_tries;
};

int msg_zerocopy_open(struct worker *worker, zerocopy_call *call);
int msg_zerocopy_step(struct worker *worker);
int msg_zerocopy_drain(struct worker *worker);
void msg_zerocopy_close(struct worker *worker);

#endif
