/* SPDX-License-Identifier: MIT */
/*
 * stream: which bytes of a stream are met for the first time. A packet that is sent again, or is
 * copied twice on its way, is no second payload.
 */
#ifndef ZCPROBE_STREAM_BPF_H
#define ZCPROBE_STREAM_BPF_H

#include "histogram.bpf.h"
#include "packet.bpf.h"

enum stream_reach { REACH_COPIED, REACH_LEFT, REACH_ARRIVED, REACH_NUMBER };

struct stream_key {
	struct count_flow flow;
	__u32 source; /* port */
};

/*
 * high << 32 | holes: the end of what was met, and how many bytes before it were not. In one word,
 * because two CPUs can have packets of one stream at the same time.
 */
struct stream {
	__u64 reach[REACH_NUMBER];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct stream_key);
	__type(value, struct stream);
} streams SEC(".maps");

INLINE __u64 reach_word(__u32 high, __u32 holes)
{
	return (__u64)high << 32 | holes;
}

/* A new connection may have the ports of an old one: its first byte is the next to be sent. */
INLINE void stream_born(const struct sock *sk)
{
	__u16 local = GET(sk, __sk_common.skc_num);
	__u16 remote = bpf_ntohs(GET(sk, __sk_common.skc_dport));
	struct stream_key key = { .source = local };
	struct stream stream;
	if (!by_socket() && (!netns_matches(sock_netns(sk)) || !port_group(local, remote)))
		return;
	key.flow = flow_key(sock_addresses(sk), local, remote);
	for (int i = 0; i < REACH_NUMBER; i++)
		stream.reach[i] = reach_word(GET(CAST(sk, struct tcp_sock), snd_una), 0);
	bpf_map_update_elem(&streams, &key, &stream, BPF_ANY);
}

INLINE __u32 least(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

/* A connection from before the probes begins where it is first met. */
INLINE struct stream *stream_find(const struct stream_key *key, __u32 seq)
{
	struct stream *known = bpf_map_lookup_elem(&streams, key), fresh;
	if (known)
		return known;
	for (int i = 0; i < REACH_NUMBER; i++)
		fresh.reach[i] = reach_word(seq, 0);
	bpf_map_update_elem(&streams, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&streams, key);
}

/*
 * How many of the bytes from seq on are met for the first time. What lies below the highest byte
 * fills a hole, if there is one. A global function, so that the verifier walks it once.
 */
__attribute__((noinline)) __u32 stream_take(const struct stream_key *key, __u32 which, __u32 seq,
					    __u32 bytes)
{
	struct stream_key own; /* until 6.3 a map takes no key by such a pointer */
	struct stream *stream;
	if (!key || which >= REACH_NUMBER)
		return bytes;
	own = *key;
	stream = stream_find(&own, seq);
	if (!stream)
		return bytes;
	for (int tries = 0; tries < 8; tries++) {
		__u64 old = stream->reach[which];
		__u32 high = old >> 32, holes = old, end = seq + bytes;
		__s32 ahead = end - high;
		__u32 above = ahead > 0 ? least(ahead, bytes) : 0;
		__u32 filled = least(bytes - above, holes);
		holes += (ahead > 0 ? ahead : 0) - above - filled;
		if (__sync_val_compare_and_swap(&stream->reach[which], old,
						reach_word(ahead > 0 ? end : high, holes)) == old)
			return above + filled;
	}
	__sync_fetch_and_add(&live.lost, 1);
	return bytes;
}

INLINE __u32 stream_first(const struct packet *packet, enum stream_reach which, __u32 seq,
			  __u32 bytes)
{
	struct stream_key key = { .source = packet->source };
	key.flow = packet_flow(packet);
	return stream_take(&key, which, seq, bytes);
}

/* Adds a late copy to the bytes that were copied once, or to those that were copied again. */
INLINE void stream_copied(const struct packet *packet, __u32 group, __u32 bytes,
			  enum count_layer layer)
{
	__u32 seq = packet->seq + packet->payload - packet->paged, first = bytes;
	if (!count_wants(COUNT_LATE_COPIED, layer) || !bytes)
		return;
	if (group != GROUP_OTHERS)
		first = stream_first(packet, REACH_COPIED, seq, bytes);
	histogram_add(group, HISTOGRAM_LATE_COPY, COUNT_LATE_COPIED, layer, bytes);
	count_add(group, COUNT_LATE_COPIED, layer, first);
	count_add(group, COUNT_LATE_AGAIN, config.layer[COUNT_LATE_AGAIN], bytes - first);
}

#endif
