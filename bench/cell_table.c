/* SPDX-License-Identifier: MIT */
/* The dimensions: one row each. */
#include "cell.h"
#include "mode.h"
#include "path.h"
#include "workload.h"

#define NAMES(function, ...)                                                   \
	static const char *function(uint64_t i)                                \
	{                                                                      \
		static const char *const names[] = { __VA_ARGS__ };            \
		return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL; \
	}

NAMES(pages_name, [PAGES_4K] = "4k", [PAGES_THP] = "thp", [PAGES_HUGETLB] = "hugetlb")
NAMES(touch_name, [TOUCH_NONE] = "none", [TOUCH_TX] = "tx", [TOUCH_RX] = "rx",
      [TOUCH_BOTH] = "both")
NAMES(offload_name, [OFFLOAD_AUTO] = "auto", [OFFLOAD_OFF] = "off", [OFFLOAD_ON] = "on")
NAMES(family_name, [FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6")
NAMES(area_name, [AREA_MEMORY] = "memory", [AREA_DMABUF] = "dmabuf")
NAMES(reuse_name, [REUSE_SAFE] = "safe", [REUSE_EARLY] = "early")

static const char *tx_name(uint64_t i)
{
	const struct copy_mode *mode = mode_get(MODE_TX, i);
	return mode ? mode->name : NULL;
}

static const char *rx_name(uint64_t i)
{
	const struct copy_mode *mode = mode_get(MODE_RX, i);
	return mode ? mode->name : NULL;
}

static const char *path_name(uint64_t i)
{
	return paths[i] ? paths[i]->name : NULL;
}

static const char *workload_name(uint64_t i)
{
	return workloads[i] ? workloads[i]->name : NULL;
}

#define ROW(member, kind, text, ...)                                 \
	{                                                            \
		.name = #member, .type = kind, .summary = text,      \
		.offset = offsetof(struct cell, member), __VA_ARGS__ \
	}
#define CHOICE(member, names, first, text) \
	ROW(member, FIELD_CHOICE, text, .choice = names, .preset = first)
#define TEXT(member, first, text) \
	ROW(member, FIELD_TEXT, text, .room = sizeof(((struct cell *)0)->member), .preset = first)
#define AUTO .flags = FIELD_MAY_AUTO, .preset = "auto"

static const struct field rows[] = {
	CHOICE(tx, tx_name, "send", "Mode of the sender; see `zcbench list modes`."),
	CHOICE(rx, rx_name, "recv", "Mode of the receiver; see `zcbench list modes`."),
	CHOICE(path, path_name, "lo", "What joins the two ends; see `zcbench list paths`."),
	CHOICE(workload, workload_name, "stream",
	       "stream: one way, as fast as it goes; rr: request and response in a closed loop; "
	       "rr-open: requests at a fixed rate, timed from the intended start."),
	ROW(size, FIELD_SIZE, "Bytes of one message, and of a request in rr and rr-open.", .min = 1,
	    .max = 1UL << 30, .preset = "64K"),
	ROW(response, FIELD_SIZE,
	    "Bytes of one response in rr and rr-open; responses travel by plain send and recv.",
	    .min = 1, .max = 1UL << 20, .preset = "64"),
	ROW(rate, FIELD_COUNT, "Requests a second on each flow in rr-open.", .min = 1,
	    .max = 10000000, .preset = "1000"),
	ROW(flows, FIELD_COUNT, "Connections.", .min = 1, .max = 10000, .preset = "1"),
	ROW(threads, FIELD_COUNT,
	    "Threads of each end; auto: as many as that end has flows and CPUs, but one that "
	    "receives by AF_XDP from a card, whose hash chooses the queue; rr and rr-open run one a "
	    "flow.",
	    .min = 1, .max = 10000, AUTO),
	ROW(depth, FIELD_COUNT,
	    "Buffers of a worker that the kernel may hold at once (queue depth of zero-copy sends "
	    "and of io_uring); auto: 3 MiB of them, at least 4 and at most 64, but 1 MiB (at "
	    "least 2) while they are copied, so that they stay in the cache; 1 MiB for a receiver.",
	    .min = 1, .max = 4096, AUTO),
	ROW(batch, FIELD_COUNT,
	    "Messages a step: of one submission for io_uring, which links them so that the stream "
	    "keeps its order; auto: 1 for calls, up to 16 for io_uring.",
	    .min = 1, .max = 1024, AUTO),
	ROW(buffers, FIELD_COUNT,
	    "Buffers that are used in turn; few stay hot in the cache, many outgrow it; auto: depth "
	    "for modes whose buffers the kernel holds, where those that came back are used first, "
	    "else 1.",
	    .min = 1, .max = 1000000, AUTO),
	ROW(parts, FIELD_COUNT, "Parts of an iovec in sendmsg and recvmsg modes.", .min = 1,
	    .max = 1024, .preset = "4"),
	ROW(rx_size, FIELD_SIZE,
	    "Bytes asked for by one receive call; auto: the message, at least 128 KiB, at most 1 MiB.",
	    .min = 1, .max = 1UL << 30, AUTO),
	ROW(rx_queue, FIELD_COUNT,
	    "Receive queue of the device that a mode with an area takes for itself; with several "
	    "areas the first one; auto: the device's last.",
	    .max = 4095, AUTO),
	ROW(steer, FIELD_SWITCH,
	    "Have the path nics steer the flows to rx_queue, by a rule and by the table of hashes, and "
	    "undo it afterwards; off: those stay as they are.",
	    .max = 1, .preset = "on"),
	CHOICE(area, area_name, "memory",
	       "What a device fills for modes with an area: this program's memory (of `pages`, "
	       "`buffers` times `rx_size` bytes), or a dma-buf (udmabuf)."),
	ROW(areas, FIELD_COUNT,
	    "Areas of a worker, each with a receive queue of its own; flows go to the area of the "
	    "queue that they arrive at.",
	    .min = 1, .max = 16, .preset = "1"),
	ROW(queue_areas, FIELD_COUNT,
	    "Areas that share one receive queue (io_uring zcrx by 7.3): memory need not be in one piece.",
	    .min = 1, .max = 16, .preset = "1"),
	ROW(rx_buffer, FIELD_SIZE,
	    "Bytes that a device puts into one buffer of an area, a power of two (rx_buf_len, 7.0); "
	    "auto: a page.",
	    .min = 4096, .max = 1UL << 21, AUTO),
	CHOICE(pages, pages_name, "4k", "Pages under the buffers; hugetlb needs vm.nr_hugepages."),
	ROW(align, FIELD_SIZE, "Bytes from the start of a page to the start of a buffer.",
	    .max = 4095, .preset = "0"),
	CHOICE(touch, touch_name, "none",
	       "Who touches the payload: tx rewrites each buffer before use, rx reads every byte."),
	ROW(verify, FIELD_SWITCH,
	    "Check the payload of every slice against its stream offset; implies touch=both.",
	    .max = 1, .preset = "off"),
	CHOICE(reuse, reuse_name, "safe",
	       "early reuses buffers that the kernel still holds: a deliberate mistake, which proves "
	       "that verify catches it."),
	ROW(sndbuf, FIELD_SIZE, "SO_SNDBUF of the sender; auto: the kernel's own tuning.",
	    .min = 1024, .max = 1UL << 30, AUTO),
	ROW(rcvbuf, FIELD_SIZE,
	    "SO_RCVBUF of the receiver; auto: the kernel's own tuning; of udp 4 MiB, or what "
	    "net.core.rmem_max allows.",
	    .min = 1024, .max = 1UL << 30, AUTO),
	ROW(rcvlowat, FIELD_SIZE,
	    "SO_RCVLOWAT of the receiver, which sleeps until so much waits; 1: it is woken for each "
	    "packet. More than a sender has under way at once makes it wait for delayed "
	    "acknowledgements.",
	    .min = 1, .max = 1UL << 30, .preset = "1"),
	ROW(nodelay, FIELD_SWITCH,
	    "TCP_NODELAY on both ends; auto: on where requests are answered, else off.", .max = 1,
	    AUTO),
	ROW(cork, FIELD_SWITCH, "TCP_CORK on the sender.", .max = 1, .preset = "off"),
	TEXT(congestion, "auto", "Congestion control of both sockets; auto: the system's."),
	ROW(mtu, FIELD_SIZE,
	    "MTU of the path's devices; page: 15 pages and the headers, so that segments carry whole "
	    "pages; auto: as the device comes.",
	    .min = 576, .max = 65536, .flags = FIELD_MAY_AUTO | FIELD_MAY_PAGE, .preset = "auto"),
	ROW(mss, FIELD_SIZE,
	    "TCP_MAXSEG; page: 4096 and the timestamp option, so that a segment is one page; auto: "
	    "from the MTU.",
	    .min = 88, .max = 32767, .flags = FIELD_MAY_AUTO | FIELD_MAY_PAGE, .preset = "auto"),
	CHOICE(sg, offload_name, "auto", "Scatter-gather of the path's devices."),
	CHOICE(gso, offload_name, "auto", "Generic segmentation offload of the path's devices."),
	CHOICE(tso, offload_name, "auto", "TCP segmentation offload of the path's devices."),
	CHOICE(gro, offload_name, "auto", "Generic receive offload of the path's devices."),
	ROW(queues, FIELD_COUNT,
	    "Queues of a veth pair, for modes whose flows are queues; auto: as many as flows, at most "
	    "16. Cards keep theirs (ethtool -L).",
	    .min = 1, .max = 64, AUTO),
	ROW(busy_poll, FIELD_COUNT,
	    "SO_PREFER_BUSY_POLL and SO_BUSY_POLL of AF_XDP sockets, in us: the program's calls run "
	    "the driver; see napi_defer_hard_irqs and gro_flush_timeout. 0: off.",
	    .max = 1000000, .preset = "0"),
	ROW(force, FIELD_SWITCH,
	    "Have AF_XDP take an XDP program of somebody else's off the device, and put it back "
	    "afterwards, also when it is killed. off: it is left alone, and the cell skipped.",
	    .max = 1, .preset = "off"),
	CHOICE(family, family_name, "ipv4", "Address family."),
	TEXT(nics, "none",
	     "For the path nics: the sender's device and the receiver's, which a wire joins, as "
	     "eth1+eth2."),
	TEXT(tx_cpu, "auto",
	     "CPUs of the sender: 0, 0-3, 0+2, near or far (as near to the CPU that serves the flow's "
	     "packets as can be, or as far), none (not pinned) or auto; recorded in tx_cpus."),
	TEXT(rx_cpu, "auto",
	     "CPUs of the receiver: 0, 0-3, 0+2, near or far (as near to the CPU that serves the flow's "
	     "packets as can be, or as far), none (not pinned) or auto; recorded in rx_cpus."),
	{ .name = "warmup",
	  .type = FIELD_DURATION,
	  .summary = "Time before the window opens; nothing in it counts for speed.",
	  .offset = offsetof(struct cell, warmup_ns),
	  .max = 3600000000000ULL,
	  .preset = "0.2" },
	{ .name = "duration",
	  .type = FIELD_DURATION,
	  .summary = "Length of the window in which speed and cost are measured.",
	  .offset = offsetof(struct cell, duration_ns),
	  .min = 1000000,
	  .max = 86400000000000ULL,
	  .preset = "1" },
	ROW(bytes, FIELD_SIZE,
	    "Send this many bytes in all instead of for a time (rounded up to whole messages on "
	    "each flow); the window is then the whole transfer. auto: use duration.",
	    .min = 1, AUTO),
};

const struct field_table cell_table = { rows, sizeof(rows) / sizeof(rows[0]) };
