/* SPDX-License-Identifier: MIT */
/* A run folder taken up again, whatever a crash left of it. */
#include <unistd.h>

#include "folder_try.h"

static struct sample sample_of(uint64_t cell_number, uint64_t repeat)
{
	struct sample sample;
	sample_clear(&sample);
	strcpy(sample.run_id, folder.place.run_id);
	sample.cell = cell_number;
	sample.repeat = repeat;
	return sample;
}

static void add_row(uint64_t cell_number, uint64_t repeat)
{
	struct sample sample = sample_of(cell_number, repeat);
	struct cell cell;
	field_presets(&cell_table, &cell);
	assert_int_equal(samples_write(folder.samples_fd, &cell, &sample, &why), 0);
}

static void add_latency(uint64_t cell_number, uint64_t repeat)
{
	struct sample sample = sample_of(cell_number, repeat);
	struct hist hist;
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
	snprintf(path, sizeof(path), "%s", folder.place.path);
	folder_close(&folder);
	samples_free(&samples);
	return folder_resume(&folder, path, &experiment, &samples, &why);
}

static void put(const char *name, const char *mode, const char *text)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/%s", folder.place.path, name);
	FILE *file = fopen(path, mode);
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_resume_takes_up_the_experiment_and_its_rows(void **state)
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
	assert_string_equal(folder.place.run_id, "two");
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

static void test_half_a_row_is_cut_off(void **state)
{
	(void)state;
	create("three");
	note();
	add_row(1, 1);
	off_t whole = length_of("samples.csv");
	put("samples.csv", "a", "three,1,2,\"half");
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("samples.csv"), whole);
	assert_int_equal(samples.count, 1);
	add_row(2, 1);
	assert_int_equal(resume(), 0);
	assert_int_equal(samples.count, 2);
}

/* A crash between mkdir and the header, and one in the middle of the header. */
static void test_a_missing_header_is_written(void **state)
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
static void test_other_columns_are_refused_untouched(void **state)
{
	(void)state;
	create("five");
	note();
	assert_int_equal(ftruncate(folder.samples_fd, 0), 0);
	put("samples.csv", "a", "run_id,cell,repeat\nfive,1,1\n");
	off_t before = length_of("samples.csv");
	assert_int_equal(resume(), -EINVAL);
	assert_non_null(strstr(why.text, "columns"));
	assert_int_equal(length_of("samples.csv"), before);
}

static void test_latency_without_its_sample_is_cut_off(void **state)
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
	put("latency.csv", "a", "six,2,1,77"); /* half a row */
	assert_int_equal(resume(), 0);
	assert_int_equal(length_of("latency.csv"), whole);
	add_latency(1, 2); /* the header is not written again */
	add_row(1, 2);
	char path[PATH_MAX + 32], line[128];
	snprintf(path, sizeof(path), "%s/latency.csv", folder.place.path);
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

/* What a repeat in progress has written is not what a crash left. */
static void test_a_run_that_is_being_written_is_left_alone(void **state)
{
	(void)state;
	create("seven");
	note();
	add_latency(1, 1);
	off_t length = length_of("latency.csv");
	struct folder second;
	assert_int_equal(folder_resume(&second, folder.place.path, &experiment, &samples, &why),
			 -EBUSY);
	assert_non_null(strstr(why.text, "wait for its end"));
	assert_int_equal(length_of("latency.csv"), length);
	folder_close(&second);
}

static void test_a_bad_manifest_is_refused_with_a_sentence(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "{", "[]", "{\"run_id\": 5}",
		"{\"run_id\": \"x\", \"experiment\": {\"size\": [\"-\"]}}"
	};
	create("eight");
	for (size_t i = 0; i < 5; i++) {
		put("run.json", "w", texts[i]);
		*why.text = '\0';
		char kept[PATH_MAX];
		strcpy(kept, folder.place.path);
		assert_true(resume() < 0);
		assert_true(*why.text);
		folder_close(&folder);
		strcpy(folder.place.path, kept);
	}
	assert_int_equal(folder_resume(&folder, "/no/such/folder", &experiment, &samples, &why),
			 -EINVAL);
	assert_non_null(strstr(why.text, "/no/such/folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resume_takes_up_the_experiment_and_its_rows),
		TEST(test_half_a_row_is_cut_off),
		TEST(test_a_missing_header_is_written),
		TEST(test_other_columns_are_refused_untouched),
		TEST(test_latency_without_its_sample_is_cut_off),
		TEST(test_a_run_that_is_being_written_is_left_alone),
		TEST(test_a_bad_manifest_is_refused_with_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
