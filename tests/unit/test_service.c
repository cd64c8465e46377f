/* SPDX-License-Identifier: MIT */
/* Services: each is whole, each mode has one, and what does not go together is told apart. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "path.h"
#include "service.h"
#include "workload.h"

static struct reason why;

static void set(struct cell *cell, const char *name, const char *text)
{
	if (field_parse(field_find(&cell_table, name), cell, text, &why))
		fail_msg("%s", why.text);
}

static void plain_cell(struct cell *cell, const struct service *service)
{
	field_presets(&cell_table, cell);
	set(cell, "tx", service->tx->name);
	set(cell, "rx", service->rx->name);
}

static void test_every_mode_has_a_service_of_the_registry(void **state)
{
	(void)state;
	for (size_t i = 0; modes[i]; i++) {
		size_t s = 0;
		while (services[s] && services[s] != modes[i]->service)
			s++;
		if (!services[s])
			fail_msg("%s has no service of the registry", modes[i]->name);
	}
}

static void test_every_service_is_whole(void **state)
{
	(void)state;
	for (size_t s = 0; services[s]; s++) {
		const struct service *service = services[s];
		struct cell cell;
		assert_true(service->listen && service->accept && service->dial);
		assert_true(service->half_close && service->finish && service->close);
		assert_ptr_equal(service->tx->service, service);
		assert_ptr_equal(service->rx->service, service);
		assert_int_equal(service->tx->direction, MODE_TX);
		assert_int_equal(service->rx->direction, MODE_RX);
		plain_cell(&cell, service);
		if (service_check(&cell, &why) || !service_fits(&cell))
			fail_msg("%s: %s", service->name, why.text);
	}
}

/* A stream of bytes that come in another order is none. */
static void test_streams_are_ordered(void **state)
{
	(void)state;
	for (size_t s = 0; services[s]; s++)
		assert_true(services[s]->flags & (SERVICE_DATAGRAMS | SERVICE_ORDERED));
}

static void test_local_services_need_a_path_that_is_none(void **state)
{
	(void)state;
	for (size_t s = 0; services[s]; s++)
		for (uint64_t p = 0; paths[p]; p++) {
			struct cell cell;
			plain_cell(&cell, services[s]);
			cell.path = p;
			bool good = paths[p]->here || !(services[s]->flags & SERVICE_LOCAL);
			assert_int_equal(service_fits(&cell), good);
			assert_int_equal(service_check(&cell, &why), good ? 0 : -EINVAL);
			if (!good)
				assert_non_null(strstr(why.text, "--path lo"));
		}
}

static void test_responses_need_a_service_that_carries_them(void **state)
{
	(void)state;
	for (size_t s = 0; services[s]; s++) {
		struct cell cell;
		plain_cell(&cell, services[s]);
		set(&cell, "workload", "rr");
		bool good = services[s]->flags & SERVICE_ANSWERS;
		assert_int_equal(service_check(&cell, &why), good ? 0 : -EINVAL);
	}
}

static void test_a_dimension_that_a_service_lacks_is_refused(void **state)
{
	(void)state;
	static const char *const values[][2] = { { "congestion", "reno" }, { "mss", "1000" } };
	for (size_t s = 0; services[s]; s++)
		for (size_t v = 0; v < 2; v++) {
			struct cell cell;
			bool has = false;
			plain_cell(&cell, services[s]);
			set(&cell, values[v][0], values[v][1]);
			for (size_t i = 0; services[s]->dimensions && services[s]->dimensions[i];
			     i++)
				has = has || !strcmp(services[s]->dimensions[i], values[v][0]);
			assert_int_equal(service_check(&cell, &why), has ? 0 : -EINVAL);
			if (!has)
				assert_non_null(strstr(why.text, values[v][0]));
		}
}

/* Every dimension that a service says it obeys is one, so that a slip of the pen is seen. */
static void test_the_dimensions_exist(void **state)
{
	(void)state;
	for (size_t s = 0; services[s]; s++)
		for (size_t i = 0; services[s]->dimensions && services[s]->dimensions[i]; i++)
			assert_non_null(field_find(&cell_table, services[s]->dimensions[i]));
}

static void test_a_sample_says_what_its_service_gives(void **state)
{
	(void)state;
	struct cell cell;
	struct sample sample;
	char gives[128];
	plain_cell(&cell, &service_tcp);
	sample_clear(&sample);
	service_describe(&cell, &sample);
	assert_string_equal(sample.service, "tcp");
	assert_string_equal(sample.delivery, "stream");
	assert_string_equal(sample.checksum_by, "kernel");
	assert_int_equal(sample.reliable, 1);
	assert_int_equal(sample.ordered, 1);
	assert_int_equal(sample.encrypted, 0);
	service_gives(&service_tcp, gives, sizeof(gives));
	assert_string_equal(gives,
			    "stream, reliable, ordered, not encrypted, checksums by the kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_mode_has_a_service_of_the_registry),
		cmocka_unit_test(test_every_service_is_whole),
		cmocka_unit_test(test_streams_are_ordered),
		cmocka_unit_test(test_local_services_need_a_path_that_is_none),
		cmocka_unit_test(test_responses_need_a_service_that_carries_them),
		cmocka_unit_test(test_a_dimension_that_a_service_lacks_is_refused),
		cmocka_unit_test(test_the_dimensions_exist),
		cmocka_unit_test(test_a_sample_says_what_its_service_gives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
