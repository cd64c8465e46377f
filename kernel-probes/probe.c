/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "object.h"

/* libbpf tells only its log which program the verifier refused, and why. */
static char refused_program[32], refused_line[128];

static int listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char text[4096];
	vsnprintf(text, sizeof(text), format, args);
	if (getenv("ZCPROBE_DEBUG"))
		fputs(text, stderr);
	char *name = strstr(text, "prog '"), *failed = strstr(text, "': BPF program load failed: ");
	if (name && failed && name < failed) {
		snprintf(refused_program, sizeof(refused_program), "%.*s", (int)(failed - name - 6),
			 name + 6);
		snprintf(refused_line, sizeof(refused_line), "%.*s",
			 (int)strcspn(failed + 28, "\n"), failed + 28);
	}
	(void)level;
	return 0;
}

int probe_open(struct probe *probe, struct reason *why)
{
	*probe = (struct probe){ .only = LAYER_NONE };
	memset(probe->config.layer, LAYER_NONE, sizeof(probe->config.layer));
	libbpf_set_print(listen_to_libbpf);
	return kernel_open(&probe->kernel, why);
}

static int refusal(const struct probe *probe, const char *name, struct reason *why)
{
	for (size_t i = 0; i < probe->refused_count; i++)
		if (!strcmp(probe->refused[i], name)) {
			*why = probe->refusals[i];
			return -EPERM;
		}
	return 0;
}

static int program_can(struct probe *probe, const char *name, struct reason *why)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(probe->object, name);
	int err = refusal(probe, name, why);
	if (err)
		return err;
	if (!program) /* the object without kprobes */
		return reason_set(why, ENOENT, "%s",
				  *probe->kernel.kprobe.text ? probe->kernel.kprobe.text
							     : "fentry is in use");
	return kernel_can(&probe->kernel, bpf_program__section_name(program), why);
}

/* One word of a list: "a", "a|b", "?a". Wants: the program is to be loaded too. */
static int word_can(struct probe *probe, const char *word, bool wants, struct reason *why)
{
	char names[128], *rest = NULL, *name;
	bool optional = *word == '?';
	struct reason first = { "" };
	snprintf(names, sizeof(names), "%s", word + optional);
	for (name = strtok_r(names, "|", &rest); name; name = strtok_r(NULL, "|", &rest)) {
		if (!program_can(probe, name, why)) {
			if (wants)
				bpf_program__set_autoload(
					bpf_object__find_program_by_name(probe->object, name),
					true);
			return 0;
		}
		if (!*first.text)
			first = *why;
	}
	*why = first;
	return optional ? 0 : -ENOENT;
}

static int list_can(struct probe *probe, const char *list, bool wants, struct reason *why)
{
	char words[256], *rest = NULL, *word;
	snprintf(words, sizeof(words), "%s", list);
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int err = word_can(probe, word, wants, why);
		if (err)
			return err;
	}
	return 0;
}

static bool layer_allowed(const struct probe *probe, int id, int layer)
{
	/* What only one layer can see is seen there, whatever was forced. */
	bool single = !counters[id].programs[LAYER_FENTRY] && !counters[id].programs[LAYER_KPROBE];
	/* Until 6.7 the copy for XDP is inlined in veth, and without it late copies are not whole.
	 */
	bool last = id == COUNT_XDP_COPIED && layer == LAYER_TRACEPOINT;
	return probe->only == LAYER_NONE || layer == (int)probe->only || single || last;
}

static void choose_layer(struct probe *probe, int id)
{
	struct reason why = { "" }, *kept = &probe->why[id];
	kept->text[0] = '\0';
	probe->config.layer[id] = LAYER_NONE;
	if ((probe->config.ledger && id > COUNT_LEDGER) ||
	    (!probe->config.histograms && id >= COUNT_TIMED)) {
		reason_set(kept, ENOENT, "not asked for");
		return;
	}
	for (int layer = 0; layer < LAYER_NUMBER; layer++) {
		const char *programs = counters[id].programs[layer];
		if (!programs || !layer_allowed(probe, id, layer))
			continue;
		if (!list_can(probe, programs, false, &why)) {
			list_can(probe, programs, true, &why);
			probe->config.layer[id] = (__u8)layer;
			return;
		}
		size_t used = strlen(kept->text);
		snprintf(kept->text + used, sizeof(kept->text) - used, "%s%s: %s", used ? "; " : "",
			 counter_layer_name((enum count_layer)layer), why.text);
	}
	if (!*kept->text)
		snprintf(kept->text, sizeof(kept->text), "the layer asked for cannot see it");
}

/* What is followed from device to device only where late copies are inferred from that. */
static void drop_crossing(struct probe *probe)
{
	static const enum count_id ids[] = { COUNT_UNSEEN, COUNT_CROSSING, COUNT_CROSSED };
	__u8 *layer = probe->config.layer;
	if (layer[COUNT_LATE_COPIED] == LAYER_TRACEPOINT ||
	    layer[COUNT_XDP_COPIED] == LAYER_TRACEPOINT)
		return;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		layer[ids[i]] = LAYER_NONE;
		reason_set(&probe->why[ids[i]], ENOENT,
			   "not needed: late copies are counted where they are made");
	}
}

int probe_choose(struct probe *probe, struct reason *why)
{
	bool any = false;
	bpf_object__close(probe->object);
	probe->object = NULL;
	int err = object_open(probe, why);
	if (err)
		return err;
	for (int id = 0; id < COUNT_NUMBER; id++) {
		choose_layer(probe, id);
		any |= probe->config.layer[id] != LAYER_NONE;
	}
	/* Half of the late copies is no count of them: a sender could pass for zero-copy. */
	if (probe->config.layer[COUNT_XDP_COPIED] == LAYER_NONE) {
		probe->config.layer[COUNT_LATE_COPIED] = LAYER_NONE;
		probe->why[COUNT_LATE_COPIED] = probe->why[COUNT_XDP_COPIED];
	}
	/* Without the start of a send the time to its notice is not known. */
	if (probe->config.layer[COUNT_TX_ZEROCOPY_CALLS] == LAYER_NONE) {
		probe->config.layer[COUNT_TIMED_NOTICES] = LAYER_NONE;
		probe->why[COUNT_TIMED_NOTICES] = probe->why[COUNT_TX_ZEROCOPY_CALLS];
	}
	drop_crossing(probe);
	if (!any)
		return reason_set(why, EOPNOTSUPP, "no counter has a layer here: %.180s",
				  probe->why[COUNT_TX_BYTES].text);
	err = list_can(probe, counter_books, true, why);
	if (!err && probe->config.by_task)
		err = list_can(probe, "tp_fork", true, why);
	return err;
}

static void refuse(struct probe *probe, const char *name, const char *what, const char *detail)
{
	size_t i = probe->refused_count;
	if (i == PROBE_PROGRAMS)
		return;
	snprintf(probe->refused[i], sizeof(probe->refused[i]), "%s", name);
	reason_set(&probe->refusals[i], EPERM, "the kernel refuses to %s %s (%s)", what, name,
		   detail);
	probe->refused_count++;
}

/* What is not asked for needs no memory: making it takes time too. */
static void shrink(struct probe *probe)
{
	const struct count_config *config = &probe->config;
	const struct {
		const char *name;
		bool used;
	} maps[] = {
		{ "histograms", config->histograms },
		{ "times", config->histograms },
		{ "stacks", config->stacks },
		{ "stack_bytes", config->stacks },
		{ "ubufs", config->layer[COUNT_URING_RELEASES] != LAYER_NONE },
	};
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (!maps[i].used)
			bpf_map__set_max_entries(
				bpf_object__find_map_by_name(probe->object, maps[i].name), 1);
}

/*
 * libbpf would have pages of their own made for these, to be mapped by programs. Among the kernel's
 * other memory an event finds them with fewer misses of the TLB, which every system call empties
 * where page table isolation has no PCID.
 */
static void unmap(struct bpf_map *map)
{
	if (map)
		bpf_map__set_map_flags(map, bpf_map__map_flags(map) & ~(__u32)BPF_F_MMAPABLE);
}

/* 0; 1: a program was refused, choose again without it; or -errno. */
static int load(struct probe *probe, struct reason *why)
{
	struct bpf_map *constants = bpf_object__find_map_by_name(probe->object, ".rodata");
	if (!constants ||
	    bpf_map__set_initial_value(constants, &probe->config, sizeof(probe->config)))
		return reason_set(why, EINVAL, "the BPF object has no configuration; build again");
	unmap(constants);
	unmap(bpf_object__find_map_by_name(probe->object, ".bss"));
	unmap(bpf_object__find_map_by_name(probe->object, ".data.port"));
	shrink(probe);
	refused_program[0] = '\0';
	int err = bpf_object__load(probe->object);
	if (!err)
		return 0;
	if (!*refused_program)
		return reason_set(why, -err, "loading the probes: %s%s", strerror(-err),
				  err == -EMFILE ? "; raise `ulimit -n`" : "");
	refuse(probe, refused_program, "load", refused_line);
	return 1;
}

static void detach(struct probe *probe)
{
	while (probe->link_count)
		bpf_link__destroy(probe->links[--probe->link_count]);
}

static int attach(struct probe *probe)
{
	struct bpf_program *program;
	bpf_object__for_each_program(program, probe->object)
	{
		if (!bpf_program__autoload(program))
			continue;
		struct bpf_link *link = bpf_program__attach(program);
		if (!link) {
			refuse(probe, bpf_program__name(program), "attach", strerror(errno));
			detach(probe);
			return 1;
		}
		probe->links[probe->link_count++] = link;
	}
	return 0;
}

int probe_attach(struct probe *probe, struct reason *why)
{
	int err = 1;
	for (int i = 0; err > 0 && i < PROBE_PROGRAMS; i++) {
		err = probe_choose(probe, why);
		if (!err)
			err = load(probe, why);
		if (!err)
			err = attach(probe);
	}
	return err;
}

void probe_close(struct probe *probe)
{
	detach(probe);
	bpf_object__close(probe->object);
	probe->object = NULL;
	kernel_close(&probe->kernel);
}
