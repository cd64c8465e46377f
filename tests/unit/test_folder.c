/* SPDX-License-Identifier: MIT */
/* A new run folder: its name, and what it refuses. */
#include <fcntl.h>
#include <unistd.h>

#include "folder_try.h"

static void test_create_writes_a_header_and_never_twice(void **state)
{
	(void)state;
	create("one");
	assert_string_equal(folder.place.run_id, "one");
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

static void test_missing_folders_are_made(void **state)
{
	(void)state;
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/a/b//c/", base);
	assert_int_equal(folder_create(&folder, path, "run", &why), 0);
	snprintf(path, sizeof(path), "%s/a/b/c/run/samples.csv", base);
	assert_int_equal(access(path, R_OK), 0);
}

static void test_what_is_no_name_is_refused(void **state)
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
}

static void test_a_place_that_cannot_be_names_out(void **state)
{
	(void)state;
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/file", base);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(folder_create(&folder, path, "run", &why), -ENOTDIR);
	assert_non_null(strstr(why.text, "--out"));
	assert_int_equal(folder.samples_fd, -1);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(folder_create(&folder, path, "run", &why), -ENAMETOOLONG);
}

static void test_preset_name_is_the_time_and_the_host(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_writes_a_header_and_never_twice),
		TEST(test_missing_folders_are_made),
		TEST(test_what_is_no_name_is_refused),
		TEST(test_a_place_that_cannot_be_names_out),
		TEST(test_preset_name_is_the_time_and_the_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
