/* SPDX-License-Identifier: MIT */
/* transport_ssh: the command line that reaches an agent on another host by the system's ssh. */
#ifndef ZCBENCH_TRANSPORT_SSH_H
#define ZCBENCH_TRANSPORT_SSH_H

#include "words.h"

/* Where `zcbench push` puts it; looked in before the other host's PATH. */
#define TRANSPORT_SSH_HOME ".local/lib/zcbench"

/*
 * destination: [USER@]HOST[:PORT], with an IPv6 address in brackets. The user's keys, config and
 * jump hosts apply; ssh never asks a question (BatchMode). ZCBENCH_SSH replaces the program and
 * its first options. 0, or -EINVAL and a sentence.
 */
int transport_ssh_words(const char *destination, struct words *words, struct reason *why);

#endif
