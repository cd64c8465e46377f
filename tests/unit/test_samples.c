/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "samples.h"

static struct reason why;
static struct samples samples;
static char name[32];
static int fd;

static int set_up(void **state)
{
	(void)state;
	fd = memfd_create("samples", MFD_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	samples_free(&samples);
	close(fd);
	return 0;
}

static void put(const char *text)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

static int read_again(off_t *end)
{
	samples_free(&samples);
	*why.text = '\0';
	return samples_read(&samples, fd, name, end, &why);
}

static void read_good(const char *text)
{
	off_t end;
	put(text);
	if (read_again(&end))
		fail_msg("%s", why.text);
	assert_int_equal(end, strlen(text));
}

/* A different value in every column that `round` and the row's number decide. */
static void fill_table(const struct field_table *table, void *object, uint64_t round)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->rows[i];
		void *at = (char *)object + field->offset;
		uint64_t value = i * 1000 + round;
		if ((i + round) % 5 == 0)
			continue; /* left as it is: unknown, or preset */
		if (field->type == FIELD_TEXT)
			snprintf(at, field->room, "v%lu, \"%zu\"", (unsigned long)round, i);
		else if (field->type == FIELD_REAL)
			*(double *)at = (double)value / 8;
		else if (field->type == FIELD_CHOICE)
			*(uint64_t *)at = field->choice(round % 2) ? round % 2 : 0;
		else if (field->type == FIELD_SWITCH)
			*(uint64_t *)at = round % 2;
		else
			*(uint64_t *)at = field->min + value % (field->max ? field->max - field->min
									   : UINT64_MAX / 2);
	}
}

static void fill(struct samples_row *row, uint64_t round)
{
	memset(row, 0, sizeof(*row));
	field_presets(&cell_table, &row->cell);
	sample_clear(&row->sample);
	fill_table(&cell_table, &row->cell, round);
	fill_table(&sample_key_table, &row->sample, round);
	fill_table(&sample_table, &row->sample, round);
}

static void same_table(const struct field_table *table, const void *a, const void *b)
{
	for (size_t i = 0; i < table->count; i++) {
		char x[FIELD_ROOM], y[FIELD_ROOM];
		field_format(&table->rows[i], a, x);
		field_format(&table->rows[i], b, y);
		if (strcmp(x, y))
			fail_msg("%s: '%s' became '%s'", table->rows[i].name, x, y);
		assert_int_equal(field_known(&table->rows[i], a), field_known(&table->rows[i], b));
	}
}

static void test_round_trip(void **state)
{
	(void)state;
	enum { ROWS = 200 };
	struct samples_row row;
	off_t end;
	assert_int_equal(samples_write_header(fd, &why), 0);
	for (uint64_t i = 0; i < ROWS; i++) {
		fill(&row, i);
		assert_int_equal(samples_write(fd, &row.cell, &row.sample, &why), 0);
	}
	assert_int_equal(read_again(&end), 0);
	assert_int_equal(end, lseek(fd, 0, SEEK_END));
	assert_int_equal(samples.count, ROWS);
	assert_false(samples.foreign);
	for (uint64_t i = 0; i < ROWS; i++) {
		fill(&row, i);
		same_table(&cell_table, &row.cell, &samples.rows[i].cell);
		same_table(&sample_key_table, &row.sample, &samples.rows[i].sample);
		same_table(&sample_table, &row.sample, &samples.rows[i].sample);
	}
}

/* Unknown is nothing between two commas, also at both ends of a row. */
static void test_unknown_is_empty(void **state)
{
	(void)state;
	struct samples_row row;
	char text[8192];
	memset(&row, 0, sizeof(row));
	field_presets(&cell_table, &row.cell);
	sample_clear(&row.sample);
	assert_int_equal(samples_write(fd, &row.cell, &row.sample, &why), 0);
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	text[n] = '\0';
	assert_int_equal(strncmp(text, ",,,,,send,recv,lo,stream,65536,", 31), 0);
	assert_string_equal(text + n - 6, ",,,,,\n");
	size_t commas = 0;
	for (ssize_t i = 0; i < n; i++)
		commas += text[i] == ',';
	assert_int_equal(commas + 1,
			 sample_key_table.count + cell_table.count + sample_table.count);
}

static void test_columns_by_name(void **state)
{
	(void)state;
	read_good("verdict,rx_bytes,of_the_future,size,cell\ncopied,12,what,4096,3\n,,,,4\n");
	assert_int_equal(samples.count, 2);
	assert_true(samples.foreign);
	const struct samples_row *row = samples.rows;
	assert_string_equal(row->sample.verdict, "copied");
	assert_int_equal(row->sample.rx.bytes, 12);
	assert_int_equal(row->cell.size, 4096);
	assert_int_equal(row->sample.cell, 3);
	assert_true(row->sample.tx.bytes == FIELD_UNKNOWN); /* its column is missing */
	assert_int_equal(row->cell.flows, 1);
	row++;
	assert_true(row->sample.rx.bytes == FIELD_UNKNOWN);
	assert_int_equal(row->cell.size, 65536); /* empty is the preset */
	assert_string_equal(row->sample.verdict, "");
}

static void test_foreign_header(void **state)
{
	(void)state;
	char text[16384];
	off_t end;
	assert_int_equal(samples_write_header(fd, &why), 0);
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	text[n] = '\0';
	assert_int_equal(read_again(&end), 0);
	assert_int_equal(samples.count, 0);
	assert_false(samples.foreign);
	strcpy(text + n - 1, ",more\n");
	read_good(text);
	assert_true(samples.foreign);
	strcpy(strrchr(text, ','), "\n"); /* as it was, and then one column less */
	read_good(text);
	assert_false(samples.foreign);
	strcpy(strrchr(text, ','), "\n");
	read_good(text);
	assert_true(samples.foreign);
	read_good("");
	assert_false(samples.foreign);
}

static void test_half_row(void **state)
{
	(void)state;
	off_t end;
	put("cell,verdict\n1,copied\n2,cop");
	assert_int_equal(read_again(&end), 0);
	assert_int_equal(samples.count, 1);
	assert_int_equal(end, strlen("cell,verdict\n1,copied\n"));
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *named;
	} cases[] = {
		{ "cell,size\n1\n", "1 cells" },  { "cell,size\n1,2,3\n", "3 cells" },
		{ "cell,size\n1,0\n", "size" },   { "tx\nno-such-mode\n", "tx" },
		{ "rx_bytes\n-1\n", "rx_bytes" }, { "verdict\n\"a\tb\"\n", "verdict" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		off_t end;
		put(cases[i].text);
		assert_int_equal(read_again(&end), -EINVAL);
		if (!strstr(why.text, cases[i].named))
			fail_msg("'%s' does not name %s", why.text, cases[i].named);
		assert_int_equal(samples.count, 0);
		assert_null(samples.rows);
	}
	off_t end;
	assert_int_equal(samples_read(&samples, -1, "/no/such/file", &end, &why), -EBADF);
}

/* Whatever a reason says, the file stays readable. */
static void test_any_reason(void **state)
{
	(void)state;
	struct samples_row row;
	struct reason reason;
	off_t end;
	fill(&row, 1);
	assert_int_equal(samples_write_header(fd, &why), 0);
	for (int c = 1; c < 256; c++) {
		reason_set(&reason, EIO, "a%c,%c\"%c", c, c, c);
		strcpy(row.sample.reason, reason.text);
		assert_int_equal(samples_write(fd, &row.cell, &row.sample, &why), 0);
	}
	if (read_again(&end))
		fail_msg("%s", why.text);
	assert_int_equal(samples.count, 255);
	assert_string_equal(samples.rows['x' - 1].sample.reason, "ax,x\"x");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),     TEST(test_unknown_is_empty), TEST(test_columns_by_name),
		TEST(test_foreign_header), TEST(test_half_row),         TEST(test_refusals),
		TEST(test_any_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
