/* SPDX-License-Identifier: MIT */
#include "self.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef ZCBENCH_LIBEXEC
#define ZCBENCH_LIBEXEC "/usr/local/libexec/zcbench"
#endif

/*
 * A program that was pushed runs by a loader of its own, so that /proc/self/exe is that one. The
 * script that starts it says where it is.
 */
const char *self_program(void)
{
	const char *pushed = getenv("ZCBENCH_PUSHED");
	return pushed && *pushed == '/' ? pushed : "/proc/self/exe";
}

const char *self_libexec(void)
{
	return ZCBENCH_LIBEXEC;
}

const char *self_beside(const char *name, char *room, size_t size)
{
	char file[PATH_MAX];
	if (realpath(self_program(), file)) {
		snprintf(room, size, "%s/%s", dirname(file), name);
		if (!access(room, X_OK))
			return room;
	}
	snprintf(room, size, "%s/%s", ZCBENCH_LIBEXEC, name);
	return access(room, X_OK) ? NULL : room;
}
