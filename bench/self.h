/* SPDX-License-Identifier: MIT */
/* self: where this program is, and what lies beside it. */
#ifndef ZCBENCH_SELF_H
#define ZCBENCH_SELF_H

#include <stddef.h>

/* What to exec for one more of us: also when our file was replaced, or came by `zcbench push`. */
const char *self_program(void);

/* The path of a program beside us, or in the libexec folder; NULL: in neither. */
const char *self_beside(const char *name, char *room, size_t size);

/* That folder. */
const char *self_libexec(void);

#endif
