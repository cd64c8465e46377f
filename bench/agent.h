/* SPDX-License-Identifier: MIT */
/*
 * agent: one end of one cell, as a process that speaks lines on stdin and stdout. It knows
 * nothing of the matrix. The lines, in this order:
 *
 *   coordinator            agent
 *   hello 2 VERSION        hello 2 VERSION KERNEL CAPABILITIES
 *   cell NAME=VALUE ...    (one line a dimension)
 *   role tx | role rx
 *   address ADDRESS        (rx: to bind; tx: to dial)
 *   source ADDRESS         (tx only, if asked for: to bind)
 *   token HEX              (of this repeat: what a connection says first)
 *   limit SECONDS          (the agent ends by then, whatever happens)
 *   user NAME              (if asked for: whom to become, without any privilege)
 *   open                   port N       (rx)
 *   connect N              (tx)
 *                          ready
 *   go                     window       (the window is over; with `bytes`, the transfer)
 *   stop                   (tx only)
 *                          sample NAME=VALUE ...
 *                          hist NAME VALUE COUNT ...
 *                          done
 *
 * A coordinator that says `facts` after the greetings gets `json PIECE` lines and `done`: the facts
 * of the host and what on it spoils a measurement, as one JSON text in pieces.
 *
 * Instead of any answer: `skip SENTENCE` (this machine cannot run the cell) or `fail SENTENCE`,
 * after which the agent exits. End of file on stdin ends the agent. A line has at most
 * AGENT_LINE bytes, its newline included.
 */
#ifndef ZCBENCH_AGENT_H
#define ZCBENCH_AGENT_H

#define AGENT_PROTOCOL    2
#define AGENT_LINE        1024
#define AGENT_TOKEN_BYTES 16

#endif
