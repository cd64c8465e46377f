/* SPDX-License-Identifier: MIT */
/* keeper_message: what a keeper is asked and answers, and the way there: packets with fds. */
#ifndef ZCBENCH_KEEPER_MESSAGE_H
#define ZCBENCH_KEEPER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "keeper.h"

#define KEEPER_TEXT 8192
#define KEEPER_FDS  2

enum keeper_task {
	KEEPER_OPEN, /* text: a cell */
	KEEPER_CLOSE,
	KEEPER_AGENT, /* text: a transport; fds: its stdin and stdout */
	KEEPER_PROBER,
	KEEPER_KILL,
	KEEPER_FOLDER,
	KEEPER_FILE,
	KEEPER_CSV,
	KEEPER_FACTS,
	KEEPER_TASKS,
};

struct keeper_request {
	enum keeper_task task;
	pid_t pid;
	enum folder_file file;
	uint64_t netns[PROBER_NETNS];
	char text[KEEPER_TEXT];
};

struct keeper_reply {
	int err; /* 0, or -errno and why */
	struct reason why;
	pid_t pid;
	int fds[KEEPER_FDS]; /* -1: none. As numbers they mean nothing to the other process. */
	struct keeper_path path;
	struct folder_place place;
};

/* The cell as lines of NAME=VALUE, and back. 0, or -errno and a sentence. */
int keeper_cell_say(const struct cell *cell, char text[KEEPER_TEXT], struct reason *why);
int keeper_cell_hear(struct cell *cell, char *text, struct reason *why);

/* fds: those that are not -1 go along. False: the other process is gone. */
bool keeper_send(int to, const void *message, size_t length, const int fds[KEEPER_FDS]);

/* False: that was no message of this length, or the end. */
bool keeper_receive(int from, void *message, size_t length, int fds[KEEPER_FDS]);

#endif
