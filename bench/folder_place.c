/* SPDX-License-Identifier: MIT */
#include "folder_place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SAME_TIME    99 /* runs of one millisecond */
#define MANIFEST     "run.json"
#define MANIFEST_NEW "run.json.new"

void folder_name(char *run_id, size_t room)
{
	char host[32] = "host";
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gethostname(host, sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	for (char *c = host; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			*c = '-';
	gmtime_r(&now.tv_sec, &utc);
	size_t n = strftime(run_id, room, "%Y%m%dT%H%M%S", &utc);
	snprintf(run_id + n, room - n, "%03ldZ-%s", now.tv_nsec / 1000000, host);
}

static int make_folders(const char *path)
{
	char part[PATH_MAX];
	for (const char *c = path; *c; c++) {
		if (*c != '/' || c == path)
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(c - path), path);
		if (mkdir(part, 0777) && errno != EEXIST)
			return -errno;
	}
	return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}

static int open_dir(struct folder_place *place)
{
	place->dir = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place->dir < 0 ? -errno : 0;
}

static int make(struct folder_place *place, const char *base, const char *run_id,
		struct reason *why)
{
	*place = (struct folder_place){ .dir = -1 };
	if (!*run_id || *run_id == '.' || strchr(run_id, '/') ||
	    strlen(run_id) >= sizeof(place->run_id))
		return reason_set(why, EINVAL,
				  "--run-id '%.40s' is no name of a folder, of 1 to %zu characters",
				  run_id, sizeof(place->run_id) - 1);
	snprintf(place->run_id, sizeof(place->run_id), "%s", run_id);
	if (snprintf(place->path, sizeof(place->path), "%s/%s", base, run_id) >=
	    (int)sizeof(place->path))
		return reason_set(why, ENAMETOOLONG, "--out: the path is too long");
	int err = make_folders(base);
	if (!err && mkdir(place->path, 0777))
		err = -errno;
	if (!err)
		err = open_dir(place);
	if (err)
		return reason_set(
			why, -err,
			"making the folder %.160s: %s; name another with --out or --run-id",
			place->path, strerror(-err));
	return 0;
}

int folder_place_make(struct folder_place *place, const char *base, const char *run_id,
		      struct reason *why)
{
	char preset[64];
	if (run_id)
		return make(place, base, run_id, why);
	folder_name(preset, sizeof(preset));
	size_t length = strlen(preset);
	int err = make(place, base, preset, why);
	/* A clock that was set back comes to the same time again. */
	for (unsigned int i = 2; err == -EEXIST && i <= SAME_TIME; i++) {
		snprintf(preset + length, sizeof(preset) - length, "-%u", i);
		err = make(place, base, preset, why);
	}
	return err;
}

int folder_place_find(struct folder_place *place, const char *path, struct reason *why)
{
	*place = (struct folder_place){ .dir = -1 };
	snprintf(place->path, sizeof(place->path), "%s", path);
	int err = open_dir(place);
	return err ? reason_set(why, EINVAL, "--resume: %.160s cannot be opened: %s", path,
				strerror(-err))
		   : 0;
}

static int open_file(const struct folder_place *place, const char *name, int flags,
		     struct reason *why)
{
	int fd = openat(place->dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0666);
	return fd >= 0 ? fd
		       : reason_set(why, errno, "opening %.160s/%s: %s", place->path, name,
				    strerror(errno));
}

static int settle_manifest(const struct folder_place *place, bool good, struct reason *why)
{
	int err = good ? renameat(place->dir, MANIFEST_NEW, place->dir, MANIFEST)
		       : unlinkat(place->dir, MANIFEST_NEW, 0);
	return err ? reason_set(why, errno, "writing %.160s/%s: %s", place->path, MANIFEST,
				strerror(errno))
		   : 0;
}

int folder_place_file(const struct folder_place *place, enum folder_file file, struct reason *why)
{
	static const struct {
		const char *name;
		int flags;
	} files[FOLDER_FILES] = {
		[FOLDER_SAMPLES_NEW] = { "samples.csv", O_RDWR | O_APPEND | O_CREAT | O_EXCL },
		[FOLDER_SAMPLES] = { "samples.csv", O_RDWR | O_APPEND },
		[FOLDER_LATENCY_NEW] = { "latency.csv", O_RDWR | O_APPEND | O_CREAT },
		[FOLDER_LATENCY] = { "latency.csv", O_RDWR | O_APPEND },
		[FOLDER_MANIFEST] = { MANIFEST, O_RDONLY },
		[FOLDER_MANIFEST_NEW] = { MANIFEST_NEW, O_WRONLY | O_CREAT | O_TRUNC },
	};
	if (file == FOLDER_MANIFEST_SET || file == FOLDER_MANIFEST_UNSET)
		return settle_manifest(place, file == FOLDER_MANIFEST_SET, why);
	if (!files[file].name)
		return reason_set(why, EINVAL, "there is no file %d in a run's folder", (int)file);
	return open_file(place, files[file].name, files[file].flags, why);
}
