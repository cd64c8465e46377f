/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "csv.h"
#include "keeper.h"

/* How far latency.csv was looked through. */
struct latency_rows {
	const struct samples *samples;
	bool header;
	char cell[24], repeat[24]; /* of the row before */
};

/* Two processes that write the same rows would spoil both; the lock ends with its process. */
static int open_samples(struct folder *folder, enum folder_file file, struct reason *why)
{
	folder->samples_fd = keeper_file(&folder->place, file, why);
	if (folder->samples_fd < 0)
		return folder->samples_fd;
	if (flock(folder->samples_fd, LOCK_EX | LOCK_NB))
		return reason_set(why, EBUSY,
				  "another zcbench is writing to %.160s; wait for its end",
				  folder->place.path);
	return 0;
}

static void clear(struct folder *folder)
{
	*folder = (struct folder){ .place.dir = -1, .samples_fd = -1, .latency_fd = -1 };
}

int folder_create(struct folder *folder, const char *base, const char *run_id, struct reason *why)
{
	clear(folder);
	int err = keeper_folder_make(&folder->place, base, run_id, why);
	if (!err)
		err = open_samples(folder, FOLDER_SAMPLES_NEW, why);
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
	const char *path = folder->place.path;
	struct reason inner;
	json_error_t error;
	int fd = keeper_file(&folder->place, FOLDER_MANIFEST, &inner);
	if (fd < 0)
		return reason_set(why, EINVAL, "--resume: %s", inner.text);
	folder->manifest = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
	close(fd);
	if (!folder->manifest)
		return reason_set(why, EINVAL, "--resume: %.100s/run.json line %d: %.80s", path,
				  error.line, error.text);
	const char *run_id = json_string_value(json_object_get(folder->manifest, "run_id"));
	if (!run_id)
		return reason_set(why, EINVAL, "--resume: %.160s/run.json has no run_id", path);
	snprintf(folder->place.run_id, sizeof(folder->place.run_id), "%s", run_id);
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
	off_t valid_end;
	struct latency_rows rows = { .samples = samples };
	int fd = keeper_file(&folder->place, FOLDER_LATENCY, why);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	int err = csv_read_fd(fd, "latency.csv", check_latency, &rows, &valid_end, why);
	if (!err || err == -ECANCELED)
		err = ftruncate(fd, valid_end) ? -errno : 0;
	close(fd);
	return err ? reason_set(why, -err, "--resume: %.160s/latency.csv cannot be mended",
				folder->place.path)
		   : 0;
}

int folder_resume(struct folder *folder, const char *path, struct experiment *experiment,
		  struct samples *samples, struct reason *why)
{
	char file[PATH_MAX + 32];
	off_t valid_end;
	clear(folder);
	int err = keeper_folder_find(&folder->place, path, why);
	if (!err)
		err = load_manifest(folder, experiment, why);
	if (err)
		return err;
	/* Before anything is read: a run in progress has more to write, and nothing to mend. */
	err = open_samples(folder, FOLDER_SAMPLES, why);
	if (err)
		return err;
	snprintf(file, sizeof(file), "%s/samples.csv", folder->place.path);
	err = samples_read(samples, folder->samples_fd, file, &valid_end, why);
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

static int write_manifest(const struct folder *folder, int fd, struct reason *why)
{
	int err = json_dumpfd(folder->manifest, fd, JSON_INDENT(2)) ? errno ? errno : EIO : 0;
	return err ? reason_set(why, err, "writing %.160s/run.json: %s", folder->place.path,
				strerror(err))
		   : 0;
}

int folder_note(struct folder *folder, const char *key, json_t *value, struct reason *why)
{
	struct reason ignored;
	if (!value || json_object_set_new(folder->manifest, key, value))
		return reason_set(why, ENOMEM, "no memory for run.json");
	int fd = keeper_file(&folder->place, FOLDER_MANIFEST_NEW, why);
	if (fd < 0)
		return fd;
	errno = 0;
	int err = write_manifest(folder, fd, why);
	close(fd);
	if (!err)
		err = keeper_file(&folder->place, FOLDER_MANIFEST_SET, why);
	if (err)
		keeper_file(&folder->place, FOLDER_MANIFEST_UNSET, &ignored);
	return err;
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
	folder->latency_fd = keeper_file(&folder->place, FOLDER_LATENCY_NEW, why);
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
	if (folder->place.dir >= 0)
		close(folder->place.dir);
	json_decref(folder->manifest);
	clear(folder);
}
