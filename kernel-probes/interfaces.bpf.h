/* SPDX-License-Identifier: MIT */
/* interfaces: what io_uring, device memory and the pinning of pages do besides TCP's own calls. */
#ifndef ZCPROBE_INTERFACES_BPF_H
#define ZCPROBE_INTERFACES_BPF_H

#include "bodies.bpf.h"

#define PAGE_SHIFT 12
#define LAST_ERRNO ((__u64)-4095)

/* Of calls that have no socket: theirs who make them, if tasks are what is looked at. */
INLINE __u32 task_group(void)
{
	return (config.by_task || config.by_cgroup) && current_matches() ? GROUP_FORWARD
									 : GROUP_OTHERS;
}

INLINE void pages_registered(__u64 address, __u64 bytes, __u64 pages, enum count_layer layer)
{
	__u64 first = address >> PAGE_SHIFT, end = (address + bytes + 4095) >> PAGE_SHIFT;
	if (pages && pages < LAST_ERRNO)
		count_add(task_group(), COUNT_REGISTERED_PAGES, layer, end - first);
}

INLINE void pages_unpinned(__u64 pages, enum count_layer layer)
{
	count_add(task_group(), COUNT_UNPINNED_PAGES, layer, pages);
}

/* The thread's TCP send inside this one says whose it is; a send that is none of TCP's is nobody's.
 */
INLINE void uring_send_open(void)
{
	struct send_state *state = send_get();
	if (state)
		state->group = GROUP_OTHERS;
}

INLINE void uring_send_close(enum count_layer layer)
{
	struct send_state *state = send_find();
	count_add(state ? state->group : GROUP_OTHERS, COUNT_URING_SENDS, layer, 1);
}

/* skb: null when the request itself lets go. */
INLINE void uring_release(const struct sk_buff *skb, __u64 ubuf, bool zerocopy,
			  enum count_layer layer)
{
	__u32 *known = bpf_map_lookup_elem(&ubufs, &ubuf), group = known ? *known : GROUP_OTHERS;
	if (!skb)
		return;
	count_add(group, COUNT_URING_RELEASES, layer, 1);
	count_add(group, COUNT_URING_RELEASES_COPIED, layer, !zerocopy);
	pin_end(skb, layer);
}

INLINE void header_copy(const struct sk_buff *skb, enum count_layer layer)
{
	const struct sock *sk = GET(skb, sk);
	count_add(sk && sock_is_tcp(sk) ? sock_group(sk, true, false) : GROUP_OTHERS,
		  COUNT_HEADERS_COPIED, layer, GET(skb, len) - GET(skb, data_len));
}

/* It calls itself for the packets of a frag_list: only the outermost call counts. */
INLINE void zcrx_open(const struct sk_buff *skb)
{
	struct send_state *state = send_get();
	const struct sock *sk = GET(skb, sk);
	if (state && !state->zcrx_depth++)
		state->zcrx_group = sk ? sock_group(sk, false, true) : GROUP_OTHERS;
}

INLINE void zcrx_close(__s64 took, enum count_layer layer)
{
	struct send_state *state = send_find();
	if (state && state->zcrx_depth && !--state->zcrx_depth && took > 0)
		count_add(state->zcrx_group, COUNT_ZCRX, layer, took);
}

INLINE void zcrx_copy(__s64 bytes, enum count_layer layer)
{
	struct send_state *state = send_find();
	if (bytes > 0)
		count_add(state && state->zcrx_depth ? state->zcrx_group : GROUP_OTHERS,
			  COUNT_ZCRX_COPIED, layer, bytes);
}

/*
 * tcp_recvmsg_dmabuf copies the linear part from offset on, and leaves the rest in the dma-buf. Of
 * a packet with others behind it the linear parts of those are not known: then nothing is.
 */
INLINE void devmem_took(const struct sock *sk, const struct sk_buff *skb, __u32 offset, __s64 took,
			enum count_layer layer)
{
	__u32 group = sock_group(sk, false, true);
	__s64 linear = (__s64)GET(skb, len) - GET(skb, data_len) - offset;
	if (took <= 0)
		return;
	if (GET(skb_shared(skb), frag_list))
		__sync_fetch_and_add(&live.lost, 1);
	if (linear < 0)
		linear = 0;
	if (linear > took)
		linear = took;
	count_add(group, COUNT_DEVMEM, layer, took - linear);
	count_add(group, COUNT_RX_COPIED, layer, linear);
}

/* The function layer. */

SEC("fexit/io_pin_pages")
int BPF_PROG(fe_register, unsigned long address, unsigned long bytes)
{
	__u64 pages = 0;
	bpf_get_func_ret(ctx, &pages);
	pages_registered(address, bytes, pages, LAYER_FENTRY);
	return 0;
}

SEC("fentry/unpin_user_pages")
int BPF_PROG(fe_unpin_pages, void *pages, unsigned long count)
{
	pages_unpinned(count, LAYER_FENTRY);
	return 0;
}

SEC("fentry/unpin_user_page")
int BPF_PROG(fe_unpin_page)
{
	pages_unpinned(1, LAYER_FENTRY);
	return 0;
}

SEC("fentry/unpin_user_folio") /* 6.12 */
int BPF_PROG(fe_unpin_folio, void *folio, unsigned long count)
{
	pages_unpinned(count, LAYER_FENTRY);
	return 0;
}

SEC("fexit/pin_user_pages_fast")
int BPF_PROG(fe_pin_dma)
{
	__u64 pages = 0;
	bpf_get_func_ret(ctx, &pages);
	send_note(COUNT_PINNED_DMA, (int)pages > 0 ? (int)pages : 0, LAYER_FENTRY);
	return 0;
}

SEC("fexit/iov_iter_extract_pages") /* 6.3 */
int BPF_PROG(fe_extract)
{
	__u64 bytes = 0;
	bpf_get_func_ret(ctx, &bytes);
	send_note(COUNT_EXTRACTED, (__s64)bytes > 0 ? bytes : 0, LAYER_FENTRY);
	return 0;
}

SEC("fentry/io_send_zc")
int BPF_PROG(fe_uring_send_open)
{
	uring_send_open();
	return 0;
}

SEC("fexit/io_send_zc")
int BPF_PROG(fe_uring_send)
{
	uring_send_close(LAYER_FENTRY);
	return 0;
}

SEC("fentry/io_sendmsg_zc")
int BPF_PROG(fe_uring_sendmsg_open)
{
	uring_send_open();
	return 0;
}

SEC("fexit/io_sendmsg_zc")
int BPF_PROG(fe_uring_sendmsg)
{
	uring_send_close(LAYER_FENTRY);
	return 0;
}

SEC("fentry/io_tx_ubuf_complete") /* 6.10 */
int BPF_PROG(fe_uring_release, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	uring_release(skb, (__u64)uarg, zerocopy, LAYER_FENTRY);
	return 0;
}

SEC("fentry/io_uring_tx_zerocopy_callback") /* 6.0 */
int BPF_PROG(fe_uring_callback, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	uring_release(skb, (__u64)uarg, zerocopy, LAYER_FENTRY);
	return 0;
}

SEC("fentry/__pskb_copy_fclone")
int BPF_PROG(fe_header_copy, struct sk_buff *skb)
{
	header_copy(skb, LAYER_FENTRY);
	return 0;
}

SEC("fentry/io_zcrx_recv_skb") /* 6.15 */
int BPF_PROG(fe_zcrx_open, void *desc, struct sk_buff *skb)
{
	zcrx_open(skb);
	return 0;
}

SEC("fexit/io_zcrx_recv_skb")
int BPF_PROG(fe_zcrx)
{
	__u64 took = 0;
	bpf_get_func_ret(ctx, &took);
	zcrx_close((int)took, LAYER_FENTRY);
	return 0;
}

SEC("fexit/io_zcrx_copy_chunk")
int BPF_PROG(fe_zcrx_copy)
{
	__u64 bytes = 0;
	bpf_get_func_ret(ctx, &bytes);
	zcrx_copy((__s64)bytes, LAYER_FENTRY);
	return 0;
}

SEC("fexit/tcp_recvmsg_dmabuf") /* 6.12 */
int BPF_PROG(fe_devmem, const struct sock *sk, const struct sk_buff *skb, unsigned int offset)
{
	__u64 took = 0;
	bpf_get_func_ret(ctx, &took);
	devmem_took(sk, skb, offset, (int)took, LAYER_FENTRY);
	return 0;
}

#endif
