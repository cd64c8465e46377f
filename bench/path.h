/* SPDX-License-Identifier: MIT */
/* path: what joins the two ends of a cell, and the registry of paths. */
#ifndef ZCBENCH_PATH_H
#define ZCBENCH_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "reason.h"

#define PATH_TRANSPORT 1024

struct steering;

/* The ends that a user names, for the path hosts. NULL or "": not named. */
struct path_ends {
	const char *tx_agent, *rx_agent;     /* transports */
	const char *tx_address, *rx_address; /* numeric, of the data */
	const char *agent_user;              /* on every path: whom the agents become */
};

/*
 * One path that is open. Everything made for it (namespaces, devices, programs) lives behind
 * file descriptors of this process (of a run: its keeper), so that the kernel takes it away when
 * the process ends, however it ends: nothing is named, nothing has to be put back. Devices that
 * were there before are given back by path_close, or by the kernel if that is never called.
 */
struct path_link {
	/* Transports, see transport.h: "local", "netns:/proc/1/fd/5". */
	char tx_transport[PATH_TRANSPORT], rx_transport[PATH_TRANSPORT];
	char rx_address[64]; /* numeric address that the receiver binds and the sender dials */
	char tx_address[64]; /* numeric address that the sender binds; "": the kernel's choice */
	char tx_device[16], rx_device[16];
	int tx_netns, rx_netns; /* fds, -1: the caller's own namespace */
	int xdp_link;           /* fd of a BPF link, -1: none */
	/* Devices that were there before: close gives them back, see paths/nics.c. NULL: none. */
	void (*give_back)(struct path_link *link);
	int home_netns; /* fd, -1: none */
	struct path_device {
		unsigned int mtu;
		uint64_t sg, gso, tso, gro; /* as in struct cell */
	} tx_before, rx_before;
	struct steering *steering; /* what rx_device was like; NULL: it is as it was */
};

struct path {
	const char *name;
	const char *summary;
	bool wire;      /* packets leave these sockets for a card, or may */
	bool here;      /* the ends are two processes with nothing of the host's network between */
	bool elsewhere; /* the ends may be on other hosts: nothing here shows their traffic */
	/* 0, or -errno and a sentence. On failure nothing is left open. ends: may be NULL. */
	int (*open)(const struct cell *cell, const struct path_ends *ends, struct path_link *link,
		    struct reason *why);
};

/* The registry; NULL ends it. */
extern const struct path *const paths[];

/* Closes what open made. Safe on a link that was never opened but was path_link_clear()ed. */
void path_close(struct path_link *link);
void path_link_clear(struct path_link *link);

/* ---- for the paths themselves ---- */

/* The cell's MTU in bytes ("page" worked out for its family); 0: as the device comes. */
unsigned int path_mtu(const struct cell *cell);

/* Queues that each of the cell's devices is to have; 0: as they come. */
unsigned int path_queues(const struct cell *cell);

/* The transport into a namespace that this process holds open; "local" for NETNS_HERE. */
void path_transport(char transport[PATH_TRANSPORT], int netns);

#endif
