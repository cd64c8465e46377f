/* SPDX-License-Identifier: MIT */
/*
 * times: on request, how long a zero-copy send waits for its notice, and how long a packet keeps
 * pinned pages. No entry is deleted but marked, because an LRU map whose entries are deleted on
 * other CPUs evicts what is still needed.
 */
#ifndef ZCPROBE_TIMES_BPF_H
#define ZCPROBE_TIMES_BPF_H

#include "histogram.bpf.h"

#define ORIGIN_ZEROCOPY 5   /* SO_EE_ORIGIN_ZEROCOPY */
#define OPCODE_NOP      0   /* IORING_OP_NOP */
#define NOTICE_CALLS    256 /* of one notice: more are not timed */

struct time_key {
	__u64 object; /* the socket; of io_uring what its notice is made in; or a packet's buffer */
	__u64 call;   /* which send of the socket */
};

struct time_start {
	__u64 ns; /* 0: it is over */
	__u64 group;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TIMES_AT_ONCE);
	__type(key, struct time_key);
	__type(value, struct time_start);
} times SEC(".maps");

INLINE void time_begin(__u64 object, __u64 call, __u32 group)
{
	struct time_key key = { .object = object, .call = call };
	struct time_start start = { .group = group };
	if (group == GROUP_OTHERS)
		return;
	start.ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&times, &key, &start, BPF_ANY);
}

/* False: it was not begun, or has ended before. */
INLINE bool time_end(__u64 object, __u64 call, enum histogram_id id, enum count_id counter,
		     enum count_layer layer)
{
	struct time_key key = { .object = object, .call = call };
	struct time_start *start = bpf_map_lookup_elem(&times, &key);
	if (!start || !start->ns)
		return false;
	histogram_add(start->group, id, counter, layer, bpf_ktime_get_ns() - start->ns);
	count_add(start->group, counter, layer, 1);
	start->ns = 0;
	return true;
}

/*
 * Sends of a socket are numbered: sk_zckey is the next number. A send by io_uring is known by its
 * ubuf_info, which is part of the request that becomes the notice.
 */
INLINE void notice_begin(const struct sock *sk, __u64 ubuf, __u32 group, bool numbered)
{
	__u32 call;
	if (!config.histograms)
		return;
	call = GET(sk, sk_zckey.counter) - numbered;
	time_begin(ubuf ? ubuf : (__u64)sk, ubuf ? 0 : call, group);
}

/* The buffer of the packet into which a send has just put bytes of pages that it pinned. */
INLINE void pin_begin(const struct sk_buff *skb, __u32 took, __u32 group)
{
	struct time_key key = { .object = (__u64)GET(skb, head) };
	struct time_start *start = bpf_map_lookup_elem(&times, &key);
	/* Into a packet that has some already: its first pages are the longest with it. */
	if (start && start->ns && GET(skb, data_len) != took)
		return;
	time_begin(key.object, 0, group);
}

INLINE void pin_end(const struct sk_buff *skb, enum count_layer layer)
{
	if (config.histograms && skb)
		time_end((__u64)GET(skb, head), 0, HISTOGRAM_PIN_NS, COUNT_TIMED_PINS, layer);
}

struct notice {
	__u64 sk;
	__u32 low, high;
};

/* The i-th send of a notice, from the last one down to one that was timed before. */
static long notice_call(__u32 i, struct notice *notice)
{
	if (i > notice->high - notice->low)
		return 1;
	return !time_end(notice->sk, notice->high - i, HISTOGRAM_NOTICE_NS, COUNT_TIMED_NOTICES,
			 LAYER_TRACEPOINT);
}

/*
 * The notice of a MSG_ZEROCOPY send is on the socket's error queue: the last one there, which was
 * perhaps only extended to the numbers low to high. Tracepoints see this on every layer.
 */
SEC("tp_btf/inet_sk_error_report") /* 5.14 */
int BPF_PROG(tp_notice, const struct sock *sk)
{
	const struct sk_buff *last = GET(sk, sk_error_queue.prev);
	const struct sock_exterr_skb *report;
	struct notice notice = { .sk = (__u64)sk };
	if ((__u64)last == (__u64)sk + bpf_core_field_offset(sk->sk_error_queue))
		return 0;
	report = CAST((const char *)last + bpf_core_field_offset(last->cb), struct sock_exterr_skb);
	if (GET(report, ee.ee_origin) != ORIGIN_ZEROCOPY)
		return 0;
	notice.low = GET(report, ee.ee_info);
	notice.high = GET(report, ee.ee_data);
	bpf_loop(NOTICE_CALLS, notice_call, &notice, 0); /* 5.17 */
	return 0;
}

/*
 * io_kiocb begins with what a command may use: of a notice, struct io_notif_data. A notice is a
 * request whose command is to do nothing.
 */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(tp_uring_notice, const void *ring, const void *request)
{
	const struct io_kiocb *notice = CAST(request, struct io_kiocb);
	if (GET(notice, opcode) == OPCODE_NOP)
		time_end((__u64)request + bpf_core_field_offset(((struct io_notif_data *)0)->uarg),
			 0, HISTOGRAM_NOTICE_NS, COUNT_TIMED_NOTICES, LAYER_TRACEPOINT);
	return 0;
}

#endif
