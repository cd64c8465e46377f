/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "csv.h"

/* How far latency.csv was looked through. */
struct latency_rows {
	const struct samples *samples;
	bool header;
	char cell[24], repeat[24]; /* of the row before */
};

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

static int open_file(const struct folder *folder, const char *name, int flags, struct reason *why)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	int fd = open(path, flags | O_CLOEXEC, 0666);
	return fd >= 0 ? fd : reason_set(why, errno, "opening %.180s: %s", path, strerror(errno));
}

/* Two processes that write the same rows would spoil both; the lock ends with its process. */
static int open_samples(struct folder *folder, int flags, struct reason *why)
{
	folder->samples_fd = open_file(folder, "samples.csv", O_WRONLY | O_APPEND | flags, why);
	if (folder->samples_fd < 0)
		return folder->samples_fd;
	if (flock(folder->samples_fd, LOCK_EX | LOCK_NB))
		return reason_set(why, EBUSY,
				  "another zcbench is writing to %.160s; wait for its end",
				  folder->path);
	return 0;
}

static void clear(struct folder *folder)
{
	*folder = (struct folder){ .samples_fd = -1, .latency_fd = -1 };
}

int folder_create(struct folder *folder, const char *base, const char *run_id, struct reason *why)
{
	clear(folder);
	if (!*run_id || *run_id == '.' || strchr(run_id, '/') ||
	    strlen(run_id) >= sizeof(folder->run_id))
		return reason_set(why, EINVAL,
				  "--run-id '%.40s' is no name of a folder, of 1 to %zu characters",
				  run_id, sizeof(folder->run_id) - 1);
	snprintf(folder->run_id, sizeof(folder->run_id), "%s", run_id);
	if (snprintf(folder->path, sizeof(folder->path), "%s/%s", base, run_id) >=
	    (int)sizeof(folder->path))
		return reason_set(why, ENAMETOOLONG, "--out: the path is too long");
	int err = make_folders(base);
	if (!err && mkdir(folder->path, 0777))
		err = -errno;
	if (err)
		return reason_set(
			why, -err,
			"making the folder %.160s: %s; name another with --out or --run-id",
			folder->path, strerror(-err));
	err = open_samples(folder, O_CREAT | O_EXCL, why);
	if (err)
		return err;
	folder->manifest = json_object();
	err = samples_write_header(folder->samples_fd, why);
	if (err)
		folder_close(folder);
	return err;
}

static int load_manifest(struct folder *folder, struct experiment *experiment, struct reason *why)
{
	char path[PATH_MAX + 32];
	json_error_t error;
	snprintf(path, sizeof(path), "%s/run.json", folder->path);
	folder->manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!folder->manifest)
		return reason_set(why, EINVAL, "--resume: %.100s line %d: %.80s", path, error.line,
				  error.text);
	const char *run_id = json_string_value(json_object_get(folder->manifest, "run_id"));
	if (!run_id)
		return reason_set(why, EINVAL, "--resume: %.160s has no run_id", path);
	snprintf(folder->run_id, sizeof(folder->run_id), "%s", run_id);
	return experiment_from_json(experiment, json_object_get(folder->manifest, "experiment"),
				    why);
}

static bool has_sample(const struct samples *samples, const char *cell, const char *repeat)
{
	uint64_t c = strtoull(cell, NULL, 10), r = strtoull(repeat, NULL, 10);
	for (size_t i = samples->count; i-- > 0;)
		if (samples->rows[i].sample.cell == c && samples->rows[i].sample.repeat == r)
			return true;
	return false;
}

static int check_latency(void *context, size_t count, char *const *cells)
{
	struct latency_rows *rows = context;
	if (count != 5)
		return -EINVAL;
	/* Hundreds of rows of one repeat follow each other: look it up once. */
	bool again = !strcmp(cells[1], rows->cell) && !strcmp(cells[2], rows->repeat);
	if (!rows->header || again) {
		rows->header = true;
		return 0;
	}
	snprintf(rows->cell, sizeof(rows->cell), "%.20s", cells[1]);
	snprintf(rows->repeat, sizeof(rows->repeat), "%.20s", cells[2]);
	return has_sample(rows->samples, cells[1], cells[2]) ? 0 : -ECANCELED;
}

/*
 * A repeat's histogram is written before its sample: what a crash left of one without a sample
 * is at the end of latency.csv, and would be there twice after the repeat is done again.
 */
static int mend_latency(const struct folder *folder, const struct samples *samples,
			struct reason *why)
{
	char path[PATH_MAX + 32];
	off_t valid_end;
	struct latency_rows rows = { .samples = samples };
	snprintf(path, sizeof(path), "%s/latency.csv", folder->path);
	if (access(path, F_OK))
		return 0;
	int err = csv_read(path, check_latency, &rows, &valid_end, why);
	if ((!err || err == -ECANCELED) && !truncate(path, valid_end))
		return 0;
	return reason_set(why, err ? -err : errno, "--resume: %.160s cannot be mended", path);
}

int folder_resume(struct folder *folder, const char *path, struct experiment *experiment,
		  struct samples *samples, struct reason *why)
{
	char file[PATH_MAX + 32];
	off_t valid_end;
	clear(folder);
	snprintf(folder->path, sizeof(folder->path), "%s", path);
	int err = load_manifest(folder, experiment, why);
	if (err)
		return err;
	/* Before anything is read: a run in progress has more to write, and nothing to mend. */
	err = open_samples(folder, 0, why);
	if (err)
		return err;
	snprintf(file, sizeof(file), "%s/samples.csv", folder->path);
	err = samples_read(samples, file, &valid_end, why);
	if (err)
		return err;
	if (samples->foreign)
		return reason_set(why, EINVAL,
				  "--resume: %.120s has other columns than this zcbench writes; "
				  "resume with the one that began the run, or begin a new run",
				  file);
	err = mend_latency(folder, samples, why);
	if (err)
		return err;
	if (ftruncate(folder->samples_fd, valid_end))
		return reason_set(why, errno, "--resume: mending %.160s: %s", file,
				  strerror(errno));
	return valid_end ? 0 : samples_write_header(folder->samples_fd, why);
}

int folder_note(struct folder *folder, const char *key, json_t *value, struct reason *why)
{
	char path[PATH_MAX + 32], fresh[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/run.json", folder->path);
	snprintf(fresh, sizeof(fresh), "%s/run.json.new", folder->path);
	if (!value || json_object_set_new(folder->manifest, key, value))
		return reason_set(why, ENOMEM, "no memory for run.json");
	if (json_dump_file(folder->manifest, fresh, JSON_INDENT(2)) || rename(fresh, path)) {
		int err = errno ? errno : EIO;
		unlink(fresh);
		return reason_set(why, err, "writing %.160s: %s", path, strerror(err));
	}
	return 0;
}

static int latency_row(int fd, const struct sample *sample, const char *value, const char *count,
		       struct reason *why)
{
	struct csv_row row = { 0 };
	char cell[24], repeat[24];
	snprintf(cell, sizeof(cell), "%" PRIu64, sample->cell);
	snprintf(repeat, sizeof(repeat), "%" PRIu64, sample->repeat);
	csv_add(&row, sample->run_id);
	csv_add(&row, cell);
	csv_add(&row, repeat);
	csv_add(&row, value);
	csv_add(&row, count);
	int err = csv_append(fd, &row, why);
	csv_free(&row);
	return err;
}

static int open_latency(struct folder *folder, struct reason *why)
{
	struct csv_row row = { 0 };
	folder->latency_fd = open_file(folder, "latency.csv", O_WRONLY | O_APPEND | O_CREAT, why);
	if (folder->latency_fd < 0)
		return folder->latency_fd;
	if (lseek(folder->latency_fd, 0, SEEK_END) > 0)
		return 0;
	csv_add(&row, "run_id");
	csv_add(&row, "cell");
	csv_add(&row, "repeat");
	csv_add(&row, "latency_ns");
	csv_add(&row, "count");
	int err = csv_append(folder->latency_fd, &row, why);
	csv_free(&row);
	return err;
}

int folder_add_latency(struct folder *folder, const struct sample *sample,
		       const struct hist *latency, struct reason *why)
{
	int err = folder->latency_fd < 0 ? open_latency(folder, why) : 0;
	for (unsigned int i = 0; !err && i < HIST_BUCKETS; i++) {
		char value[24], count[24];
		if (!latency->buckets[i])
			continue;
		snprintf(value, sizeof(value), "%" PRIu64, hist_bucket_high(i));
		snprintf(count, sizeof(count), "%" PRIu64, latency->buckets[i]);
		err = latency_row(folder->latency_fd, sample, value, count, why);
	}
	return err;
}

void folder_close(struct folder *folder)
{
	if (folder->samples_fd >= 0)
		close(folder->samples_fd);
	if (folder->latency_fd >= 0)
		close(folder->latency_fd);
	json_decref(folder->manifest);
	clear(folder);
}
