/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "csv.h"

static struct reason why;

/* A file in memory, and what csv_read found in it: cells in [], rows in lines. */
struct file {
	int fd;
	off_t valid_end;
	size_t refuse_row; /* the callback refuses this one, counted from 1 */
	size_t rows;
	char text[1 << 18];
	size_t length;
};

static int set_up(void **state)
{
	struct file *file = calloc(1, sizeof(*file));
	*state = file;
	file->fd = memfd_create("csv", MFD_CLOEXEC);
	return file->fd < 0;
}

static int tear_down(void **state)
{
	struct file *file = *state;
	close(file->fd);
	free(file);
	return 0;
}

static int note_row(void *context, size_t count, char *const *cells)
{
	struct file *file = context;
	if (++file->rows == file->refuse_row)
		return -ECANCELED;
	for (size_t i = 0; i < count; i++)
		file->length +=
			(size_t)snprintf(file->text + file->length,
					 sizeof(file->text) - file->length, "[%s]", cells[i]);
	file->text[file->length++] = '\n';
	file->text[file->length] = '\0';
	return 0;
}

static int read_back(struct file *file)
{
	char name[32];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file->fd);
	file->rows = file->length = 0;
	file->text[0] = why.text[0] = '\0';
	return csv_read(name, note_row, file, &file->valid_end, &why);
}

static int read_bytes(struct file *file, const char *text, size_t length)
{
	assert_int_equal(ftruncate(file->fd, 0), 0);
	assert_int_equal(pwrite(file->fd, text, length, 0), (ssize_t)length);
	return read_back(file);
}

static int read_text(struct file *file, const char *text)
{
	return read_bytes(file, text, strlen(text));
}

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

static void test_quoting(void **state)
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

static void test_long_row(void **state)
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

static void test_bad_rows(void **state)
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
static void test_appends(void **state)
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
static void test_full_disk(void **state)
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

static void test_device_full(void **state)
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
static void test_pipe(void **state)
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

static void test_closed_pipe(void **state)
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

static void test_reading(void **state)
{
	struct file *file = *state;
	assert_int_equal(read_text(file, ""), 0);
	assert_int_equal(file->rows, 0);
	assert_int_equal(read_text(file, "a,b\r\n1,\"2\"\r\n"), 0);
	assert_string_equal(file->text, "[a][b]\n[1][2]\n");
	assert_int_equal(read_text(file, "\n,\n\"\"\n"), 0);
	assert_string_equal(file->text, "[]\n[][]\n[]\n");
}

/* A power cut may leave any beginning of the file: its whole rows are read, and nothing else. */
static void test_torn(void **state)
{
	struct file *file = *state;
	static const char text[] = "a,b\r\n\"x\ny\",\"q\"\"\"\n1,\n";
	static const off_t ends[] = { 0, 5, 17, 20 };
	for (off_t length = 0; length < (off_t)sizeof(text); length++) {
		size_t rows = 0;
		while (rows < 3 && ends[rows + 1] <= length)
			rows++;
		assert_int_equal(read_bytes(file, text, (size_t)length), 0);
		assert_int_equal(file->rows, rows);
		assert_int_equal(file->valid_end, ends[rows]);
	}
}

static void assert_refused(struct file *file, const char *text, const char *place, off_t end)
{
	assert_int_equal(read_text(file, text), -EINVAL);
	if (!strstr(why.text, place))
		fail_msg("'%s' is not in '%s'", place, why.text);
	assert_int_equal(file->valid_end, end);
}

static void test_read_refusals(void **state)
{
	struct file *file = *state;
	assert_refused(file, "a\nb\"c\n", ":2: there is a quote", 2);
	assert_refused(file, "\"a\nb\"c\n", ":2: a closing quote", 0);
	assert_refused(file, "a\rb\n", ":1: there is a carriage return", 0);
	assert_int_equal(read_bytes(file, "a\0b\n", 4), -EINVAL);
	assert_non_null(strstr(why.text, "NUL"));

	char *text = malloc(1 << 17);
	memset(text, ',', 1 << 17);
	text[1023] = '\n';
	assert_int_equal(read_bytes(file, text, 1024), 0);
	text[1023] = ',';
	assert_int_equal(read_bytes(file, text, 1 << 17), -EINVAL);
	assert_non_null(strstr(why.text, "1024 cells"));
	memset(text, 'a', 1 << 17);
	text[(1 << 16) - 1] = '\n';
	assert_int_equal(read_bytes(file, text, 1 << 16), 0);
	text[(1 << 16) - 1] = 'a';
	assert_int_equal(read_bytes(file, text, 1 << 17), -EINVAL);
	assert_non_null(strstr(why.text, "64 KiB"));
	free(text);

	assert_int_equal(csv_read("/nowhere", note_row, file, &file->valid_end, &why), -ENOENT);
	assert_int_equal(csv_read("/", note_row, file, &file->valid_end, &why), -EISDIR);
}

static void test_callback_refuses(void **state)
{
	struct file *file = *state;
	file->refuse_row = 2;
	assert_int_equal(read_text(file, "a\nb\nc\n"), -ECANCELED);
	assert_int_equal(file->rows, 2);
	assert_int_equal(file->valid_end, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quoting), TEST(test_long_row),      TEST(test_bad_rows),
		TEST(test_appends), TEST(test_full_disk),     TEST(test_device_full),
		TEST(test_pipe),    TEST(test_closed_pipe),   TEST(test_reading),
		TEST(test_torn),    TEST(test_read_refusals), TEST(test_callback_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
