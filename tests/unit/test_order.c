/* SPDX-License-Identifier: MIT */
/* The token that each flow begins with, as its two ends make and read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "order.h"

static const char *const tokens[] = { "000102030405060708090a0b0c0d0eff",
				      "ffffffffffffffffffffffffffffffff",
				      "00000000000000000000000000000000" };

static struct order order_of(const char *token, uint64_t flows)
{
	struct order order;
	order_clear(&order);
	order.cell.flows = flows;
	assert_true(order_read_token(token, order.token));
	return order;
}

static void test_each_flow_is_known_by_its_token(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(tokens) / sizeof(tokens[0]); t++) {
		struct order order = order_of(tokens[t], 1000);
		for (uint64_t i = 0; i < 1000; i++) {
			unsigned char said[AGENT_TOKEN_BYTES];
			uint64_t number = 9999;
			order_flow_token(&order, i, said);
			assert_int_equal(order_flow_number(&order, said, sizeof(said), &number), 1);
			assert_int_equal(number, i);
		}
	}
}

static void test_no_flow_has_the_next_number(void **state)
{
	(void)state;
	struct order order = order_of(tokens[0], 3);
	unsigned char said[AGENT_TOKEN_BYTES];
	uint64_t number;
	order_flow_token(&order, 3, said);
	assert_int_equal(order_flow_number(&order, said, sizeof(said), &number), -1);
	order_flow_token(&order, UINT64_MAX, said);
	assert_int_equal(order_flow_number(&order, said, sizeof(said), &number), -1);
}

/* The random bytes are compared as they come, the number when it is whole. */
static void test_the_start_of_a_token(void **state)
{
	(void)state;
	struct order order = order_of(tokens[0], 2);
	unsigned char said[AGENT_TOKEN_BYTES];
	uint64_t number;
	order_flow_token(&order, 1, said);
	for (size_t length = 1; length < sizeof(said); length++)
		assert_int_equal(order_flow_number(&order, said, length, &number), 0);
	for (size_t wrong = 0; wrong < sizeof(said); wrong++) {
		said[wrong] ^= 0x10;
		assert_int_equal(order_flow_number(&order, said, sizeof(said), &number), -1);
		if (wrong < 12)
			assert_int_equal(order_flow_number(&order, said, wrong + 1, &number), -1);
		said[wrong] ^= 0x10;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_flow_is_known_by_its_token),
		cmocka_unit_test(test_no_flow_has_the_next_number),
		cmocka_unit_test(test_the_start_of_a_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
