/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* One function is tried for all: what refuses one (lockdown, no ftrace) refuses each. */
static int try_fentry(struct kernel *kernel)
{
	int id = btf__find_by_name_kind(kernel->btf, "tcp_rcv_space_adjust", BTF_KIND_FUNC);
	if (id < 0)
		return reason_set(&kernel->fentry, ENOENT, "BTF has no functions of TCP");
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = (__u32)id);
	int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "zcprobe_try", "Dual MIT/GPL", nothing,
				    2, &options);
	if (program < 0)
		return reason_set(&kernel->fentry, -program, "refused (%s)%s", strerror(-program),
				  program == -EPERM ? ", as by kernel lockdown" : "");
	int link = bpf_raw_tracepoint_open(NULL, program);
	int err = link < 0 ? -errno : 0;
	close(program);
	if (link >= 0)
		close(link);
	return err ? reason_set(&kernel->fentry, -err,
				"refused (%s); it needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS "
				"and no kernel lockdown",
				strerror(-err))
		   : 0;
}

static int try_kprobe(struct kernel *kernel)
{
	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK))
		return reason_set(&kernel->kprobe, ENOENT,
				  "the kernel has none (CONFIG_KPROBE_EVENTS)");
	if (!kernel->reads)
		return reason_set(
			&kernel->kprobe, EPERM,
			"kernel lockdown (confidentiality) forbids bpf_probe_read_kernel, "
			"without which a kprobe sees nothing; boot without it");
	return 0;
}

static bool try_read(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "zcprobe_try", "Dual MIT/GPL",
				    insns, sizeof(insns) / sizeof(insns[0]), NULL);
	if (program >= 0)
		close(program);
	return program >= 0;
}

/* Function names only: addresses may be hidden, names never are. */
static char *read_symbols(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], name[400], *text = NULL;
	size_t size = 0;
	FILE *out = file ? open_memstream(&text, &size) : NULL;
	while (out && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*[tTwW] %399s", name) == 1)
			fprintf(out, "\n%s", name);
	if (out) {
		fputc('\n', out);
		fclose(out);
	}
	if (file)
		fclose(file);
	return text;
}

/* Not a capability bit: what root of a container may do, only the kernel knows. */
static int try_bpf(struct reason *why)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	int program = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "zcprobe_try", "Dual MIT/GPL",
				    nothing, 2, &options);
	if (program >= 0) {
		close(program);
		return 0;
	}
	if (program == -EPERM)
		return reason_set(why, EPERM,
				  "kernel probes need CAP_BPF and CAP_PERFMON (or root), and no "
				  "lockdown or seccomp filter that refuses bpf(2)");
	return reason_set(why, -program, "the kernel refuses tracing programs: %s",
			  strerror(-program));
}

int kernel_open(struct kernel *kernel, struct reason *why)
{
	*kernel = (struct kernel){ 0 };
	int err = try_bpf(why);
	if (err)
		return err;
	kernel->btf = btf__load_vmlinux_btf();
	if (!kernel->btf)
		return reason_set(why, ENOENT,
				  "the kernel has no BTF (/sys/kernel/btf/vmlinux); it needs "
				  "CONFIG_DEBUG_INFO_BTF");
	kernel->casts = btf__find_by_name_kind(kernel->btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	kernel->reads = try_read();
	if (!kernel->casts && !kernel->reads) {
		kernel_close(kernel);
		return reason_set(why, EPERM,
				  "kernel lockdown (confidentiality) hides kernel memory from "
				  "probes, and without it Linux 6.2 or later is needed");
	}
	try_fentry(kernel);
	try_kprobe(kernel);
	/* It takes a while, and tracepoints have no need of it. */
	if (!*kernel->fentry.text || !*kernel->kprobe.text)
		kernel->symbols = read_symbols();
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	btf__free(kernel->btf);
	free(kernel->symbols);
	*kernel = (struct kernel){ 0 };
}

/* GCC's clones (.isra.0, .constprop.1, .part.2) have other arguments than the source says. */
static int find_symbol(const struct kernel *kernel, const char *name, struct reason *why)
{
	char wanted[128];
	if (!kernel->symbols)
		return 0;
	int n = snprintf(wanted, sizeof(wanted), "\n%s\n", name);
	if (strstr(kernel->symbols, wanted))
		return 0;
	wanted[n - 1] = '.';
	const char *clone = strstr(kernel->symbols, wanted);
	if (!clone)
		return reason_set(why, ENOENT,
				  "this kernel has no function %s (inlined, renamed or "
				  "in no loaded module)",
				  name);
	return reason_set(why, ENOENT, "this kernel has %s only as the clone %.*s", name,
			  (int)strcspn(clone + 1, "\n"), clone + 1);
}

static int can_fentry(struct kernel *kernel, const char *name, struct reason *why)
{
	if (*kernel->fentry.text)
		return reason_set(why, EPERM, "%s", kernel->fentry.text);
	if (btf__find_by_name_kind(kernel->btf, name, BTF_KIND_FUNC) > 0)
		return find_symbol(kernel, name, why);
	int err = find_symbol(kernel, name, why);
	return err ? err : reason_set(why, ENOENT, "BTF does not describe %s", name);
}

int kernel_can(struct kernel *kernel, const char *section, struct reason *why)
{
	const char *name = strchr(section, '/') + 1;
	char type[128];
	if (!strncmp(section, "f", 1))
		return can_fentry(kernel, name, why);
	if (!strncmp(section, "k", 1))
		return *kernel->kprobe.text ? reason_set(why, EPERM, "%s", kernel->kprobe.text)
					    : find_symbol(kernel, name, why);
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	if (btf__find_by_name_kind(kernel->btf, type, BTF_KIND_TYPEDEF) > 0)
		return 0;
	return reason_set(why, ENOENT, "this kernel has no tracepoint %s", name);
}
