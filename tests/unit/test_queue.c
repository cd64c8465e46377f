/* SPDX-License-Identifier: MIT */
/* Which queues a cell takes, and what is said of devices that have none to give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modes/arrival.h"
#include "queue.h"

static struct cell make(const char *rx_queue, uint64_t areas)
{
	struct cell cell;
	struct reason why;
	field_presets(&cell_table, &cell);
	assert_int_equal(field_parse(field_find(&cell_table, "rx_queue"), &cell, rx_queue, &why),
			 0);
	cell.areas = areas;
	return cell;
}

static void test_the_last_queues_are_taken_unless_told_otherwise(void **state)
{
	(void)state;
	struct cell cell = make("auto", 1);
	assert_int_equal(queue_first(&cell, 4), 3);
	assert_int_equal(queue_first(&cell, 1), 0);
	assert_int_equal(queue_first(&cell, 0), 0); /* nobody says how many there are */
	cell = make("auto", 3);
	assert_int_equal(queue_first(&cell, 4), 1);
	assert_int_equal(queue_first(&cell, 2), 0);
	cell = make("2", 3);
	assert_int_equal(queue_first(&cell, 4), 2);
}

/* A socket of lo that has received nothing. */
static int lo_socket(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void test_a_socket_s_device_is_found_by_its_address(void **state)
{
	(void)state;
	struct queue_device device;
	struct reason why;
	int fd = lo_socket();
	assert_int_equal(queue_device(fd, &device, &why), 0);
	assert_string_equal(device.name, "lo");
	assert_int_equal(device.index, if_nametoindex("lo"));
	assert_int_equal(queue_napi_of(fd), 0);
	assert_non_null(strstr(queue_holder(&device, 0), "another program"));
	close(fd);
}

static void test_a_socket_without_an_address_has_no_device(void **state)
{
	(void)state;
	struct queue_device device;
	struct reason why = { "" };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(queue_device(fd, &device, &why), -ENODEV);
	assert_non_null(strstr(why.text, "no device"));
	close(fd);
}

static void test_nobody_is_astray_where_nobody_knows(void **state)
{
	(void)state;
	struct queue_device none = { .index = 0 };
	struct arrival arrival;
	struct worker worker = { .flow_count = 2 };
	int fd = lo_socket();
	arrival_open(&arrival, &none, 0, 2);
	assert_int_equal(arrival_of(&arrival, fd), 2);
	arrival_note(&arrival, &worker);
	assert_string_equal(worker.note.text, "");

	/* Somewhere else than at NAPI 7, however, is known to be elsewhere. */
	snprintf(none.name, sizeof(none.name), "eth9");
	arrival.napis[0] = 7;
	assert_int_equal(arrival_of(&arrival, fd), 2);
	arrival_note(&arrival, &worker);
	assert_non_null(strstr(worker.note.text, "1 of 2 flows do not arrive at queue 0 of eth9"));
	close(fd);
}

static void test_a_dma_buf_is_not_bound_to_lo(void **state)
{
	(void)state;
	struct queue_binding binding;
	struct queue_device device;
	struct reason why = { "" };
	int fd = lo_socket();
	assert_int_equal(queue_device(fd, &device, &why), 0);
	assert_int_equal(queue_bind(&binding, &device, 0, fd, &why), -EOPNOTSUPP);
	assert_true(strstr(why.text, "bind a dma-buf to receive queue 0 of lo") ||
		    strstr(why.text, "6.12"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_queues_are_taken_unless_told_otherwise),
		cmocka_unit_test(test_a_socket_s_device_is_found_by_its_address),
		cmocka_unit_test(test_a_socket_without_an_address_has_no_device),
		cmocka_unit_test(test_nobody_is_astray_where_nobody_knows),
		cmocka_unit_test(test_a_dma_buf_is_not_bound_to_lo),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
