/* SPDX-License-Identifier: MIT */
/*
 * The function layer: fentry and fexit. Argument lists drift from release to release, so what has
 * drifted is asked for by number (bpf_get_func_arg, bpf_get_func_ret: 5.17).
 */
#include "bodies.bpf.h"

#define FE LAYER_FENTRY

SEC("fentry/tcp_sendmsg_locked")
int BPF_PROG(fe_send_open, struct sock *sk, struct msghdr *msg)
{
	send_open(sk, GET(msg, msg_flags), msg_ubuf(msg), false);
	return 0;
}

SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(fe_send_close)
{
	__u64 sent = 0;
	bpf_get_func_ret(ctx, &sent);
	send_close((int)sent, FE);
	return 0;
}

SEC("fexit/skb_zerocopy_iter_stream")
int BPF_PROG(fe_send_referenced)
{
	__u64 took = 0, skb = 0;
	bpf_get_func_ret(ctx, &took);
	bpf_get_func_arg(ctx, 1, &skb);
	send_referenced(count_wants(COUNT_TIMED_PINS, FE) ? CAST(skb, struct sk_buff) : 0,
			(int)took);
	return 0;
}

SEC("fexit/skb_splice_from_iter") /* 6.5 */
int BPF_PROG(fe_send_spliced)
{
	__u64 took = 0;
	bpf_get_func_ret(ctx, &took);
	send_spliced((__s64)took);
	return 0;
}

SEC("fexit/do_tcp_sendpages") /* until 6.4 */
int BPF_PROG(fe_send_pages, struct sock *sk)
{
	__u64 sent = 0;
	bpf_get_func_ret(ctx, &sent);
	send_pages(sk, (__s64)sent, FE);
	return 0;
}

/* Below iov_iter_get_pages2, which is notrace in some kernels (6.12 and 7.3 of Debian). */
SEC("fexit/get_user_pages_fast")
int BPF_PROG(fe_pin)
{
	__u64 pages = 0;
	bpf_get_func_ret(ctx, &pages);
	send_pinned((int)pages, FE);
	return 0;
}

/* Where it is inlined: its inner function, and that one's name until 6.9. */
SEC("fexit/gup_fast_fallback")
int BPF_PROG(fe_pin_inner)
{
	__u64 pages = 0;
	bpf_get_func_ret(ctx, &pages);
	send_pinned((int)pages, FE);
	return 0;
}

SEC("fexit/internal_get_user_pages_fast")
int BPF_PROG(fe_pin_old)
{
	__u64 pages = 0;
	bpf_get_func_ret(ctx, &pages);
	send_pinned((int)pages, FE);
	return 0;
}

SEC("fexit/msg_zerocopy_realloc")
int BPF_PROG(fe_realloc)
{
	__u64 uarg = 0;
	bpf_get_func_ret(ctx, &uarg);
	send_note(COUNT_REFUSED, !uarg, FE);
	return 0;
}

SEC("fexit/mm_account_pinned_pages")
int BPF_PROG(fe_memlock)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	send_note(COUNT_UNPINNABLE, (int)status < 0, FE);
	return 0;
}

/* Once for each notice, when nobody refers to its pages any more. */
SEC("fentry/__msg_zerocopy_callback")
int BPF_PROG(fe_complete, void *uarg)
{
	complete(uarg, FE);
	return 0;
}

SEC("fentry/msg_zerocopy_complete") /* 6.10 */
int BPF_PROG(fe_release, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	release(skb, uarg, zerocopy, FE);
	return 0;
}

SEC("fentry/msg_zerocopy_callback") /* until 6.9 */
int BPF_PROG(fe_release_old, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	release(skb, uarg, zerocopy, FE);
	return 0;
}

SEC("fexit/skb_copy_ubufs")
int BPF_PROG(fe_ubufs, struct sk_buff *skb)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		late_copy(skb, GET(skb, data_len), COUNT_NUMBER, FE, ctx);
	return 0;
}

SEC("fentry/skb_pp_cow_data") /* 6.8 */
int BPF_PROG(fe_cow)
{
	struct list_head *pointer;
	__u64 pskb = 0;
	bpf_get_func_arg(ctx, 1, &pskb); /* a pointer to a pointer is no typed argument */
	pointer = CAST(pskb, struct list_head);
	xdp_copy(CAST(GET(pointer, next), struct sk_buff), FE, ctx);
	return 0;
}

SEC("fentry/__pskb_pull_tail")
int BPF_PROG(fe_pull, struct sk_buff *skb, int delta)
{
	pull(skb, delta, FE, ctx);
	return 0;
}

SEC("fentry/skb_copy")
int BPF_PROG(fe_skb_copy, const struct sk_buff *skb)
{
	private_copy(skb, FE, ctx);
	return 0;
}

SEC("fentry/skb_copy_expand")
int BPF_PROG(fe_skb_expand, const struct sk_buff *skb)
{
	private_copy(skb, FE, ctx);
	return 0;
}

SEC("fentry/skb_segment")
int BPF_PROG(fe_segment, struct sk_buff *skb, __u64 features)
{
	segment(skb, features, FE, ctx);
	return 0;
}

SEC("fentry/tcp_rcv_space_adjust")
int BPF_PROG(fe_rx_consume, struct sock *sk)
{
	receive_consume(sk, FE);
	return 0;
}

SEC("fexit/skb_copy_datagram_iter")
int BPF_PROG(fe_rx_copy, const struct sk_buff *skb, int offset, void *to, int bytes)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		receive_copy(skb, bytes, FE);
	return 0;
}

SEC("fexit/tcp_recvmsg")
int BPF_PROG(fe_rx_call, struct sock *sk, void *msg, size_t room, int flags)
{
	__u64 got = 0;
	bpf_get_func_ret(ctx, &got);
	receive_call(sk, (int)got, flags, FE);
	return 0;
}

SEC("fexit/tcp_zerocopy_receive")
int BPF_PROG(fe_rx_map, struct sock *sk, void *request)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	mapped(sk, request, (int)status, FE);
	return 0;
}

/* To a pipe: the pages move, as they do when they are mapped. */
SEC("fexit/tcp_splice_read")
int BPF_PROG(fe_rx_splice, struct socket *socket)
{
	__u64 got = 0;
	bpf_get_func_ret(ctx, &got);
	moved(socket, (__s64)got, FE);
	return 0;
}
