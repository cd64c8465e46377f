/* SPDX-License-Identifier: MIT */
/*
 * control: a TCP connection beside each flow of a service that is none. It begins with the token,
 * so the other end is known; over it the two ends tell each other what they need to make the flow
 * (ports, hardware addresses), and the sender at its end what it sent; who closes it is through.
 */
#ifndef ZCBENCH_CONTROL_H
#define ZCBENCH_CONTROL_H

#include <stdbool.h>

#include "service.h"

/* For struct service: the flows come with control and seed, and without fd. */
int control_listen(const struct order *order, char where[SERVICE_WHERE], struct reason *why);
int control_accept(const struct order *order, int listener, int hangup_fd, struct flow *flows,
		   uint64_t *strangers, struct reason *why);
int control_dial(const struct order *order, const char *where, struct flow *flows,
		 struct reason *why);

/* All n bytes, within SERVICE_PATIENCE_S. 0, or -errno and a sentence. */
int control_say(const struct flow *flow, const void *data, size_t n, struct reason *why);
int control_hear(const struct flow *flow, void *data, size_t n, struct reason *why);

/* Without waiting: are n bytes there, which are then taken? */
bool control_heard(const struct flow *flow, void *data, size_t n);

/* Waits until the other end of the connection has closed it. False: patience ended first. */
bool control_wait_closed(int fd);

void control_close(struct flow *flow);

#endif
