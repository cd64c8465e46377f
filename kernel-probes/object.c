/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "cast.skel.h"
#include "read.skel.h"

static bool uses_kprobes(const struct probe *probe)
{
	if (probe->only != LAYER_NONE)
		return probe->only == LAYER_KPROBE;
	return *probe->kernel.fentry.text && !*probe->kernel.kprobe.text;
}

/* The typed loads of the first object are faster, and all that lockdown allows. */
int object_open(struct probe *probe, struct reason *why)
{
	const void *elf;
	size_t size;
	if (probe->kernel.casts && !uses_kprobes(probe))
		elf = cast__elf_bytes(&size);
	else
		elf = read__elf_bytes(&size);
	probe->object = bpf_object__open_mem(elf, size, NULL);
	if (!probe->object)
		return reason_set(why, errno, "libbpf cannot read its object: %s", strerror(errno));
	struct bpf_program *program;
	bpf_object__for_each_program(program, probe->object)
		bpf_program__set_autoload(program, false);
	return 0;
}
