/* SPDX-License-Identifier: MIT */
/*
 * agent: one end of one cell, as a process that speaks lines on stdin and stdout. It knows
 * nothing of the matrix. The lines, in this order:
 *
 *   coordinator            agent
 *   hello 3 VERSION        hello 3 VERSION KERNEL CAPABILITIES BOOT NETNS
 *   probe NETNS [NETNS]    probing      (if asked for: its zcprobe is attached)
 *                          unprobed SENTENCE   (or that it is not, and why)
 *   cell NAME=VALUE ...    (one line a dimension)
 *   role tx | role rx
 *   address ADDRESS        (rx: to bind; tx: to dial)
 *   source ADDRESS         (tx only, if asked for: to bind)
 *   token HEX              (of this repeat: a connection says it first, see order.h)
 *   limit SECONDS          (the agent ends by then, whatever happens)
 *   user NAME              (if asked for: whom to become, without any privilege)
 *   open                   port WHERE   (rx; a port number, or what the service says)
 *   connect WHERE          (tx)
 *                          ready
 *   count N                counting     (if it is probing: what goes to that port)
 *   go                     window       (the window is over; with `bytes`, the transfer)
 *   stop                   (tx only)
 *                          sample NAME=VALUE ...
 *                          hist NAME VALUE COUNT ...
 *                          done
 *
 * A coordinator that says `facts` after the greetings gets `json PIECE` lines and `done`: the facts
 * of the host and what on it spoils a measurement, as one JSON text in pieces; with the words
 * `probes`, `tx-modes` and `rx-modes` after it also whether its zcprobe counts, and which modes
 * run.
 *
 * Instead of any answer: `skip SENTENCE` (this machine cannot run the cell) or `fail SENTENCE`,
 * after which the agent exits. End of file on stdin ends the agent. A line has at most
 * AGENT_LINE bytes, its newline included.
 */
#ifndef ZCBENCH_AGENT_H
#define ZCBENCH_AGENT_H

#define AGENT_PROTOCOL    3
#define AGENT_LINE        1024
#define AGENT_TOKEN_BYTES 16

#endif
