/* SPDX-License-Identifier: MIT */
#include "bpf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compat.h"

int bpf_call(int command, union bpf_attr *attr)
{
	long got = syscall(SYS_bpf, command, attr, sizeof(*attr));
	return got < 0 ? -errno : (int)got;
}

static int load_failed(int err, struct reason *why)
{
	switch (err) {
	case EPERM:
		return reason_set(why, err,
				  "loading an XDP program needs CAP_BPF and CAP_NET_ADMIN (and a "
				  "kernel lockdown that allows it): run it as root");
	case EINVAL:
		return reason_set(why, err,
				  "the kernel refused an XDP program with BPF_F_XDP_HAS_FRAGS; it "
				  "needs Linux 5.18 or later");
	case ENOSYS:
		return reason_set(why, err,
				  "this kernel has no bpf(2); it needs CONFIG_BPF_SYSCALL");
	default:
		return reason_set(why, err, "cannot load an XDP program: %s", strerror(err));
	}
}

/*
 * Without BPF_F_XDP_HAS_FRAGS veth refuses an MTU above about 3.5 KB (veth_xdp_set). With or
 * without it, native XDP takes TSO from the peer that sends (veth_fix_features).
 */
int bpf_program(const char *name, const struct bpf_insn *code, size_t count, struct reason *why)
{
	union bpf_attr attr = { 0 };
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.expected_attach_type = BPF_XDP;
	attr.prog_flags = BPF_F_XDP_HAS_FRAGS;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = (uint32_t)count;
	attr.license = (uintptr_t) "Dual MIT/GPL";
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	int fd = bpf_call(BPF_PROG_LOAD, &attr);
	return fd < 0 ? load_failed(-fd, why) : fd;
}

int bpf_program_id(int program, uint32_t *id)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	int err = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	*id = info.id;
	return err < 0 ? err : 0;
}

int bpf_map(enum bpf_map_type type, const char *name, uint32_t value_bytes, uint32_t entries,
	    struct reason *why)
{
	union bpf_attr attr = { 0 };
	attr.map_type = type;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = value_bytes;
	attr.max_entries = entries;
	snprintf(attr.map_name, sizeof(attr.map_name), "%s", name);
	int fd = bpf_call(BPF_MAP_CREATE, &attr);
	if (fd == -EPERM)
		return reason_set(why, EPERM,
				  "making a BPF map needs CAP_BPF and CAP_NET_ADMIN: run it as "
				  "root");
	if (fd < 0)
		return reason_set(why, -fd, "cannot make the BPF map %s: %s", name, strerror(-fd));
	return fd;
}

static int map_call(int command, int map, uint32_t key, const void *value)
{
	union bpf_attr attr = { 0 };
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)value;
	int err = bpf_call(command, &attr);
	return err < 0 ? err : 0;
}

int bpf_map_put(int map, uint32_t key, const void *value)
{
	return map_call(BPF_MAP_UPDATE_ELEM, map, key, value);
}

int bpf_map_get(int map, uint32_t key, void *value)
{
	return map_call(BPF_MAP_LOOKUP_ELEM, map, key, value);
}
