/* SPDX-License-Identifier: MIT */
/* Rows that are written: what is quoted, and what a full disk or a pipe leaves of them. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "csv_try.h"

static void assert_bytes(const struct file *file, const char *text)
{
	char bytes[1024];
	ssize_t n = pread(file->fd, bytes, sizeof(bytes) - 1, 0);
	assert_true(n >= 0);
	bytes[n] = '\0';
	assert_string_equal(bytes, text);
}

static int append(int fd, struct csv_row *row, const char *a, const char *b)
{
	csv_add(row, a);
	csv_add(row, b);
	return csv_append(fd, row, &why);
}

static void test_quoted_cells_are_read_back(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	assert_int_equal(append(file->fd, &row, "", ""), 0);
	assert_int_equal(append(file->fd, &row, "a b", "\xc3\xa9"), 0);
	assert_int_equal(append(file->fd, &row, "a,b", "\""), 0);
	assert_int_equal(append(file->fd, &row, "x\ny", "\r"), 0);
	assert_int_equal(append(file->fd, &row, "say \"no\"", "\"\""), 0);
	csv_free(&row);
	assert_bytes(file, ",\na b,\xc3\xa9\n\"a,b\",\"\"\"\"\n\"x\ny\",\"\r\"\n"
			   "\"say \"\"no\"\"\",\"\"\"\"\"\"\n");
	assert_int_equal(read_back(file), 0);
	assert_string_equal(file->text, "[][]\n[a b][\xc3\xa9]\n[a,b][\"]\n[x\ny][\r]\n"
					"[say \"no\"][\"\"]\n");
	assert_int_equal(file->valid_end, lseek(file->fd, 0, SEEK_END));
}

static void test_a_row_of_1024_cells_is_written(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	for (int i = 0; i < 1024; i++)
		csv_add(&row, "\"twenty\", characters");
	assert_int_equal(csv_append(file->fd, &row, &why), 0);
	csv_free(&row);
	assert_int_equal(read_back(file), 0);
	assert_int_equal(file->length, 1024 * 22 + 1);
}

static void test_a_failed_row_is_not_written(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	assert_int_equal(csv_append(file->fd, &row, &why), -EINVAL);
	csv_add(&row, "lost");
	row.failed = true;
	assert_int_equal(csv_append(file->fd, &row, &why), -ENOMEM);
	assert_int_equal(append(file->fd, &row, "a", "b"), 0);
	assert_bytes(file, "a,b\n");
	csv_add(&row, "c");
	assert_int_equal(csv_append(-1, &row, &why), -EBADF);
	csv_free(&row);
}

/* Others may have moved the offset, or written before us. */
static void test_rows_go_to_the_end_of_the_file(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	assert_int_equal(write(file->fd, "a,b\n", 4), 4);
	lseek(file->fd, 0, SEEK_SET);
	assert_int_equal(append(file->fd, &row, "c", "d"), 0);
	csv_free(&row);
	assert_bytes(file, "a,b\nc,d\n");
}

/* RLIMIT_FSIZE plays the full disk: write(2) is short, and then fails with EFBIG. */
static void test_a_full_disk_leaves_whole_rows(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	struct rlimit old, limit;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(append(file->fd, &row, "first", "row"), 0);
	for (rlim_t room = 10; room < 20; room++) {
		limit = (struct rlimit){ .rlim_cur = room, .rlim_max = old.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		int err = append(file->fd, &row, "second\nrow", "of many bytes");
		setrlimit(RLIMIT_FSIZE, &old);
		assert_int_equal(err, -EFBIG);
		assert_non_null(strstr(why.text, "ulimit -f"));
		assert_bytes(file, "first,row\n");
	}
	assert_int_equal(append(file->fd, &row, "room", "again"), 0);
	csv_free(&row);
	assert_bytes(file, "first,row\nroom,again\n");
}

static void test_a_full_device_is_told(void **state)
{
	(void)state;
	struct csv_row row = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		skip();
	assert_int_equal(append(fd, &row, "a", "b"), -ENOSPC);
	csv_free(&row);
	close(fd);
}

static void *slow_reader(void *context)
{
	const int *fds = context; /* [0]: the pipe; [1]: a file that takes all of it */
	char bytes[1000];
	ssize_t n;
	while ((n = read(fds[0], bytes, sizeof(bytes))) > 0)
		if (write(fds[1], bytes, (size_t)n) != n)
			break;
	return NULL;
}

/* --csv - into a pipe that holds one page and does not block: every write is short. */
static void test_a_slow_pipe_gets_all(void **state)
{
	struct file *file = *state;
	struct csv_row row = { 0 };
	int ends[2];
	pthread_t reader;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	int fds[2] = { ends[0], file->fd };
	assert_int_equal(pthread_create(&reader, NULL, slow_reader, fds), 0);
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 1000; j++)
			csv_add(&row, "a cell of 26 characters, \"");
		assert_int_equal(csv_append(ends[1], &row, &why), 0);
	}
	close(ends[1]);
	pthread_join(reader, NULL);
	close(ends[0]);
	csv_free(&row);
	assert_int_equal(read_back(file), 0);
	assert_int_equal(file->rows, 3);
	assert_int_equal(file->length, 3 * (1000 * 28 + 1));
}

static void test_a_closed_pipe_is_told(void **state)
{
	(void)state;
	struct csv_row row = { 0 };
	int ends[2];
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	assert_int_equal(append(ends[1], &row, "a", "b"), -EPIPE);
	close(ends[1]);
	csv_free(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quoted_cells_are_read_back),    TEST(test_a_row_of_1024_cells_is_written),
		TEST(test_a_failed_row_is_not_written),   TEST(test_rows_go_to_the_end_of_the_file),
		TEST(test_a_full_disk_leaves_whole_rows), TEST(test_a_full_device_is_told),
		TEST(test_a_slow_pipe_gets_all),          TEST(test_a_closed_pipe_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
