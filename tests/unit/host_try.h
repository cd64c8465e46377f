/* SPDX-License-Identifier: MIT */
/* host_try: what the tests of hosts share: a tree of /proc and /sys that the test makes. */
#ifndef ZCBENCH_TEST_HOST_TRY_H
#define ZCBENCH_TEST_HOST_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

#define CPU "/sys/devices/system/cpu/"

static char root[] = "/tmp/zcbench-host-XXXXXX";

static inline void make_folders(const char *path)
{
	char full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static inline void put_bytes(const char *path, const void *bytes, size_t length)
{
	char full[PATH_MAX];
	make_folders(path);
	snprintf(full, sizeof(full), "%s%s", root, path);
	FILE *file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static inline void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static inline int entry_remove(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static inline void clear(void)
{
	nftw(root, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int tree_open(void **state)
{
	(void)state;
	host_root = root;
	return mkdtemp(root) ? 0 : -1;
}

static inline int tree_close(void **state)
{
	(void)state;
	clear();
	return rmdir(root);
}

/* JSON text in single quotes. */
static inline json_t *json_quoted(const char *text)
{
	char copy[1024];
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *json = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	return json;
}

#endif
