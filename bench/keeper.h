/* SPDX-License-Identifier: MIT */
/*
 * keeper: does what needs the privileges that zcbench was started with: opens paths, starts agents
 * and zcprobe and ends them, and opens the files of a run's folder. `run` starts one as a child of
 * its own, before it reads anything that somebody else wrote, and then gives all privileges up.
 * Wherever none was started (doctor, an agent that tries its host's modes), the same is done by the
 * calling process.
 *
 * A keeper does what was typed on the command line, of which it has a copy, for any cell, and
 * nothing else: the requests are hostile input. It sleeps until it is asked. However the caller
 * ends, the keeper sees it, ends what it started, closes the path, and so gives devices back.
 */
#ifndef ZCBENCH_KEEPER_H
#define ZCBENCH_KEEPER_H

#include <jansson.h>

#include "child.h"
#include "folder_place.h"
#include "order.h"
#include "path.h"

/* What the user typed. Strings live as long as the program does. */
struct keeper_orders {
	const struct path_ends *ends;
	const char *out, *run_id; /* of a new run; run_id NULL: the usual name */
	const char *resume;       /* or the folder of one that is to go on */
	const char *csv;          /* a file; NULL: none */
};

/* What there is to know of an open path. */
struct keeper_path {
	char tx_transport[PATH_TRANSPORT], rx_transport[PATH_TRANSPORT];
	char rx_address[64], tx_address[64]; /* as in struct path_link */
	uint64_t netns[PROBER_NETNS];        /* numbers of the sender's and the receiver's */
};

/* It is awaited at exit. -ECONNRESET from any of those below: the keeper has ended, and what it
 * kept open is gone. */
int keeper_start(const struct keeper_orders *orders, struct reason *why);

/* One path at a time. ends: may be NULL; a keeper takes those that it was started with. */
int keeper_path_open(const struct cell *cell, const struct path_ends *ends,
		     struct keeper_path *path, struct reason *why);
int keeper_path_close(struct reason *why);

/* spec: see transport.h; a keeper takes those of the open path and of its ends. */
int keeper_agent(const char *spec, struct child *child, struct reason *why);
int keeper_prober(const uint64_t netns[PROBER_NETNS], struct child *child, struct reason *why);

/* Kills it if it still runs, and waits for it. */
void keeper_end(struct child *child);

/* As those of folder_place.h; a keeper takes the names that it was started with. */
int keeper_folder_make(struct folder_place *place, const char *base, const char *run_id,
		       struct reason *why);
int keeper_folder_find(struct folder_place *place, const char *path, struct reason *why);

/*
 * The fd of a file; place: where it is, if no keeper was started. 0 for one that is
 * renamed or removed. -errno and a sentence.
 */
int keeper_file(const struct folder_place *place, enum folder_file file, struct reason *why);

/* Of this host, as far as root can see them (host.h). NULL: no memory. */
json_t *keeper_facts(void);

/* An fd of the file that --csv names. */
int keeper_csv(struct reason *why);

#endif
