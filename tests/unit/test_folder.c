/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"

static struct reason why;
static char base[] = "/tmp/zcbench-test-XXXXXX";
static struct folder folder;
static struct experiment experiment;
static struct samples samples;

static int set_up(void **state)
{
	(void)state;
	strcpy(base + strlen(base) - 6, "XXXXXX");
	folder = (struct folder){ .samples_fd = -1, .latency_fd = -1 };
	return !mkdtemp(base) || experiment_open(&experiment);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status, (void)kind, (void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	experiment_close(&experiment);
	samples_free(&samples);
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void create(const char *run_id)
{
	if (folder_create(&folder, base, run_id, &why))
		fail_msg("%s", why.text);
}

/* As a run does before its first repeat. */
static void note(void)
{
	json_object_set_new(folder.manifest, "run_id", json_string(folder.run_id));
	json_object_set_new(folder.manifest, "experiment", experiment_to_json(&experiment));
	assert_int_equal(folder_note(&folder, "state", json_string("running"), &why), 0);
}

static void add_row(uint64_t cell_number, uint64_t repeat)
{
	struct cell cell;
	struct sample sample;
	field_presets(&cell_table, &cell);
	sample_clear(&sample);
	strcpy(sample.run_id, folder.run_id);
	sample.cell = cell_number;
	sample.repeat = repeat;
	assert_int_equal(samples_write(folder.samples_fd, &cell, &sample, &why), 0);
}

static void add_latency(uint64_t cell_number, uint64_t repeat)
{
	struct sample sample;
	struct hist hist;
	sample_clear(&sample);
	strcpy(sample.run_id, folder.run_id);
	sample.cell = cell_number;
	sample.repeat = repeat;
	assert_int_equal(hist_open(&hist), 0);
	hist_record(&hist, 5);
	hist_record(&hist, 5);
	hist_record(&hist, 1000);
	assert_int_equal(folder_add_latency(&folder, &sample, &hist, &why), 0);
	hist_close(&hist);
}

static int resume(void)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s", folder.path);
	folder_close(&folder);
	samples_free(&samples);
	return folder_resume(&folder, path, &experiment, &samples, &why);
}

static off_t length_of(const char *name)
{
	char path[PATH_MAX + 32];
	struct stat status;
	snprintf(path, sizeof(path), "%s/%s", folder.path, name);
	return stat(path, &status) ? -1 : status.st_size;
}

static void append(const char *name, const char *text)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/%s", folder.path, name);
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_create(void **state)
{
	(void)state;
	create("one");
	assert_string_equal(folder.run_id, "one");
	assert_true(length_of("samples.csv") > 0);
	assert_int_equal(length_of("latency.csv"), -1); /* until there is one */
	note();
	assert_true(length_of("run.json") > 0);
	assert_int_equal(length_of("run.json.new"), -1);
	struct folder second;
	assert_int_equal(folder_create(&second, base, "one", &why), -EEXIST);
	assert_non_null(strstr(why.text, "--run-id"));
	assert_int_equal(second.samples_fd, -1);
}

static void test_create_nested(void **state)
{
	(void)state;
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/a/b//c/", base);
	assert_int_equal(folder_create(&folder, path, "run", &why), 0);
	snprintf(path, sizeof(path), "%s/a/b/c/run/samples.csv", base);
	assert_int_equal(access(path, R_OK), 0);
}

static void test_create_refusals(void **state)
{
	(void)state;
	static const char *const bad[] = { "", ".", "..", ".hidden", "a/b", "/", NULL };
	char path[PATH_MAX];
	for (size_t i = 0; bad[i]; i++) {
		assert_int_equal(folder_create(&folder, base, bad[i], &why), -EINVAL);
		assert_non_null(strstr(why.text, "--run-id"));
	}
	memset(path, 'x', 64);
	path[64] = '\0';
	assert_int_equal(folder_create(&folder, base, path, &why), -EINVAL);
	path[63] = '\0';
	assert_int_equal(folder_create(&folder, base, path, &why), 0);
	folder_close(&folder);
	snprintf(path, sizeof(path), "%s/file", base);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(folder_create(&folder, path, "run", &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "--out"));
	assert_int_equal(folder.samples_fd, -1);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(folder_create(&folder, path, "run", &why), -ENAMETOOLONG);
}

static void test_resume(void **state)
{
	(void)state;
	assert_int_equal(experiment_set(&experiment, "size", "4K,1M", &why), 0);
	create("two");
	note();
	add_row(1, 1);
	add_row(2, 1);
	experiment_close(&experiment);
	assert_int_equal(experiment_open(&experiment), 0);
	assert_int_equal(resume(), 0);
	assert_string_equal(folder.run_id, "two");
	assert_int_equal(samples.count, 2);
	const struct value_list *sizes =
		&experiment.lists[field_find(&cell_table, "size") - cell_table.rows];
	assert_int_equal(sizes->count, 2);
	assert_string_equal(sizes->values[1], "1048576");
	add_row(1, 2);
	assert_int_equal(resume(), 0);
	assert_int_equal(samples.count, 3);
	assert_int_equal(samples.rows[2].sample.repeat, 2);
}

static void test_half_row(void **state)
{
	(void)state;
	create("three");
	note();
	add_row(1, 1);
	off_t whole = length_of("samples.csv");
	append("samples.csv", "three,1,2,\"half");
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("samples.csv"), whole);
	assert_int_equal(samples.count, 1);
	add_row(2, 1);
	assert_int_equal(resume(), 0);
	assert_int_equal(samples.count, 2);
}

/* A crash between mkdir and the header, and one in the middle of the header. */
static void test_no_header(void **state)
{
	(void)state;
	create("four");
	note();
	off_t header = length_of("samples.csv");
	static const off_t lengths[] = { 0, 10 };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ftruncate(folder.samples_fd, lengths[i]), 0);
		assert_int_equal(resume(), 0);
		assert_int_equal(length_of("samples.csv"), header);
		assert_int_equal(samples.count, 0);
	}
}

/* Rows of other columns under an old header would make the whole file unreadable. */
static void test_other_columns(void **state)
{
	(void)state;
	create("five");
	note();
	assert_int_equal(ftruncate(folder.samples_fd, 0), 0);
	append("samples.csv", "run_id,cell,repeat\nfive,1,1\n");
	off_t before = length_of("samples.csv");
	assert_int_equal(resume(), -EINVAL);
	assert_non_null(strstr(why.text, "columns"));
	assert_int_equal(length_of("samples.csv"), before);
}

static void test_latency(void **state)
{
	(void)state;
	create("six");
	note();
	add_latency(1, 1);
	add_row(1, 1);
	add_latency(2, 1);
	add_row(2, 1);
	off_t whole = length_of("latency.csv");
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("latency.csv"), whole);
	add_latency(1, 2); /* and a crash before its sample */
	assert_true(length_of("latency.csv") > whole);
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("latency.csv"), whole);
	append("latency.csv", "six,2,1,77"); /* half a row */
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("latency.csv"), whole);
	add_latency(1, 2); /* the header is not written again */
	add_row(1, 2);
	char path[PATH_MAX + 32], line[128];
	snprintf(path, sizeof(path), "%s/latency.csv", folder.path);
	FILE *file = fopen(path, "r");
	static const char *const lines[] = { "run_id,cell,repeat,latency_ns,count\n",
					     "six,1,1,5,2\n",
					     "six,1,1,1003,1\n",
					     "six,2,1,5,2\n",
					     "six,2,1,1003,1\n",
					     "six,1,2,5,2\n",
					     "six,1,2,1003,1\n" };
	for (size_t i = 0; i < 7; i++) {
		assert_non_null(fgets(line, sizeof(line), file));
		assert_string_equal(line, lines[i]);
	}
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
}

static void test_bad_manifest(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "{", "[]", "{\"run_id\": 5}",
		"{\"run_id\": \"x\", \"experiment\": {\"size\": [\"-\"]}}"
	};
	create("seven");
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/run.json", folder.path);
	for (size_t i = 0; i < 5; i++) {
		FILE *file = fopen(path, "w");
		fputs(texts[i], file);
		fclose(file);
		*why.text = '\0';
		char kept[PATH_MAX];
		strcpy(kept, folder.path);
		assert_true(resume() < 0);
		assert_true(*why.text);
		folder_close(&folder);
		strcpy(folder.path, kept);
	}
	assert_int_equal(folder_resume(&folder, "/no/such/folder", &experiment, &samples, &why),
			 -EINVAL);
	assert_non_null(strstr(why.text, "/no/such/folder"));
}

static void test_name(void **state)
{
	(void)state;
	char name[64], small[24];
	folder_name(name, sizeof(name));
	assert_int_equal(strspn(name, "0123456789"), 8);
	assert_int_equal(name[8], 'T');
	assert_int_equal(strspn(name + 9, "0123456789"), 9); /* to the millisecond */
	assert_int_equal(name[18], 'Z');
	assert_int_equal(name[19], '-');
	assert_null(strpbrk(name, "/ ."));
	create(name); /* is a name that a folder takes */
	folder_name(small, sizeof(small));
	assert_true(strlen(small) >= 20 && strlen(small) < sizeof(small)); /* cut, and ended */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create),        TEST(test_create_nested), TEST(test_create_refusals),
		TEST(test_resume),        TEST(test_half_row),      TEST(test_no_header),
		TEST(test_other_columns), TEST(test_latency),       TEST(test_bad_manifest),
		TEST(test_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
