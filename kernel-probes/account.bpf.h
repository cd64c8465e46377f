/* SPDX-License-Identifier: MIT */
/* account: the maps, whose bytes an event is about, and adding to a counter. */
#ifndef ZCPROBE_ACCOUNT_BPF_H
#define ZCPROBE_ACCOUNT_BPF_H

#include "access.bpf.h"
#include "count.h"

#define FAMILY_INET  2  /* AF_INET */
#define FAMILY_INET6 10 /* AF_INET6 */
#define PROTOCOL_TCP 6
#define MSG_PEEK     0x2
#define MSG_TRUNC    0x20

const volatile struct count_config config = {};
struct count_live live = {};
/* The one port, if it is told while programs run: alone in its map, so that telling it overwrites
 * no count. */
__u32 later_port SEC(".data.port") = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GROUP_NUMBER);
	__type(key, __u32);
	__type(value, struct count_sums);
} counts SEC(".maps");

/* What is known of a socket since it was first seen. */
struct socket_state {
	__u64 consumed; /* bytes that left its receive queue */
	__u32 group;
	bool based; /* consumed is known: it was seen from its first byte, or once before */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* Connections of the audited tasks or cgroup, for packets, which have no task: local ports. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct count_flow);
	__type(value, __u32);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u8);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct count_device_key);
	__type(value, struct count_device);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __s32);
	__type(value, __u64);
} stack_bytes SEC(".maps");

INLINE struct count_device *device_find(const struct count_device_key *key)
{
	struct count_device *known = bpf_map_lookup_elem(&devices, key), fresh = {};
	if (known)
		return known;
	bpf_map_update_elem(&devices, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&devices, key);
}

INLINE struct count_sums *count_sums(__u32 group)
{
	return bpf_map_lookup_elem(&counts, &group);
}

/* A softirq can interrupt a program of ours on its CPU, hence the atomic add. */
INLINE void sum_add(struct count_sums *sums, enum count_id id, enum count_layer layer, __u64 n)
{
	if (config.layer[id] == layer && sums && n)
		__sync_fetch_and_add(&sums->n[id], n);
}

/*
 * Of a counter that one program alone adds to: it does not interrupt itself on its CPU, because the
 * kernel leaves that out, and says so (6.1; see missed in probe_read.c).
 */
INLINE void sum_add_alone(struct count_sums *sums, enum count_id id, enum count_layer layer,
			  __u64 n)
{
	if (config.layer[id] == layer && sums)
		sums->n[id] += n;
}

INLINE void count_add(__u32 group, enum count_id id, enum count_layer layer, __u64 n)
{
	if (config.layer[id] == layer && n)
		sum_add(count_sums(group), id, layer, n);
}

INLINE bool count_wants(enum count_id id, enum count_layer layer)
{
	return config.layer[id] == layer;
}

INLINE void count_stack(void *context, __u64 bytes)
{
	__u64 *sum;
	__s32 id;
	if (!config.stacks || !bytes)
		return;
	id = bpf_get_stackid(context, &stacks, 0);
	if (id < 0)
		return;
	sum = bpf_map_lookup_elem(&stack_bytes, &id);
	if (sum)
		__sync_fetch_and_add(sum, bytes);
	else
		bpf_map_update_elem(&stack_bytes, &id, &bytes, BPF_NOEXIST);
}

INLINE bool netns_matches(__u32 inum)
{
	if (!config.netns_count)
		return true;
	for (__u32 i = 0; i < COUNT_FILTERS; i++)
		if (i < config.netns_count && config.netns[i] == inum)
			return true;
	return false;
}

/* From source port to destination port. */
INLINE __u32 port_group(__u16 source, __u16 destination)
{
	__u16 port;
	if (!config.port_count)
		return GROUP_FORWARD;
	for (__u32 i = 0; i < COUNT_FILTERS; i++) {
		if (i >= config.port_count)
			break;
		port = config.port_later ? (__u16)later_port : config.port[i];
		if (port == destination)
			return GROUP_FORWARD;
		if (port == source)
			return GROUP_BACKWARD;
	}
	return GROUP_OTHERS;
}

/* Filters that only a task or a socket can answer: packets ask the map flows. */
INLINE bool by_socket(void)
{
	return config.by_task || config.by_cgroup || (config.netns_count && !config.port_count);
}

INLINE bool current_matches(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	if (config.by_task && !bpf_map_lookup_elem(&tasks, &tgid))
		return false;
	/* The audited cgroup may have children: ask for the ancestor at each depth. */
	if (config.by_cgroup && bpf_get_current_cgroup_id() != config.cgroup) {
		for (int level = 1; level < 8; level++)
			if (bpf_get_current_ancestor_cgroup_id(level) == config.cgroup)
				return true;
		return false;
	}
	return true;
}

INLINE __u32 sock_netns(const struct sock *sk)
{
	const struct net *net = GET(sk, __sk_common.skc_net.net);
	return GET(net, ns.inum);
}

INLINE struct count_flow flow_key(__u32 addresses, __u16 a, __u16 b)
{
	struct count_flow key = { .addresses = addresses };
	key.low = a < b ? a : b;
	key.high = a < b ? b : a;
	return key;
}

INLINE __u32 word6(const struct in6_addr *address)
{
	__u32 all = 0;
	for (int i = 0; i < 4; i++)
		all ^= GET(address, in6_u.u6_addr32[i]);
	return all;
}

INLINE __u32 sock_addresses(const struct sock *sk)
{
	__u32 a, b;
	if (GET(sk, __sk_common.skc_family) == FAMILY_INET6) {
		a = b = 0;
		for (int i = 0; i < 4; i++) {
			a ^= GET(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i]);
			b ^= GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[i]);
		}
		/* An IPv4 peer of an IPv6 socket: its packets have no ::ffff: before them. */
		if (GET(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[2]) == bpf_htonl(0xffff))
			return GET(sk, __sk_common.skc_daddr) ^ GET(sk, __sk_common.skc_rcv_saddr);
		return a ^ b;
	}
	return GET(sk, __sk_common.skc_daddr) ^ GET(sk, __sk_common.skc_rcv_saddr);
}

/* Remembers which ports of the connection are ours: 1 the low one, 2 the high one. */
INLINE void flow_remember(const struct sock *sk)
{
	__u16 local = GET(sk, __sk_common.skc_num);
	__u16 remote = bpf_ntohs(GET(sk, __sk_common.skc_dport));
	struct count_flow key = flow_key(sock_addresses(sk), local, remote);
	__u32 side = local == key.low ? 1 : 2, *known = bpf_map_lookup_elem(&flows, &key);
	if (known)
		*known |= side;
	else
		bpf_map_update_elem(&flows, &key, &side, BPF_ANY);
}

INLINE struct socket_state *socket_state(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	return bpf_map_lookup_elem(&sockets, &key);
}

INLINE struct socket_state *socket_add(const struct sock *sk, __u32 group, bool based)
{
	struct socket_state state = { .group = group, .based = based };
	__u64 key = (__u64)sk;
	if (bpf_map_update_elem(&sockets, &key, &state, BPF_ANY)) {
		__sync_fetch_and_add(&live.lost, 1);
		return 0;
	}
	return bpf_map_lookup_elem(&sockets, &key);
}

/* From here on the socket is one of those that are counted, and so are its ports. */
INLINE __u32 sock_claim(const struct sock *sk, struct socket_state *state)
{
	flow_remember(sk);
	if (state)
		state->group = GROUP_FORWARD;
	else
		socket_add(sk, GROUP_FORWARD, false);
	return GROUP_FORWARD;
}

/*
 * The group of what the socket sends (sends) or receives. current: we run in the context of the
 * task that uses the socket, not in a softirq.
 */
INLINE __u32 sock_group(const struct sock *sk, bool sends, bool current)
{
	__u16 local, remote;
	struct socket_state *state;
	if (by_socket() && (config.by_task || config.by_cgroup)) {
		state = socket_state(sk);
		if (state && state->group)
			return state->group;
		if (!current || !current_matches())
			return GROUP_OTHERS;
		return sock_claim(sk, state);
	}
	if (config.netns_count && !netns_matches(sock_netns(sk)))
		return GROUP_OTHERS;
	if (by_socket()) {
		state = socket_state(sk);
		return state && state->group ? GROUP_FORWARD : sock_claim(sk, state);
	}
	local = GET(sk, __sk_common.skc_num);
	remote = bpf_ntohs(GET(sk, __sk_common.skc_dport));
	return sends ? port_group(local, remote) : port_group(remote, local);
}

#endif
