/* SPDX-License-Identifier: MIT */
/* Run at the root of the tree: the experiments that come with zcbench are read, too. */
#include <glob.h>

#include "experiment_try.h"

#define AGENTS_S 0.15 /* what starting and ending two agents takes */

static int load(struct experiment *experiment, const char *text)
{
	why.text[0] = '\0';
	return experiment_load_text(experiment, "x.yaml", text, strlen(text), &why);
}

static void test_yaml(void **state)
{
	struct experiment *e = *state;
	assert_int_equal(load(e, "# c\nname: mine\ndescription:\n"
				 "size: [4K..16K, 1M]\nrx-size:\n  - 64K\n  - auto\n"
				 "flows: 1,2\nverify: off\npath: all\nseed: 7\n"),
			 0);
	assert_string_equal(e->settings.name, "mine");
	assert_int_equal(e->settings.seed, 7);
	assert_string_equal(values(e, "size"), "4096,8192,16384,1048576");
	assert_string_equal(values(e, "rx_size"), "65536,auto");
	assert_string_equal(values(e, "flows"), "1,2");
	assert_string_equal(values(e, "verify"), "off");
}

static const struct {
	const char *text, *place, *part;
} mistakes[] = {
	{ "", ":1:", "empty" },
	{ "# nothing\n", ":2:", "empty" },
	{ "a", ":1:", "mapping" },
	{ "[1]", ":1:", "mapping" },
	{ "size: 4K\nsizes: 4K", ":2:", "nearest is size" },
	{ "repaets: 3", ":1:", "nearest is repeats" },
	{ "size: 4K\n\nsize: 8K", ":3:", "second time" },
	{ "rx_size: 4K\nrx-size: 8K", ":2:", "second time" },
	{ "size: &a 4K", ":1:", "anchors" },
	{ "size: 4K\nflows: *a", ":2:", "aliases" },
	{ "&a size: 4K", ":1:", "anchors" },
	{ "size: !!int 4", ":1:", "tags" },
	{ "size: ! 4", ":1:", "tags" },
	{ "!x {size: 4K}", ":1:", "tags" },
	{ "size: {a: 1}", ":1:", "nested" },
	{ "size:\n  a: 1", ":2:", "nested" },
	{ "size: [4K, [8K]]", ":1:", "nested" },
	{ "size:\n  - 4K\n  - a: 1", ":3:", "nested" },
	{ "? [size]\n: 4K", ":1:", "nested" },
	{ "size: []", ":1:", "empty" },
	{ "size:", ":1:", "empty" },
	{ "size: ['']", ":1:", "empty" },
	{ "size:\n  - 4K\n  - 4Q\n", ":3:", "'4Q' is not valid" },
	{ "tx: sned", ":1:", "nearest is send" },
	{ "name: [a]", ":1:", "not a sequence" },
	{ "name: \"a\\0b\"", ":1:", "NUL" },
	{ "\"size\\0\": 4K", ":1:", "NUL" },
	{ "size: 4K\n---\nsize: 8K", ":2:", "second document" },
	{ "size: [4K,\nflows: 1", ":2:", "nested" },
	{ "size: 4K\n\tflows: 1", ":2:", "not YAML" },
	{ "size: 4K\nname: \xff\n", "x.yaml:", "not YAML" },
	{ "size: 'open", ":1:", "not YAML" },
};

static void test_yaml_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct experiment e;
		assert_int_equal(experiment_open(&e), 0);
		if (load(&e, mistakes[i].text) != -EINVAL)
			fail_msg("taken: %s", mistakes[i].text);
		assert_memory_equal(why.text, "x.yaml:", 7);
		assert_said(mistakes[i].place);
		assert_said(mistakes[i].part);
		experiment_close(&e);
	}
}

/* Nothing of 1 MiB may take long or fill the memory, least of all what nests. */
static void test_yaml_bounds(void **state)
{
	static const char *const parts[] = {
		"[", "{", "- ", "? ", "size: [1,1", ",1", "a: &a ", " "
	};
	size_t room = (1 << 20) + 1;
	char *text = malloc(room);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t n = 0; n < room; n++)
			text[n] = parts[i][n % strlen(parts[i])];
		assert_int_not_equal(experiment_load_text(*state, "x", text, room - 1, &why), 0);
		assert_int_equal(experiment_load_text(*state, "x", text, room, &why), -EFBIG);
	}
	free(text);
}

static void test_files(void **state)
{
	struct experiment *e = *state;
	assert_int_equal(experiment_load(e, "/nowhere/x.yaml", &why), -ENOENT);
	assert_said("/nowhere/x.yaml");
	assert_int_equal(experiment_load(e, "/", &why), -EISDIR);
	assert_int_equal(experiment_load(e, "/dev/zero", &why), -EFBIG);
}

static double cells_of(const struct experiment *experiment)
{
	double cells = 1;
	for (size_t i = 0; i < cell_table.count; i++)
		cells *= (double)experiment->lists[i].count;
	return cells;
}

static void test_shipped(void **state)
{
	(void)state;
	glob_t found;
	assert_int_equal(glob("experiments/*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 4);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct experiment e;
		assert_int_equal(experiment_open(&e), 0);
		if (experiment_load(&e, found.gl_pathv[i], &why))
			fail_msg("%s", why.text);
		char expected[128];
		snprintf(expected, sizeof(expected), "experiments/%s.yaml", e.settings.name);
		assert_string_equal(found.gl_pathv[i], expected);
		experiment_close(&e);
	}
	globfree(&found);
}

/* The README promises 2 to 3 minutes. */
static void test_quick_is_quick(void **state)
{
	struct experiment *e = *state;
	assert_int_equal(experiment_load(e, "experiments/quick.yaml", &why), 0);
	double repeat_s = atof(values(e, "warmup"));
	repeat_s += atof(values(e, "duration")) + AGENTS_S;
	double all_s = cells_of(e) * (double)e->settings.repeats * repeat_s;
	assert_true(all_s > 100 && all_s < 180);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_yaml),  TEST(test_yaml_mistakes), TEST(test_yaml_bounds),
		TEST(test_files), TEST(test_shipped),       TEST(test_quick_is_quick),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
