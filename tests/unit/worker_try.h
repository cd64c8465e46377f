/* SPDX-License-Identifier: MIT */
/* worker_try: what the tests of workers share: one worker of three flows, without sockets. */
#ifndef ZCBENCH_TEST_WORKER_TRY_H
#define ZCBENCH_TEST_WORKER_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mode.h"
#include "payload.h"
#include "worker.h"

static struct cell cell;
static struct worker worker;
static struct flow flows[3];
static _Atomic int phase;
static struct copy_mode mode;

static inline int set_up(void **state)
{
	(void)state;
	field_presets(&cell_table, &cell);
	memset(&worker, 0, sizeof(worker));
	worker.flows = flows;
	worker.flow_count = 3;
	worker.phase = &phase;
	phase = PHASE_WARMUP;
	for (uint32_t i = 0; i < 3; i++)
		flows[i] = (struct flow){ .index = i, .seed = 40000 + i, .credit = FIELD_MAX };
	mode = (struct copy_mode){ .name = "test", .direction = MODE_TX, .flags = MODE_ASYNC };
	return payload_init();
}

static inline int tear_down(void **state)
{
	(void)state;
	worker_close(&worker);
	hist_close(&worker.notify);
	hist_close(&worker.latency);
	return 0;
}

static inline void open_worker(uint64_t size)
{
	cell.size = size;
	if (worker_open(&worker, &cell, &mode))
		fail_msg("%s", worker.why.text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
