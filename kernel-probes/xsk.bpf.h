/* SPDX-License-Identifier: MIT */
/* xsk: frames that go to AF_XDP rings. */
#ifndef ZCPROBE_XSK_BPF_H
#define ZCPROBE_XSK_BPF_H

#include "bodies.bpf.h"

#define XDP_FRAGS (1 << 0) /* XDP_FLAGS_HAS_FRAGS */

/* xdp_get_buff_len: where frame_sz ends is a struct skb_shared_info. */
INLINE __u32 xdp_bytes(const struct xdp_buff *xdp)
{
	__u32 room = (bpf_core_type_size(struct skb_shared_info) + 63) & ~63u;
	__u32 bytes = (char *)GET(xdp, data_end) - (char *)GET(xdp, data);
	struct skb_shared_info *shared;
	if (!(GET(xdp, flags) & XDP_FRAGS))
		return bytes;
	shared = CAST((char *)GET(xdp, data_hard_start) + GET(xdp, frame_sz) - room,
		      struct skb_shared_info);
	return bytes + GET(shared, xdp_frags_size);
}

/* By the task that opens or polls it: frames come in softirq, where nobody is known. */
INLINE void xsk_claim(const struct socket *socket)
{
	sock_group(GET(socket, sk), false, true);
}

INLINE void xsk_receive(const void *socket, enum count_id id, __u32 bytes, enum count_layer layer)
{
	count_add(sock_group(CAST(socket, struct sock), false, false), id, layer, bytes);
}

/* The function layer. */

SEC("fentry/xsk_bind")
int BPF_PROG(fe_xsk_bind, struct socket *socket)
{
	xsk_claim(socket);
	return 0;
}

SEC("fentry/xsk_poll")
int BPF_PROG(fe_xsk_poll, void *file, struct socket *socket)
{
	xsk_claim(socket);
	return 0;
}

SEC("fexit/__xsk_rcv")
int BPF_PROG(fe_xsk_copy, void *socket, struct xdp_buff *xdp)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		xsk_receive(socket, COUNT_XSK_COPIED, xdp_bytes(xdp), LAYER_FENTRY);
	return 0;
}

/* Frames that were copied pass here too. */
SEC("fexit/__xsk_rcv_zc")
int BPF_PROG(fe_xsk, void *socket, void *buffer, __u32 bytes)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		xsk_receive(socket, COUNT_XSK, bytes, LAYER_FENTRY);
	return 0;
}

/* Where it is inlined (7.3): the two ways to it. What they leave behind still tells the length. */
SEC("fexit/__xsk_map_redirect")
int BPF_PROG(fe_xsk_redirect, void *socket, struct xdp_buff *xdp)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		xsk_receive(socket, COUNT_XSK, xdp_bytes(xdp), LAYER_FENTRY);
	return 0;
}

SEC("fexit/xsk_generic_rcv")
int BPF_PROG(fe_xsk_generic, void *socket, struct xdp_buff *xdp)
{
	__u64 status = 0;
	bpf_get_func_ret(ctx, &status);
	if (!(int)status)
		xsk_receive(socket, COUNT_XSK, xdp_bytes(xdp), LAYER_FENTRY);
	return 0;
}

#endif
