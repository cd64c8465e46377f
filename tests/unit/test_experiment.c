/* SPDX-License-Identifier: MIT */
#include "experiment_try.h"
#include "nearest.h"

static void assert_taken(struct experiment *experiment, const char *key, const char *text,
			 const char *expected)
{
	why.text[0] = '\0';
	if (experiment_set(experiment, key, text, &why))
		fail_msg("%s", why.text);
	assert_string_equal(values(experiment, key), expected);
}

/* Refused with a sentence that has part in it, and the list is what it was. */
static void assert_refused(struct experiment *experiment, const char *key, const char *text,
			   const char *part)
{
	char before[8192];
	snprintf(before, sizeof(before), "%s", values(experiment, key));
	why.text[0] = '\0';
	assert_int_equal(experiment_set(experiment, key, text, &why), -EINVAL);
	assert_said(key);
	assert_said(part);
	assert_string_equal(values(experiment, key), before);
}

static void test_presets(void **state)
{
	struct experiment *e = *state;
	assert_string_equal(e->settings.name, "custom");
	assert_string_equal(e->settings.description, "");
	assert_int_equal(e->settings.repeats, 5);
	assert_true(e->settings.seed == FIELD_AUTO);
	for (size_t i = 0; i < cell_table.count; i++)
		assert_int_equal(e->lists[i].count, 1);
	assert_string_equal(values(e, "size"), "65536");
}

static void test_lists(void **state)
{
	assert_taken(*state, "size", "4K,64K,1M", "4096,65536,1048576");
	assert_taken(*state, "size", " 4K , 64K\t", "4096,65536");
	assert_taken(*state, "size", "1M,4K,1024K,4096", "1048576,4096");
	assert_taken(*state, "rx-size", "auto,1M", "auto,1048576");
	assert_taken(*state, "rx_size", "1M", "1048576");
	assert_taken(*state, "mtu", "page,1500,auto", "page,1500,auto");
	assert_taken(*state, "duration", "0.4,1.50", "0.4,1.5");
	assert_taken(*state, "tx-cpu", "0-3,0+2", "0-3,0+2");
	assert_taken(*state, "verify", "yes,on,off", "on,off");
}

static void test_ranges(void **state)
{
	assert_taken(*state, "size", "4K..32K", "4096,8192,16384,32768");
	assert_taken(*state, "size", "3..20", "3,6,12,20");
	assert_taken(*state, "size", "7..7", "7");
	assert_taken(*state, "flows", "1..8,3,5..10", "1,2,4,8,3,5,10");
	assert_taken(*state, "align", "0..0,1..2", "0,1,2");
	/* bytes has no upper bound of its own: doubling must not wrap. */
	assert_taken(*state, "bytes", "9223372036854775807..18446744073709551612",
		     "9223372036854775807,18446744073709551612");
}

static void test_range_refusals(void **state)
{
	assert_refused(*state, "size", "1M..4K", "below its start");
	assert_refused(*state, "size", "..4K", "not valid");
	assert_refused(*state, "size", "4K..", "not valid");
	assert_refused(*state, "size", "1..2..4", "not valid");
	assert_refused(*state, "size", "4K..4T", "not valid");
	assert_refused(*state, "rx_size", "auto..4K", "from number to number");
	assert_refused(*state, "align", "0..8", "cannot start at 0");
	assert_refused(*state, "duration", "0.1..1", "only counts and sizes");
	assert_refused(*state, "path", "lo..veth", "only counts and sizes");
}

static void test_all(void **state)
{
	struct experiment *e = *state;
	const struct field *field = field_find(&cell_table, "path");
	assert_int_equal(experiment_set(e, "path", "all", &why), 0);
	const struct value_list *list = list_of(e, "path");
	for (uint64_t i = 0; i < list->count; i++)
		assert_string_equal(list->values[i], field->choice(i));
	assert_null(field->choice(list->count));

	assert_taken(e, "verify", "all", "off,on");
	assert_taken(e, "pages", "thp,all", "thp,4k,hugetlb");
	assert_refused(e, "size", "all", "not valid");
}

static void test_refusals(void **state)
{
	assert_refused(*state, "size", "", "empty");
	assert_refused(*state, "size", "4K,,8K", "empty");
	assert_refused(*state, "size", "4K,", "empty");
	assert_refused(*state, "size", " , ", "empty");
	assert_refused(*state, "size", "0", "not valid");
	assert_refused(*state, "tx", "sned", "nearest is send");
	assert_refused(*state, "path", "vteh", "lo, veth");
	assert_refused(*state, "congestion", "\xff", "UTF-8");
	char text[1024];
	memset(text, '1', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_refused(*state, "size", text, "too long");
}

static void test_settings(void **state)
{
	struct experiment *e = *state;
	assert_int_equal(experiment_set(e, "repeats", "1000", &why), 0);
	assert_int_equal(e->settings.repeats, 1000);
	assert_int_equal(experiment_set(e, "repeats", "1001", &why), -EINVAL);
	assert_int_equal(experiment_set(e, "repeats", "0", &why), -EINVAL);
	assert_int_equal(experiment_set(e, "repeats", "1,2", &why), -EINVAL);
	assert_int_equal(e->settings.repeats, 1000);
	assert_int_equal(experiment_set(e, "seed", "18446744073709551612", &why), 0);
	assert_true(e->settings.seed == FIELD_MAX);
	assert_int_equal(experiment_set(e, "description", "a, b: \xc3\xa9", &why), 0);
	assert_string_equal(e->settings.description, "a, b: \xc3\xa9");
}

static void test_bound(void **state)
{
	char text[8 * VALUE_LIST_MAX] = "";
	for (size_t i = 0, n = 0; i < VALUE_LIST_MAX; i++)
		n += (size_t)sprintf(text + n, "%s%zu", i ? "," : "", i + 1);
	assert_int_equal(experiment_set(*state, "size", text, &why), 0);
	assert_int_equal(list_of(*state, "size")->count, VALUE_LIST_MAX);
	strcat(text, ",1"); /* a duplicate counts: it costs as much */
	assert_int_equal(experiment_set(*state, "size", text, &why), -EINVAL);
	assert_said("4096");
}

static void test_nearest(void **state)
{
	(void)state;
	static const char *const names[] = { "send", "sendmsg", "uring-send-zc", "recv", "splice" };
	static const char *const words[] = { "sned", "sendmesg", "uring_send_cz", "rcv", "slice" };
	for (size_t i = 0; i < 5; i++) {
		struct nearest nearest;
		nearest_open(&nearest, words[i]);
		for (size_t j = 0; j < 5; j++)
			nearest_try(&nearest, names[j]);
		assert_string_equal(nearest.name, names[i]);
	}
}

static json_t *trip(const struct experiment *experiment)
{
	struct experiment back;
	json_t *json = experiment_to_json(experiment);
	assert_non_null(json);
	assert_int_equal(experiment_open(&back), 0);
	if (experiment_from_json(&back, json, &why))
		fail_msg("%s", why.text);
	json_t *again = experiment_to_json(&back);
	assert_true(json_equal(json, again));
	experiment_close(&back);
	json_decref(again);
	return json;
}

static void test_json(void **state)
{
	struct experiment *e = *state;
	json_decref(trip(e));
	static const char *const pairs[][2] = {
		{ "name", "x" },
		{ "seed", "18446744073709551612" },
		{ "size", "1..1M" },
		{ "mtu", "page,auto" },
		{ "touch", "all" },
		{ "duration", "0.4,1.000000001" },
		{ "description", "a, \"b\"" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(experiment_set(e, pairs[i][0], pairs[i][1], &why), 0);
	json_t *json = trip(e);
	assert_string_equal(json_string_value(json_object_get(json, "seed")),
			    "18446744073709551612");
	assert_int_equal(json_array_size(json_object_get(json, "size")), 21);
	json_decref(json);
}

static void test_json_mistakes(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{\"size\": 4096}",
		"{\"size\": []}",
		"{\"size\": [4096]}",
		"{\"size\": [\"x\"]}",
		"{\"sise\": [\"1\"]}",
		"{\"repeats\": 5}",
		"{\"repeats\": \"0\"}",
		"{\"name\": [\"a\"]}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *json = json_loads(texts[i], 0, NULL);
		assert_non_null(json);
		why.text[0] = '\0';
		assert_int_equal(experiment_from_json(*state, json, &why), -EINVAL);
		assert_true(*why.text);
		json_decref(json);
	}
	assert_string_equal(values(*state, "size"), "65536");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_presets),        TEST(test_lists),         TEST(test_ranges),
		TEST(test_range_refusals), TEST(test_all),           TEST(test_refusals),
		TEST(test_settings),       TEST(test_bound),         TEST(test_nearest),
		TEST(test_json),           TEST(test_json_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
