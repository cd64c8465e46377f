/* SPDX-License-Identifier: MIT */
/* The kprobe layer: the same bodies. */
#include "bodies.bpf.h"
#include "kept.bpf.h"

#define KP LAYER_KPROBE

SEC("kprobe/tcp_sendmsg_locked")
int BPF_KPROBE(kp_send_open, struct sock *sk, struct msghdr *msg)
{
	send_open(sk, GET(msg, msg_flags), msg_ubuf(msg), false);
	return 0;
}

SEC("kretprobe/tcp_sendmsg_locked")
int BPF_KRETPROBE(kp_send_close, int sent)
{
	send_close(sent, KP);
	return 0;
}

SEC("kprobe/skb_zerocopy_iter_stream")
int BPF_KPROBE(kp_send_into, struct sock *sk, struct sk_buff *skb)
{
	keep(KEPT_STREAM, (__u64)skb, 0);
	return 0;
}

SEC("kretprobe/skb_zerocopy_iter_stream")
int BPF_KRETPROBE(kp_send_referenced, int took)
{
	struct kept_arguments arguments = {};
	if (count_wants(COUNT_TIMED_PINS, KP))
		take(KEPT_STREAM, &arguments);
	send_referenced((struct sk_buff *)arguments.a, took);
	return 0;
}

SEC("kretprobe/skb_splice_from_iter")
int BPF_KRETPROBE(kp_send_spliced, long took)
{
	send_spliced(took);
	return 0;
}

SEC("kprobe/do_tcp_sendpages")
int BPF_KPROBE(kp_send_pages_enter, struct sock *sk)
{
	keep(KEPT_PAGES, (__u64)sk, 0);
	return 0;
}

SEC("kretprobe/do_tcp_sendpages")
int BPF_KRETPROBE(kp_send_pages, long sent)
{
	struct kept_arguments arguments;
	if (take(KEPT_PAGES, &arguments))
		send_pages((struct sock *)arguments.a, sent, KP);
	return 0;
}

SEC("kretprobe/get_user_pages_fast")
int BPF_KRETPROBE(kp_pin, int pages)
{
	send_pinned(pages, KP);
	return 0;
}

SEC("kretprobe/gup_fast_fallback")
int BPF_KRETPROBE(kp_pin_inner, int pages)
{
	send_pinned(pages, KP);
	return 0;
}

SEC("kretprobe/internal_get_user_pages_fast")
int BPF_KRETPROBE(kp_pin_old, int pages)
{
	send_pinned(pages, KP);
	return 0;
}

SEC("kretprobe/msg_zerocopy_realloc")
int BPF_KRETPROBE(kp_realloc, void *uarg)
{
	send_note(COUNT_REFUSED, !uarg, KP);
	return 0;
}

SEC("kretprobe/mm_account_pinned_pages")
int BPF_KRETPROBE(kp_memlock, int status)
{
	send_note(COUNT_UNPINNABLE, status < 0, KP);
	return 0;
}

SEC("kprobe/__msg_zerocopy_callback")
int BPF_KPROBE(kp_complete, void *uarg)
{
	complete(uarg, KP);
	return 0;
}

SEC("kprobe/msg_zerocopy_complete")
int BPF_KPROBE(kp_release, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	release(skb, uarg, zerocopy, KP);
	return 0;
}

SEC("kprobe/msg_zerocopy_callback")
int BPF_KPROBE(kp_release_old, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	release(skb, uarg, zerocopy, KP);
	return 0;
}

/* At entry: it fails only for want of memory, and a return probe can be missed. */
SEC("kprobe/skb_copy_ubufs")
int BPF_KPROBE(kp_ubufs, struct sk_buff *skb)
{
	late_copy(skb, GET(skb, data_len), COUNT_NUMBER, KP, ctx);
	return 0;
}

SEC("kprobe/skb_pp_cow_data")
int BPF_KPROBE(kp_cow, void *pool, struct sk_buff **pskb)
{
	struct sk_buff *skb = 0;
	bpf_probe_read_kernel(&skb, sizeof(skb), pskb);
	xdp_copy(skb, KP, ctx);
	return 0;
}

SEC("kprobe/__pskb_pull_tail")
int BPF_KPROBE(kp_pull, struct sk_buff *skb, int delta)
{
	pull(skb, delta, KP, ctx);
	return 0;
}

SEC("kprobe/skb_copy")
int BPF_KPROBE(kp_skb_copy, struct sk_buff *skb)
{
	private_copy(skb, KP, ctx);
	return 0;
}

SEC("kprobe/skb_copy_expand")
int BPF_KPROBE(kp_skb_expand, struct sk_buff *skb)
{
	private_copy(skb, KP, ctx);
	return 0;
}

SEC("kprobe/skb_segment")
int BPF_KPROBE(kp_segment, struct sk_buff *skb, __u64 features)
{
	segment(skb, features, KP, ctx);
	return 0;
}

SEC("kprobe/tcp_rcv_space_adjust")
int BPF_KPROBE(kp_rx_consume, struct sock *sk)
{
	receive_consume(sk, KP);
	return 0;
}

SEC("kprobe/skb_copy_datagram_iter")
int BPF_KPROBE(kp_rx_copy, struct sk_buff *skb, int offset, void *to, int bytes)
{
	receive_copy(skb, bytes, KP);
	return 0;
}

SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(kp_rx_call_enter, struct sock *sk, void *msg, size_t room, int flags)
{
	if (flags & (MSG_PEEK | MSG_TRUNC))
		keep(KEPT_RECVMSG, (__u64)sk, flags);
	return 0;
}

SEC("kretprobe/tcp_recvmsg")
int BPF_KRETPROBE(kp_rx_call, int got)
{
	struct kept_arguments arguments;
	if (take(KEPT_RECVMSG, &arguments))
		receive_call((struct sock *)arguments.a, got, arguments.b, KP);
	return 0;
}

SEC("kprobe/tcp_zerocopy_receive")
int BPF_KPROBE(kp_rx_map_enter, struct sock *sk, void *request)
{
	keep(KEPT_ZEROCOPY, (__u64)sk, (__u64)request);
	return 0;
}

SEC("kretprobe/tcp_zerocopy_receive")
int BPF_KRETPROBE(kp_rx_map, int status)
{
	struct kept_arguments arguments;
	if (take(KEPT_ZEROCOPY, &arguments))
		mapped((struct sock *)arguments.a, (void *)arguments.b, status, KP);
	return 0;
}

SEC("kprobe/tcp_splice_read")
int BPF_KPROBE(kp_rx_splice_enter, struct socket *socket)
{
	keep(KEPT_SPLICE, (__u64)socket, 0);
	return 0;
}

SEC("kretprobe/tcp_splice_read")
int BPF_KRETPROBE(kp_rx_splice, long got)
{
	struct kept_arguments arguments;
	if (take(KEPT_SPLICE, &arguments))
		moved((struct socket *)arguments.a, got, KP);
	return 0;
}
