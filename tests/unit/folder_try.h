/* SPDX-License-Identifier: MIT */
/* folder_try: what the tests of run folders share: one below a temporary folder. */
#ifndef ZCBENCH_TEST_FOLDER_TRY_H
#define ZCBENCH_TEST_FOLDER_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"

static struct reason why;
static char base[] = "/tmp/zcbench-test-XXXXXX";
static struct folder folder;
static struct experiment experiment;
static struct samples samples;

static inline int set_up(void **state)
{
	(void)state;
	strcpy(base + strlen(base) - 6, "XXXXXX");
	folder = (struct folder){ .place.dir = -1, .samples_fd = -1, .latency_fd = -1 };
	return !mkdtemp(base) || experiment_open(&experiment);
}

static inline int remove_one(const char *path, const struct stat *status, int kind,
			     struct FTW *where)
{
	(void)status, (void)kind, (void)where;
	return remove(path);
}

static inline int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	experiment_close(&experiment);
	samples_free(&samples);
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void create(const char *run_id)
{
	if (folder_create(&folder, base, run_id, &why))
		fail_msg("%s", why.text);
}

/* As a run does before its first repeat. */
static inline void note(void)
{
	json_object_set_new(folder.manifest, "run_id", json_string(folder.place.run_id));
	json_object_set_new(folder.manifest, "experiment", experiment_to_json(&experiment));
	assert_int_equal(folder_note(&folder, "state", json_string("running"), &why), 0);
}

static inline off_t length_of(const char *name)
{
	char path[PATH_MAX + 32];
	struct stat status;
	snprintf(path, sizeof(path), "%s/%s", folder.place.path, name);
	return stat(path, &status) ? -1 : status.st_size;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
