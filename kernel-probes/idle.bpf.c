// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that do nothing, one for each send and one for each copy out of a receive queue: the
 * least that anything costs which looks at each message. Only bench-probes attaches them.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

SEC("tp_btf/sock_send_length") /* 6.3 */
int idle_send(void *ctx)
{
	return 0;
}

SEC("tp_btf/skb_copy_datagram_iovec")
int idle_receive(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
