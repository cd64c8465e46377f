/* SPDX-License-Identifier: MIT */
/*
 * ends: the two ends that a user names for the path hosts. They come from the command line and from
 * nowhere else: an experiment, or the folder of a run, must not decide what is started where.
 */
#ifndef ZCBENCH_ENDS_H
#define ZCBENCH_ENDS_H

#include <jansson.h>
#include <stdio.h>

#include "path.h"

/* Takes an option (tx-agent ...), whose argument must live on. False: it is none of them. */
bool ends_take(struct path_ends *ends, const char *name, const char *argument);

/* Nothing named at all? */
bool ends_none(const struct path_ends *ends);

/* Could they be started and addressed, as far as can be told from here? 0, or -errno. */
int ends_check(const struct path_ends *ends, struct reason *why);

/* The same without an address of the receiver's, where no data is to go there. */
int ends_check_agents(const struct path_ends *ends, struct reason *why);

/*
 * Asks both agents for the facts of their hosts: {tx: {agent, address, kernel, host, checks ...},
 * rx: ...}; if asked for, with probes, and with the modes of the end's own direction. NULL and a
 * sentence when one of them cannot be asked.
 */
json_t *ends_facts(const struct path_ends *ends, bool probes, bool modes, struct reason *why);

/*
 * Are these the ends that a run began with, on the kernels that it began with? was: what
 * ends_facts said then; NULL: it had none. 0, or -EINVAL and a sentence that says what to change.
 */
int ends_same(const json_t *was, const json_t *now, struct reason *why);

/* Does the end ("tx", "rx") of what ends_facts said have kernel probes that count? Or why not. */
bool ends_probed(const json_t *facts, const char *end, struct reason *why);

/* " --rx-agent 'ssh:b'", to be typed into a shell. */
void ends_print(FILE *file, const struct path_ends *ends);

#endif
