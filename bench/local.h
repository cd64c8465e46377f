/* SPDX-License-Identifier: MIT */
/*
 * local: how two agents of one host meet for a service that needs no network: at a unix socket in a
 * folder that only their user can enter, and with the repeat's token. Over each connection goes the
 * flow's seed and, if the service has one, a descriptor.
 */
#ifndef ZCBENCH_LOCAL_H
#define ZCBENCH_LOCAL_H

#include "service.h"

/* For struct service. accept: the flows come with seed, control, and fd: what was passed, or -1. */
int local_listen(const struct order *order, char where[SERVICE_WHERE], struct reason *why);
int local_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		 uint64_t *strangers, struct reason *why);

/* Makes what a flow's bytes go through, and passes it on. 0, or -errno and a sentence. */
typedef int local_join_fn(const struct order *order, struct flow *flow, struct reason *why);

/* Of each flow a connection, flow->control, that has said the token; then join. The same. */
int local_dial(const struct order *order, const char *where, struct flow *flows,
	       local_join_fn *join, struct reason *why);

/* Tells flow->seed, and passes the descriptor, which stays open here; -1: none. */
int local_pass(const struct flow *flow, int fd, struct reason *why);

/* Closes fd and control. */
void local_close(struct flow *flow);

#endif
