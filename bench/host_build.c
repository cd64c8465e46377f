/* SPDX-License-Identifier: MIT */
/* host_build: what this program was made of. The Makefile gives the macros with -D. */
#include "host.h"

#include <gnu/libc-version.h>
#include <yaml.h>

#if defined(__has_include)
#if __has_include(<liburing/io_uring_version.h>)
#include <liburing.h>
#include <liburing/io_uring_version.h>
#include <stdio.h>
#define HAVE_LIBURING_VERSION 1 /* liburing 2.4 */
#endif
#endif

#ifndef ZCBENCH_VERSION
#include "version.h"
#endif
#ifndef ZCBENCH_COMMIT
#define ZCBENCH_COMMIT "unknown"
#endif
#ifndef ZCBENCH_CFLAGS
#define ZCBENCH_CFLAGS "unknown"
#endif
#ifndef ZCBENCH_LIBURING
#define ZCBENCH_LIBURING "" /* pkg-config --modversion liburing: 2.3 does not say it itself */
#endif

static json_t *liburing_built(void)
{
#ifdef HAVE_LIBURING_VERSION
	char text[32];
	snprintf(text, sizeof(text), "%d.%d", IO_URING_VERSION_MAJOR, IO_URING_VERSION_MINOR);
	return json_string(text);
#else
	return host_json_text(ZCBENCH_LIBURING);
#endif
}

static json_t *liburing_running(void)
{
#ifdef HAVE_LIBURING_VERSION
	char text[32];
	snprintf(text, sizeof(text), "%d.%d", io_uring_major_version(), io_uring_minor_version());
	return json_string(text);
#else
	return json_null();
#endif
}

json_t *host_build(void)
{
	json_t *build = json_object(), *libraries = json_object();
	json_object_set_new(build, "version", json_string(ZCBENCH_VERSION));
	json_object_set_new(build, "commit", json_string(ZCBENCH_COMMIT));
	json_object_set_new(build, "compiler",
			    json_string(
#ifdef __clang__
				    __VERSION__
#else
				    "gcc " __VERSION__
#endif
				    ));
	json_object_set_new(build, "cflags", json_string(ZCBENCH_CFLAGS));
	json_object_set_new(libraries, "liburing_built", liburing_built());
	json_object_set_new(libraries, "liburing_running", liburing_running());
	json_object_set_new(libraries, "jansson_built", json_string(JANSSON_VERSION));
#if JANSSON_VERSION_HEX >= 0x020d00
	json_object_set_new(libraries, "jansson_running", json_string(jansson_version_str()));
#else
	json_object_set_new(libraries, "jansson_running", json_null());
#endif
	json_object_set_new(libraries, "libyaml_running", json_string(yaml_get_version_string()));
	json_object_set_new(libraries, "libc_running", json_string(gnu_get_libc_version()));
	json_object_set_new(build, "libraries", libraries);
	return build;
}
