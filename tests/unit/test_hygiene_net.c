/* SPDX-License-Identifier: MIT */
/* What the devices do to a measurement. */
#include "hygiene_try.h"

typedef int judge_fn(const json_t *nics, struct hygiene_finding *finding);

#define NIC(rest)   "[{'name': 'eth0', 'up': true, 'bus_info': '0000:01:00.0', " rest "}]"
#define LO(rest)    "[{'name': 'lo', 'up': true, 'loopback': true, " rest "}]"
#define DOWN(rest)  "[{'name': 'eth1', 'up': false, " rest "}]"
#define IRQ(a, c)   "{'action': " a ", 'cpus': " c "}"
#define FEATURES(x) "'features': {'sg': " x ", 'tso': true, 'gso': true, 'gro': null}"

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
};

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
		cmocka_unit_test(test_without_an_answer_of_rtnetlink_nothing_is_judged),
	};
	return cmocka_run_group_tests(tests, tree_open, tree_close);
}
