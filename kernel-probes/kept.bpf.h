/* SPDX-License-Identifier: MIT */
/*
 * kept: what a return probe needs of the arguments, which it does not see, kept by thread and
 * function from the entry on; these functions do not call themselves.
 */
#ifndef ZCPROBE_KEPT_BPF_H
#define ZCPROBE_KEPT_BPF_H

#include "account.bpf.h"

enum kept {
	KEPT_RECVMSG = 1,
	KEPT_ZEROCOPY,
	KEPT_PAGES,
	KEPT_SPLICE,
	KEPT_REGISTER,
	KEPT_XSK,
	KEPT_RING,
	KEPT_STREAM
};

struct kept_key {
	__u64 thread;
	__u64 function;
};

struct kept_arguments {
	__u64 a, b;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct kept_key);
	__type(value, struct kept_arguments);
} kept SEC(".maps");

INLINE struct kept_key kept_key(enum kept function)
{
	struct kept_key key = { .thread = bpf_get_current_pid_tgid(), .function = function };
	return key;
}

INLINE void keep(enum kept function, __u64 a, __u64 b)
{
	struct kept_key key = kept_key(function);
	struct kept_arguments arguments = { .a = a, .b = b };
	if (bpf_map_update_elem(&kept, &key, &arguments, BPF_ANY))
		__sync_fetch_and_add(&live.lost, 1);
}

INLINE bool take(enum kept function, struct kept_arguments *arguments)
{
	struct kept_key key = kept_key(function);
	struct kept_arguments *known = bpf_map_lookup_elem(&kept, &key);
	if (!known)
		return false;
	*arguments = *known;
	bpf_map_delete_elem(&kept, &key);
	return true;
}

#endif
