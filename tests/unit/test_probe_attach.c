/* SPDX-License-Identifier: MIT */
/* How zcprobe chooses layers when the kernel has no such function, or refuses a program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if __has_include(<bpf/libbpf.h>)

#include "../../kernel-probes/counter.c"
#include "../../kernel-probes/probe.c"

/* In place of libbpf and of the kernel: a program is one of these, made when it is first named. */
struct bpf_program {
	char name[32];
	bool wanted, attached;
};

static struct bpf_program programs[PROBE_PROGRAMS];
static int program_count, loads;
static const char *absent;       /* a function that the kernel has not */
static const char *unverifiable; /* a program that the verifier refuses */
static const char *unattachable;
static libbpf_print_fn_t say;
static struct probe probe;
static struct reason why;

int object_open(struct probe *of, struct reason *reason)
{
	(void)reason;
	of->object = (struct bpf_object *)programs;
	program_count = 0;
	memset(programs, 0, sizeof(programs));
	return 0;
}

int kernel_open(struct kernel *kernel, struct reason *reason)
{
	(void)reason;
	*kernel = (struct kernel){ 0 };
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	(void)kernel;
}

/* section: here only the program's name. */
int kernel_can(struct kernel *kernel, const char *section, struct reason *reason)
{
	(void)kernel;
	return absent && !strcmp(section, absent)
		       ? reason_set(reason, ENOENT, "this kernel has no function %s", section)
		       : 0;
}

struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *object,
						     const char *name)
{
	(void)object;
	for (int i = 0; i < program_count; i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	assert_true(program_count < PROBE_PROGRAMS);
	strcpy(programs[program_count].name, name);
	return &programs[program_count++];
}

struct bpf_program *bpf_object__next_program(const struct bpf_object *object,
					     struct bpf_program *last)
{
	struct bpf_program *next = last ? last + 1 : programs;
	(void)object;
	return next < programs + program_count ? next : NULL;
}

const char *bpf_program__section_name(const struct bpf_program *program)
{
	return program->name;
}

__attribute__((noinline)) const char *bpf_program__name(const struct bpf_program *program)
{
	return program->name;
}

bool bpf_program__autoload(const struct bpf_program *program)
{
	return program->wanted;
}

int bpf_program__set_autoload(struct bpf_program *program, bool wanted)
{
	program->wanted = wanted;
	return 0;
}

libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t print)
{
	say = print;
	return NULL;
}

static void warn(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(LIBBPF_WARN, format, args);
	va_end(args);
}

int bpf_object__load(struct bpf_object *object)
{
	(void)object;
	loads++;
	for (int i = 0; i < program_count; i++)
		if (programs[i].wanted && unverifiable && !strcmp(programs[i].name, unverifiable)) {
			warn("libbpf: prog '%s': BPF program load failed: %s\n", programs[i].name,
			     "Permission denied");
			return -EACCES;
		}
	return 0;
}

struct bpf_link *bpf_program__attach(const struct bpf_program *program)
{
	if (unattachable && !strcmp(program->name, unattachable)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	((struct bpf_program *)program)->attached = true;
	return (struct bpf_link *)program;
}

int bpf_link__destroy(struct bpf_link *link)
{
	((struct bpf_program *)link)->attached = false;
	return 0;
}

void bpf_object__close(struct bpf_object *object)
{
	(void)object;
}

struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *object, const char *name)
{
	(void)object;
	return (struct bpf_map *)name;
}

int bpf_map__set_initial_value(struct bpf_map *map, const void *data, size_t size)
{
	(void)map;
	(void)data;
	assert_int_equal(size, sizeof(struct count_config));
	return 0;
}

__u32 bpf_map__map_flags(const struct bpf_map *map)
{
	(void)map;
	return BPF_F_MMAPABLE | BPF_F_RDONLY_PROG;
}

int bpf_map__set_map_flags(struct bpf_map *map, __u32 flags)
{
	(void)map;
	assert_int_equal(flags, BPF_F_RDONLY_PROG);
	return 0;
}

int bpf_map__set_max_entries(struct bpf_map *map, __u32 entries)
{
	(void)map;
	(void)entries;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	absent = unverifiable = unattachable = NULL;
	loads = 0;
	return probe_open(&probe, &why);
}

static enum count_layer layer(enum count_id id)
{
	return (enum count_layer)probe.config.layer[id];
}

static void test_all_is_well(void **state)
{
	(void)state;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(loads, 1);
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
	assert_int_equal(layer(COUNT_RETRANSMITS), LAYER_TRACEPOINT);
	assert_true(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
	assert_false(bpf_object__find_program_by_name(NULL, "kp_rx_copy")->attached);
	probe_close(&probe);
	assert_false(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
}

static void test_absent_function(void **state)
{
	(void)state;
	absent = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_KPROBE);
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
	absent = "fe_pin"; /* its inner function will do */
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_PINNED_PAGES), LAYER_FENTRY);
	assert_true(bpf_object__find_program_by_name(NULL, "fe_pin_inner")->attached);
}

/* It takes the layer from the counters that need the program; all others go on. */
static void test_verifier_refuses(void **state)
{
	(void)state;
	unverifiable = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(loads, 2);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_KPROBE);
	assert_int_equal(layer(COUNT_RX_BYTES), LAYER_FENTRY);
	assert_false(bpf_object__find_program_by_name(NULL, "fe_rx_copy")->attached);
	assert_true(bpf_object__find_program_by_name(NULL, "kp_rx_copy")->attached);
}

static void test_verifier_refuses_the_only_layer(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unverifiable = "fe_rx_copy";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_RX_COPIED), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_RX_COPIED].text,
			       "refuses to load fe_rx_copy (Permission denied)"));
	assert_int_equal(layer(COUNT_TX_COPIED), LAYER_FENTRY);
}

static void test_attaching_refused(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unattachable = "fe_pull";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_LATE_COPIED), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_PULLED].text, "refuses to attach fe_pull"));
	assert_int_equal(layer(COUNT_TX_BYTES), LAYER_FENTRY);
}

/* Without the copies for XDP late copies would be counted in part, and a sender pass for zero-copy.
 */
static void test_half_of_the_late_copies(void **state)
{
	(void)state;
	probe.only = LAYER_FENTRY;
	unverifiable = "fe_cow";
	absent = "tp_xmit";
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_XDP_COPIED), LAYER_NONE);
	assert_int_equal(layer(COUNT_LATE_COPIED), LAYER_NONE);
}

static void test_books_refused(void **state)
{
	(void)state;
	unverifiable = "tp_sock_state"; /* without it nothing is whole */
	assert_true(probe_attach(&probe, &why) < 0);
	assert_non_null(strstr(why.text, "tp_sock_state"));
}

static void test_ledger_alone(void **state)
{
	(void)state;
	probe.config.ledger = true;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_PINNED_PAGES), LAYER_FENTRY);
	assert_int_equal(layer(COUNT_COMPLETIONS), LAYER_NONE);
	assert_string_equal(probe.why[COUNT_COMPLETIONS].text, "not asked for");
}

static void test_times_need_the_start(void **state)
{
	(void)state;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_NONE); /* not asked for */
	probe.config.histograms = true;
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_TRACEPOINT);
	assert_int_equal(layer(COUNT_TIMED_PINS), LAYER_FENTRY);
	probe.only = LAYER_TRACEPOINT;
	absent = "tp_send_open"; /* until 6.15 */
	assert_int_equal(probe_attach(&probe, &why), 0);
	assert_int_equal(layer(COUNT_TIMED_NOTICES), LAYER_NONE);
	assert_non_null(strstr(probe.why[COUNT_TIMED_NOTICES].text, "tp_send_open"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_is_well, begin),
		cmocka_unit_test_setup(test_absent_function, begin),
		cmocka_unit_test_setup(test_verifier_refuses, begin),
		cmocka_unit_test_setup(test_verifier_refuses_the_only_layer, begin),
		cmocka_unit_test_setup(test_attaching_refused, begin),
		cmocka_unit_test_setup(test_half_of_the_late_copies, begin),
		cmocka_unit_test_setup(test_books_refused, begin),
		cmocka_unit_test_setup(test_ledger_alone, begin),
		cmocka_unit_test_setup(test_times_need_the_start, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_without_libbpf(void **state)
{
	(void)state;
	print_message("needs libbpf-dev\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_without_libbpf) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
