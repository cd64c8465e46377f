/* SPDX-License-Identifier: MIT */
/* The kprobe layer of interfaces.bpf.h. */
#include "interfaces.bpf.h"
#include "kept.bpf.h"
#include "xsk.bpf.h"

SEC("kprobe/io_pin_pages")
int BPF_KPROBE(kp_register_enter, unsigned long address, unsigned long bytes)
{
	keep(KEPT_REGISTER, address, bytes);
	return 0;
}

SEC("kretprobe/io_pin_pages")
int BPF_KRETPROBE(kp_register, unsigned long pages)
{
	struct kept_arguments arguments;
	if (take(KEPT_REGISTER, &arguments))
		pages_registered(arguments.a, arguments.b, pages, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/unpin_user_pages")
int BPF_KPROBE(kp_unpin_pages, void *pages, unsigned long count)
{
	pages_unpinned(count, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/unpin_user_page")
int BPF_KPROBE(kp_unpin_page)
{
	pages_unpinned(1, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/unpin_user_folio")
int BPF_KPROBE(kp_unpin_folio, void *folio, unsigned long count)
{
	pages_unpinned(count, LAYER_KPROBE);
	return 0;
}

SEC("kretprobe/pin_user_pages_fast")
int BPF_KRETPROBE(kp_pin_dma, int pages)
{
	send_note(COUNT_PINNED_DMA, pages > 0 ? pages : 0, LAYER_KPROBE);
	return 0;
}

SEC("kretprobe/iov_iter_extract_pages")
int BPF_KRETPROBE(kp_extract, long bytes)
{
	send_note(COUNT_EXTRACTED, bytes > 0 ? bytes : 0, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/io_send_zc")
int BPF_KPROBE(kp_uring_send_open)
{
	uring_send_open();
	return 0;
}

SEC("kretprobe/io_send_zc")
int BPF_KRETPROBE(kp_uring_send)
{
	uring_send_close(LAYER_KPROBE);
	return 0;
}

SEC("kprobe/io_sendmsg_zc")
int BPF_KPROBE(kp_uring_sendmsg_open)
{
	uring_send_open();
	return 0;
}

SEC("kretprobe/io_sendmsg_zc")
int BPF_KRETPROBE(kp_uring_sendmsg)
{
	uring_send_close(LAYER_KPROBE);
	return 0;
}

SEC("kprobe/io_tx_ubuf_complete")
int BPF_KPROBE(kp_uring_release, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	uring_release(skb, (__u64)uarg, zerocopy, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/io_uring_tx_zerocopy_callback")
int BPF_KPROBE(kp_uring_callback, struct sk_buff *skb, void *uarg, bool zerocopy)
{
	uring_release(skb, (__u64)uarg, zerocopy, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/__pskb_copy_fclone")
int BPF_KPROBE(kp_header_copy, struct sk_buff *skb)
{
	header_copy(skb, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/io_zcrx_recv_skb")
int BPF_KPROBE(kp_zcrx_open, void *desc, struct sk_buff *skb)
{
	zcrx_open(skb);
	return 0;
}

SEC("kretprobe/io_zcrx_recv_skb")
int BPF_KRETPROBE(kp_zcrx, int took)
{
	zcrx_close(took, LAYER_KPROBE);
	return 0;
}

SEC("kretprobe/io_zcrx_copy_chunk")
int BPF_KRETPROBE(kp_zcrx_copy, long bytes)
{
	zcrx_copy(bytes, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/xsk_bind")
int BPF_KPROBE(kp_xsk_bind, struct socket *socket)
{
	xsk_claim(socket);
	return 0;
}

SEC("kprobe/xsk_poll")
int BPF_KPROBE(kp_xsk_poll, void *file, struct socket *socket)
{
	xsk_claim(socket);
	return 0;
}

SEC("kprobe/__xsk_rcv")
int BPF_KPROBE(kp_xsk_copy_enter, void *socket, struct xdp_buff *xdp)
{
	keep(KEPT_XSK, (__u64)socket, xdp_bytes(xdp));
	return 0;
}

SEC("kretprobe/__xsk_rcv")
int BPF_KRETPROBE(kp_xsk_copy, int status)
{
	struct kept_arguments arguments;
	if (take(KEPT_XSK, &arguments) && !status)
		xsk_receive((void *)arguments.a, COUNT_XSK_COPIED, arguments.b, LAYER_KPROBE);
	return 0;
}

SEC("kprobe/__xsk_rcv_zc")
int BPF_KPROBE(kp_xsk_enter, void *socket, void *buffer, __u32 bytes)
{
	keep(KEPT_RING, (__u64)socket, bytes);
	return 0;
}

INLINE void xsk_kept(int status)
{
	struct kept_arguments arguments;
	if (take(KEPT_RING, &arguments) && !status)
		xsk_receive((void *)arguments.a, COUNT_XSK, arguments.b, LAYER_KPROBE);
}

SEC("kretprobe/__xsk_rcv_zc")
int BPF_KRETPROBE(kp_xsk, int status)
{
	xsk_kept(status);
	return 0;
}

SEC("kprobe/__xsk_map_redirect")
int BPF_KPROBE(kp_xsk_redirect_enter, void *socket, struct xdp_buff *xdp)
{
	keep(KEPT_RING, (__u64)socket, xdp_bytes(xdp));
	return 0;
}

SEC("kprobe/xsk_generic_rcv")
int BPF_KPROBE(kp_xsk_generic_enter, void *socket, struct xdp_buff *xdp)
{
	keep(KEPT_RING, (__u64)socket, xdp_bytes(xdp));
	return 0;
}

SEC("kretprobe/__xsk_map_redirect")
int BPF_KRETPROBE(kp_xsk_redirect, int status)
{
	xsk_kept(status);
	return 0;
}

SEC("kretprobe/xsk_generic_rcv")
int BPF_KRETPROBE(kp_xsk_generic, int status)
{
	xsk_kept(status);
	return 0;
}
