/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell.h"
#include "mode.h"
#include "path.h"
#include "service.h"
#include "workload.h"

static struct reason why;

/* The preset cell with "name=value name=value" applied. */
static struct cell make(const char *assignments)
{
	struct cell cell;
	char text[256], *rest = text, *word;
	field_presets(&cell_table, &cell);
	snprintf(text, sizeof(text), "%s", assignments);
	while ((word = strsep(&rest, " ")) && *word) {
		char *value = strchr(word, '=');
		*value++ = '\0';
		const struct field *field = field_find(&cell_table, word);
		assert_non_null(field);
		if (field_parse(field, &cell, value, &why))
			fail_msg("%s", why.text);
	}
	return cell;
}

static void test_presets(void **state)
{
	(void)state;
	struct cell cell = make("");
	assert_string_equal(cell_tx(&cell)->name, "send");
	assert_string_equal(cell_rx(&cell)->name, "recv");
	assert_string_equal(cell_path(&cell)->name, "lo");
	assert_string_equal(cell_workload(&cell)->name, "stream");
	assert_int_equal(cell_check(&cell, &why), 0);
	assert_int_equal(cell.warmup_ns, 200000000);
	assert_int_equal(cell.duration_ns, 1000000000);
	assert_true(cell.bytes == FIELD_AUTO && cell.depth == FIELD_AUTO);
}

static void test_sensible(void **state)
{
	(void)state;
	static const char *const good[] = {
		"tx=null rx=null",
		"tx=null rx=null flows=3 threads=3",
		"rx=recv-trunc touch=tx",
		"rx=recv-trunc touch=none",
		"workload=rr flows=2 threads=2",
		"workload=rr-open",
		"flows=4 threads=4",
		"bytes=1M",
		"verify=on",
		"verify=on reuse=early",
		"depth=4 batch=8", /* not asynchronous: depth does not apply */
		"cork=on",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct cell cell = make(good[i]);
		if (cell_check(&cell, &why))
			fail_msg("%s: %s", good[i], why.text);
	}
}

static void test_senseless(void **state)
{
	(void)state;
	static const struct {
		const char *cell, *named;
	} bad[] = {
		{ "tx=null", "--rx" },
		{ "rx=null", "--tx" },
		{ "tx=null rx=null workload=rr", "--workload" },
		{ "tx=null rx=null bytes=1", "--duration" },
		{ "tx=null rx=null verify=on", "--verify" },
		{ "rx=recv-trunc verify=on", "--verify" },
		{ "rx=recv-trunc touch=rx", "--touch" },
		{ "rx=recv-trunc touch=both", "--touch" },
		{ "workload=rr flows=2 threads=1", "--threads" },
		{ "workload=rr-open flows=2 threads=3", "--threads" },
		{ "workload=rr cork=on", "--cork" },
		{ "flows=2 threads=3", "--threads" },
		{ "reuse=early", "--verify" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cell cell = make(bad[i].cell);
		if (cell_check(&cell, &why) != -EINVAL)
			fail_msg("%s makes sense", bad[i].cell);
		if (!strstr(why.text, bad[i].named))
			fail_msg("%s: '%s' does not name %s", bad[i].cell, why.text, bad[i].named);
	}
}

/* Likewise, of this mode and the plainest one that it goes with. */
static struct cell make_with(const struct copy_mode *mode, const char *assignments)
{
	char text[256];
	bool tx = mode->direction == MODE_TX, null = mode->flags & MODE_NULL;
	snprintf(text, sizeof(text), "tx=%s rx=%s %s",
		 tx || null ? mode->name : mode->service->tx->name,
		 !tx || null ? mode->name : mode->service->rx->name, assignments);
	return make(text);
}

/* What the flags of a mode forbid is forbidden for each mode that has them. */
static void test_every_mode(void **state)
{
	(void)state;
	const struct copy_mode *mode;
	for (uint64_t i = 0; (mode = mode_get(MODE_TX, i)); i++) {
		struct cell cell = make_with(mode, "touch=tx");
		assert_int_equal(cell_check(&cell, &why) != 0, !!(mode->flags & MODE_STATIC));
		cell = make_with(mode, "batch=8 depth=4");
		if (!(mode->flags & MODE_NULL))
			assert_int_equal(cell_check(&cell, &why) != 0,
					 !!(mode->flags & MODE_ASYNC));
	}
	for (uint64_t i = 0; (mode = mode_get(MODE_RX, i)); i++) {
		struct cell cell = make_with(mode, "touch=rx");
		assert_int_equal(cell_check(&cell, &why) != 0, !!(mode->flags & MODE_BLIND));
	}
}

static void check_mode(const struct copy_mode *mode)
{
	assert_true(*mode->summary && strlen(mode->summary) < 200);
	assert_non_null(mode->step);
	/* What a mode is witness of: it copies, it claims not to, or neither; not both. */
	assert_false((mode->flags & MODE_COPIES) && (mode->flags & MODE_CLAIMS));
	if (mode->flags & MODE_REPORTS)
		assert_true(mode->flags & MODE_CLAIMS);
	if (mode->flags & (MODE_DISCARDS | MODE_BLIND | MODE_MAPS))
		assert_int_equal(mode->direction, MODE_RX);
	if (mode->flags & MODE_STATIC)
		assert_int_equal(mode->direction, MODE_TX);
	if (mode->flags & (MODE_AREA | MODE_QUEUE))
		assert_int_equal(mode->direction, MODE_RX);
	if (mode->direction == MODE_TX && (mode->flags & MODE_ASYNC))
		assert_non_null(mode->drain); /* else the kernel would own buffers after close */
}

static void test_registries(void **state)
{
	(void)state;
	size_t count = 0;
	for (; modes[count]; count++) {
		check_mode(modes[count]);
		for (size_t i = 0; i < count; i++)
			assert_true(modes[i]->direction != modes[count]->direction ||
				    strcmp(modes[i]->name, modes[count]->name));
	}
	uint64_t tx = 0, rx = 0;
	while (mode_get(MODE_TX, tx))
		assert_int_equal(mode_get(MODE_TX, tx++)->direction, MODE_TX);
	while (mode_get(MODE_RX, rx))
		assert_int_equal(mode_get(MODE_RX, rx++)->direction, MODE_RX);
	assert_int_equal(tx + rx, count);
	for (size_t i = 0; paths[i]; i++)
		assert_non_null(paths[i]->open);
	for (size_t i = 0; workloads[i]; i++)
		assert_true(workloads[i]->tx && workloads[i]->rx);
}

static void test_what_it_asks(void **state)
{
	(void)state;
	static const struct {
		const char *cell;
		bool writes, reads, nodelay;
	} cases[] = {
		{ "", false, false, false },
		{ "touch=tx", true, false, false },
		{ "touch=rx", false, true, false },
		{ "touch=both", true, true, false },
		{ "verify=on", true, true, false },
		{ "nodelay=on", false, false, true },
		{ "workload=rr", false, false, true },
		{ "workload=rr-open", false, false, true },
		{ "workload=rr nodelay=off", false, false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cell cell = make(cases[i].cell);
		assert_int_equal(cell_tx_writes(&cell), cases[i].writes);
		assert_int_equal(cell_rx_reads(&cell), cases[i].reads);
		assert_int_equal(cell_nodelay(&cell), cases[i].nodelay);
	}
	struct cell cell = make("pages=4k");
	assert_int_equal(cell_page_bytes(&cell), sysconf(_SC_PAGESIZE));
	cell = make("pages=thp");
	assert_int_equal(cell_page_bytes(&cell), 2 << 20);
	cell = make("pages=hugetlb");
	assert_int_equal(cell_page_bytes(&cell), 2 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets),    cmocka_unit_test(test_sensible),
		cmocka_unit_test(test_senseless),  cmocka_unit_test(test_every_mode),
		cmocka_unit_test(test_registries), cmocka_unit_test(test_what_it_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
