/* SPDX-License-Identifier: MIT */
/* connection: the TCP sockets of an end, made as the cell asks and read back at the close. */
#ifndef ZCBENCH_CONNECTION_H
#define ZCBENCH_CONNECTION_H

#include "order.h"
#include "sample.h"
#include "worker.h"

#define CONNECTION_PATIENCE_S 10

/*
 * Listens, without blocking, on a port that the kernel picks. Returns the fd, or -errno and a
 * sentence.
 */
int connection_listen(const struct cell *cell, const char *address, uint16_t *port,
		      struct reason *why);

/*
 * Return the fd, or -errno and a sentence; *seed is the client's port, known to both. accept:
 * -EAGAIN when there is nobody. dial: connects, and says the token, which belongs to no flow.
 */
int connection_accept(const struct cell *cell, int listener, uint64_t *seed, struct reason *why);
int connection_dial(const struct order *order, uint16_t port, uint64_t *seed, struct reason *why);

/* The CPU that served its last packet, -1: the kernel does not say. */
int connection_cpu(int fd);

/*
 * The sender's orderly end, in two parts: no more will be sent; and waiting until the receiver
 * has read everything and closed. Returns the bytes still in the send queue: 0 after that, or
 * what was in flight when the patience ended.
 */
void connection_half_close(int fd);
uint64_t connection_finish(int fd);

/* Adds what the socket says of itself to the sample; first: also what is told of one flow only. */
void connection_report(int fd, bool receiver, bool first, struct sample *sample);

/* Adds up what is told of all flows. */
void connection_add(struct sample *sum, const struct sample *from);

#endif
