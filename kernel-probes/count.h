/* SPDX-License-Identifier: MIT */
/* count: what the BPF programs and their loader both know: counters, layers, maps' records. */
#ifndef ZCPROBE_COUNT_H
#define ZCPROBE_COUNT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <stdbool.h>
#endif

/* How a counter is counted, best first. */
enum count_layer { LAYER_FENTRY, LAYER_KPROBE, LAYER_TRACEPOINT, LAYER_NUMBER, LAYER_NONE = 255 };

/* Names, summaries and sources are in counter.c, in this order. */
enum count_id {
	COUNT_TX_CALLS,
	COUNT_TX_ZEROCOPY_CALLS,
	COUNT_TX_BYTES,
	COUNT_TX_COPIED,
	COUNT_TX_REFERENCED,
	COUNT_TX_SPLICED,
	COUNT_LATE_COPIED,
	COUNT_LATE_AGAIN,
	COUNT_UNSEEN,
	COUNT_RX_BYTES,
	COUNT_RX_COPIED,
	COUNT_RX_PEEKED,
	COUNT_RX_DISCARDED,
	COUNT_RX_MAPPED,
	COUNT_ZCRX,
	COUNT_ZCRX_COPIED,
	COUNT_DEVMEM,
	COUNT_DRIVER_BYTES,
	COUNT_DRIVER_ZEROCOPY,
	COUNT_DELIVERED_ZEROCOPY,
	COUNT_CROSSING,
	COUNT_CROSSED,
	COUNT_XDP_COPIED,
	COUNT_RETRANSMITS,
	COUNT_RETRANSMITTED,
	COUNT_PINNED_PAGES,
	COUNT_LEDGER = COUNT_PINNED_PAGES, /* `zcbench run` asks for those so far */
	COUNT_COMPLETIONS,
	COUNT_COMPLETIONS_COPIED,
	COUNT_RELEASES,
	COUNT_RELEASES_COPIED,
	COUNT_REFUSED,
	COUNT_UNPINNABLE,
	COUNT_RX_UNMAPPED,
	COUNT_GSO_SEGMENTED,
	COUNT_GSO_COPIED,
	COUNT_SKB_COPIED,
	COUNT_PULLED,
	COUNT_HEADERS_COPIED,
	COUNT_PINNED_DMA,
	COUNT_EXTRACTED,
	COUNT_REGISTERED_PAGES,
	COUNT_UNPINNED_PAGES,
	COUNT_URING_SENDS,
	COUNT_URING_RELEASES,
	COUNT_URING_RELEASES_COPIED,
	COUNT_XSK,
	COUNT_XSK_COPIED,
	COUNT_TIMED_NOTICES,
	COUNT_TIMED =
		COUNT_TIMED_NOTICES, /* from here on: for histograms, where they are asked for */
	COUNT_TIMED_PINS,
	COUNT_NUMBER,
};

/* Names and summaries are in histogram.c, in this order. */
enum histogram_id {
	HISTOGRAM_TX_COPY,
	HISTOGRAM_LATE_COPY,
	HISTOGRAM_RX_COPY,
	HISTOGRAM_NOTICE_NS,
	HISTOGRAM_PIN_NS,
	HISTOGRAM_NUMBER,
};

#define HISTOGRAM_BUCKETS 48 /* bucket i: from 2^i to 2^(i+1)-1; the last also what is above */
#define TIMES_AT_ONCE     65536

/* Whose bytes. With a port, direction is the payload's: towards the port, or away from it. */
enum count_group { GROUP_OTHERS, GROUP_FORWARD, GROUP_BACKWARD, GROUP_NUMBER };

#define COUNT_FILTERS 8

/* Constant while programs run, so that the verifier cuts away what is not asked for. */
struct count_config {
	__u8 layer[COUNT_NUMBER]; /* enum count_layer; LAYER_NONE: this counter is not counted */
	bool by_task;             /* sockets of the processes in map tasks */
	bool by_cgroup;           /* sockets of processes below this cgroup */
	bool stacks;
	bool histograms;
	bool ledger;     /* no counters beyond COUNT_LEDGER, and no devices but cards that are lent
			    pages */
	bool port_later; /* the one port is later_port */
	__u32 netns_count, port_count;
	__u32 netns[COUNT_FILTERS]; /* inode numbers */
	__u16 port[COUNT_FILTERS];
	__u64 cgroup;
};

/* The counts of a group, on one CPU: found once for all that an event adds to. */
struct count_sums {
	__u64 n[COUNT_NUMBER];
};

/* What changes while programs run: the object's .bss. */
struct count_live {
	__u64 lost;    /* events for which a map had no room: then the counts are not whole */
	__u32 crosses; /* a packet with lent pages has left for another device of this host */
	__u32 lends;   /* a send that may lend pages was seen: until then none is looked for */
};

/* Both ends of a connection have the same key. */
struct count_flow {
	__u32 addresses; /* all words of both addresses, xored */
	__u16 low, high; /* ports */
};

/* One packet on its way between two devices of this host. */
struct count_packet {
	struct count_flow flow;
	__u32 seq;
	__u32 payload; /* a packet sent again may be cut differently */
	__u32 source;
};

struct count_device_key {
	__u32 netns;
	__u32 ifindex;
};

struct count_device {
	char name[16];
	__u64 tx_bytes, tx_zerocopy_bytes;
	__u64 late_copied_bytes; /* on arrival */
	__u64 tapped_bytes;      /* on departure, for a packet tap */
	__u64 rx_bytes;          /* that left the queues of sockets which it feeds */
	bool described; /* by a packet; else only sockets have told of it, and name and flags are
			   unknown */
	bool hardware, scatter_gather;
};

#endif
