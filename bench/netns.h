/* SPDX-License-Identifier: MIT */
/*
 * netns: network namespaces without a name. A namespace is a file descriptor of this process
 * and nothing else, so the kernel takes it away with the process, also after SIGKILL.
 *
 * No function changes the namespace of the calling thread: each enters the other one in a
 * helper thread that ends before it returns.
 */
#ifndef ZCBENCH_NETNS_H
#define ZCBENCH_NETNS_H

#include "reason.h"

#define NETNS_HERE -1 /* the caller's own namespace */

/*
 * A fresh namespace, its lo still down, as a close-on-exec fd in *netns. 0, or -errno and a
 * sentence, *netns then NETNS_HERE.
 */
int netns_open(int *netns, struct reason *why);

/* The namespace that the caller is in, as a close-on-exec fd in *netns; as netns_open. */
int netns_here(int *netns, struct reason *why);

/* Closes *netns unless it is NETNS_HERE, which it is afterwards. */
void netns_close(int *netns);

/*
 * Runs work(argument) inside the namespace and returns what it returned, or -errno and a
 * sentence when the namespace could not be entered.
 */
int netns_run(int netns, int (*work)(void *argument), void *argument, struct reason *why);

/*
 * A close-on-exec socket that belongs to the namespace, whoever uses it: netlink and ioctl
 * through it act there. The fd, or -errno and a sentence.
 */
int netns_socket(int netns, int domain, int type, int protocol, struct reason *why);

#endif
