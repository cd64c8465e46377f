/* SPDX-License-Identifier: MIT */
/* What the devices do to a measurement. */
#include "hygiene_try.h"

typedef int judge_fn(const json_t *nics, struct hygiene_finding *finding);

#define NIC(rest)   "[{'name': 'eth0', 'up': true, 'bus_info': '0000:01:00.0', " rest "}]"
#define LO(rest)    "[{'name': 'lo', 'up': true, 'loopback': true, " rest "}]"
#define DOWN(rest)  "[{'name': 'eth1', 'up': false, " rest "}]"
#define IRQ(a, c)   "{'action': " a ", 'cpus': " c "}"
#define FEATURES(x) "'features': {'sg': " x ", 'tso': true, 'gso': true, 'gro': null}"
#define STEERED(queues, last, rules)                                                 \
	"'data_split': {'on': true, 'threshold': 0}, 'steering': {'queues': " queues \
	", 'hashed_last': " last ", 'rules': " rules "}"

static const struct {
	judge_fn *judge;
	enum hygiene_status status;
	const char *says, *nics;
	struct put puts[3];
} judged[] = {
	{ hygiene_irqs_judge,
	  HYGIENE_WARNING,
	  "eth0 on CPU 0",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'0'") "," IRQ("null", "'1'") "]"),
	  { TWO_CPUS } },
	{ hygiene_irqs_judge,
	  HYGIENE_GOOD,
	  "several",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'1'") "]"),
	  { TWO_CPUS } },
	{ hygiene_irqs_judge,
	  HYGIENE_WARNING,
	  "irqbalance runs",
	  NIC("'irqs': [" IRQ("'q0'", "'0'") "," IRQ("'q1'", "'1'") "]"),
	  { TWO_CPUS, { "/proc/77/comm", "irqbalance\n" } } },
	{ hygiene_irqs_judge, HYGIENE_UNKNOWN, "No device", LO("'irqs': null"), { TWO_CPUS } },

	{ hygiene_numa_judge,
	  HYGIENE_GOOD,
	  "one",
	  LO("'numa_node': null"),
	  { { "/sys/devices/system/node/online", "0\n" } } },
	{ hygiene_numa_judge,
	  HYGIENE_WARNING,
	  "(0-1); eth0 on node 1",
	  NIC("'numa_node': 1"),
	  { { "/sys/devices/system/node/online", "0-1\n" } } },
	{ hygiene_numa_judge, HYGIENE_UNKNOWN, "cannot be read", NIC("'numa_node': 1"), { METAL } },

	{ hygiene_qdisc_judge,
	  HYGIENE_GOOD,
	  "fq_codel",
	  LO("'qdisc': 'noqueue'"),
	  { { "/proc/sys/net/core/default_qdisc", "fq_codel\n" } } },
	{ hygiene_qdisc_judge, HYGIENE_GOOD, "not visible", NIC("'qdisc': 'mq'"), { METAL } },
	{ hygiene_qdisc_judge,
	  HYGIENE_WARNING,
	  "netem on eth0",
	  NIC("'qdisc': 'netem'"),
	  { METAL } },
	{ hygiene_qdisc_judge,
	  HYGIENE_WARNING,
	  "fq_codel on lo",
	  LO("'qdisc': 'fq_codel'"),
	  { METAL } },
	{ hygiene_qdisc_judge, HYGIENE_UNKNOWN, "No device", "[]", { METAL } },
	{ hygiene_qdisc_judge, HYGIENE_UNKNOWN, "No device", DOWN("'qdisc': 'netem'"), { METAL } },

	{ hygiene_offloads_judge, HYGIENE_GOOD, "are on", NIC(FEATURES("true")), { METAL } },
	{ hygiene_offloads_judge,
	  HYGIENE_WARNING,
	  "sg of eth0",
	  NIC(FEATURES("false")),
	  { METAL } },
	{ hygiene_offloads_judge, HYGIENE_WARNING, "sg of lo", LO(FEATURES("false")), { METAL } },
	{ hygiene_offloads_judge,
	  HYGIENE_UNKNOWN,
	  "No device",
	  "[{'name': 'dummy0', 'up': true, " FEATURES("false") "}]",
	  { METAL } },

	{ hygiene_lending_judge, HYGIENE_GOOD, "none", NIC("'data_split': null"), { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_WARNING,
	  "eth0 does not split",
	  NIC("'data_split': {'on': false}"),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_WARNING,
	  "eth0 does not split headers from all",
	  NIC("'data_split': {'on': true, 'threshold': 256}"),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_GOOD,
	  "1 devices split",
	  NIC("'data_split': {'on': true, 'threshold': 0}"),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_GOOD,
	  "1 devices split",
	  NIC(STEERED("1", "0", "0")),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_GOOD,
	  "1 devices split",
	  NIC(STEERED("4", "2", "1")),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_GOOD,
	  "1 devices split",
	  NIC(STEERED("4", "2", "null")),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_WARNING,
	  "queue 3, which uring-zcrx takes, would get those of others",
	  NIC(STEERED("4", "3", "1")),
	  { METAL } },
	{ hygiene_lending_judge,
	  HYGIENE_WARNING,
	  "No rule of eth0 sends flows to queue 3",
	  NIC(STEERED("4", "2", "0")),
	  { METAL } },
};

/* Each command once, and only what is lacking. */
static void test_lending_is_mended_by_these_commands(void **state)
{
	static const struct {
		const char *nics, *remedy;
	} mends[] = {
		{ NIC("'data_split': {'on': false}"),
		  "ethtool -G eth0 tcp-data-split on (--path nics does it by itself)" },
		{ NIC("'data_split': {'on': true, 'threshold': 256}"),
		  "ethtool -G eth0 tcp-data-split on hds-thresh 0 (--path nics does it by itself)" },
		{ NIC("'data_split': {'on': false}, 'steering': {'queues': 4, 'hashed_last': 3, "
		      "'rules': 0}"),
		  "ethtool -G eth0 tcp-data-split on; ethtool -X eth0 equal 3; "
		  "ethtool -K eth0 ntuple on; ethtool -N eth0 flow-type tcp4 dst-ip ADDRESS "
		  "action 3 (--path nics does it by itself)" },
		{ NIC(STEERED("4", "3", "1")),
		  "ethtool -X eth0 equal 3 (--path nics does it by itself)" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++) {
		struct hygiene_finding finding;
		json_t *nics = json_quoted(mends[i].nics);
		assert_int_equal(hygiene_lending_judge(nics, &finding), 0);
		assert_string_equal(finding.remedy.text, mends[i].remedy);
		json_decref(nics);
	}
}

static void test_devices_are_judged_by_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		struct hygiene_finding finding;
		json_t *nics = json_quoted(judged[i].nics);
		put_all(judged[i].puts);
		assert_int_equal(judged[i].judge(nics, &finding), 0);
		finding_expect(&finding, judged[i].status, judged[i].says);
		json_decref(nics);
	}
}

static void test_without_an_answer_of_rtnetlink_nothing_is_judged(void **state)
{
	(void)state;
	struct hygiene_finding finding;
	json_t *null = json_null();
	clear();
	hygiene_offloads_judge(null, &finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "No device");
	hygiene_qdisc_judge(null, &finding);
	finding_expect(&finding, HYGIENE_UNKNOWN, "rtnetlink");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices_are_judged_by_what_they_say),
		cmocka_unit_test(test_lending_is_mended_by_these_commands),
		cmocka_unit_test(test_without_an_answer_of_rtnetlink_nothing_is_judged),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
