/* SPDX-License-Identifier: MIT */
/* keeper_work: what is done when it is asked for, in a keeper or, where there is none, right here.
 */
#ifndef ZCBENCH_KEEPER_WORK_H
#define ZCBENCH_KEEPER_WORK_H

#include "keeper_message.h"

/* From now on this process is a keeper: it takes nothing but these orders. */
void keeper_work_begin(const struct keeper_orders *orders);

/* Does what the request says. Nothing is known of whom it came from. */
void keeper_work(struct keeper_request *request, struct keeper_reply *reply);

/* Where there is no keeper, these are the ends of the path hosts. */
void keeper_work_ends(const struct path_ends *ends);

/* Whoever asked is gone: ends what was started, and closes the path. */
void keeper_work_end(void);

#endif
