/* SPDX-License-Identifier: MIT */
/* Rows that are read: what is taken, what is refused, and where. */
#include "csv_try.h"

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

static void test_line_ends_and_quotes_are_read(void **state)
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
static void test_of_a_torn_file_whole_rows_are_read(void **state)
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

static void test_refusals_name_the_line(void **state)
{
	struct file *file = *state;
	assert_refused(file, "a\nb\"c\n", ":2: there is a quote", 2);
	assert_refused(file, "\"a\nb\"c\n", ":2: a closing quote", 0);
	assert_refused(file, "a\rb\n", ":1: there is a carriage return", 0);
	assert_int_equal(read_bytes(file, "a\0b\n", 4), -EINVAL);
	assert_non_null(strstr(why.text, "NUL"));
}

static void test_rows_are_bounded(void **state)
{
	struct file *file = *state;
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
}

static void test_a_file_that_cannot_be_read_is_told(void **state)
{
	struct file *file = *state;
	assert_int_equal(csv_read("/nowhere", note_row, file, &file->valid_end, &why), -ENOENT);
	assert_int_equal(csv_read("/", note_row, file, &file->valid_end, &why), -EISDIR);
}

static void test_a_row_that_is_refused_ends_the_reading(void **state)
{
	struct file *file = *state;
	file->refuse_row = 2;
	assert_int_equal(read_text(file, "a\nb\nc\n"), -ECANCELED);
	assert_int_equal(file->rows, 2);
	assert_int_equal(file->valid_end, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_line_ends_and_quotes_are_read),
		TEST(test_of_a_torn_file_whole_rows_are_read),
		TEST(test_refusals_name_the_line),
		TEST(test_rows_are_bounded),
		TEST(test_a_file_that_cannot_be_read_is_told),
		TEST(test_a_row_that_is_refused_ends_the_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
