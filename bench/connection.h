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
 * Return the fd, or -errno and a sentence. accept: -EAGAIN when there is nobody; also takes from a
 * unix socket. dial: connects, and says the token of the flow of this number, which is no payload.
 */
int connection_accept(const struct cell *cell, int listener, struct reason *why);
int connection_dial(const struct order *order, uint16_t port, uint64_t number, struct reason *why);

/* SO_RCVBUF or SO_SNDBUF as the cell asks, of any socket. 0, or -errno and a sentence. */
int connection_buffers(int fd, const struct cell *cell, bool receiver, struct reason *why);

/*
 * SO_RCVLOWAT as the cell asks, of a receiver whose first bytes are the payload's. 0, or -errno and
 * a sentence.
 */
int connection_lowat(int fd, const struct cell *cell, struct reason *why);

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

#endif
