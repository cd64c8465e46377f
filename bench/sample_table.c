/* SPDX-License-Identifier: MIT */
/* The columns of samples.csv beside the dimensions: one row each. */
#include "sample.h"

#define COLUMN(member, kind, text)                                                    \
	{                                                                             \
		.name = #member, .type = kind, .summary = text,                       \
		.offset = offsetof(struct sample, member),                            \
		.room = kind == FIELD_TEXT ? sizeof(((struct sample *)0)->member) : 0 \
	}
#define COUNT(member, text) COLUMN(member, FIELD_COUNT, text)
#define REAL(member, text)  COLUMN(member, FIELD_REAL, text)
#define TEXT(member, text)  COLUMN(member, FIELD_TEXT, text)

#define END(end, member, kind, text)                                                      \
	{                                                                                 \
		.name = #end "_" #member, .type = kind, .summary = text,                  \
		.offset = offsetof(struct sample, end.member),                            \
		.room = kind == FIELD_TEXT ? sizeof(((struct sample *)0)->end.member) : 0 \
	}

/* Every metric that both ends report of themselves, once. */
#define BOTH(end, who)                                                                                   \
	END(end, elapsed_ns, FIELD_COUNT, "Length of the " who "'s window."),                            \
		END(end, bytes, FIELD_COUNT, "Payload bytes of the " who " in its window."),             \
		END(end, messages, FIELD_COUNT,                                                          \
		    "Whole messages of `size` bytes of the " who                                         \
		    " in its window; null counts steps."),                                               \
		END(end, total_bytes, FIELD_COUNT,                                                       \
		    "Payload bytes of the " who " from connect to close, warm-up included."),            \
		END(end, tcp_bytes, FIELD_COUNT,                                                         \
		    "The same as TCP counts it: bytes_acked of TCP_INFO and what SIOCOUTQ tells of the " \
		    "queue at the sender, bytes_received at the receiver; without SYN, FIN and token."), \
		END(end, syscalls, FIELD_COUNT,                                                          \
		    "System calls of the " who                                                           \
		    "'s data path in its window: transfers, waits and reads "                            \
		    "of notifications."),                                                                \
		END(end, waits, FIELD_COUNT,                                                             \
		    "Of them, calls made only to wait; a call that blocks while it transfers is not "    \
		    "seen as a wait."),                                                                  \
		END(end, eagain, FIELD_COUNT,                                                            \
		    "Calls in the window that found the socket full or empty."),                         \
		END(end, enobufs, FIELD_COUNT,                                                           \
		    "Calls in the window refused for want of kernel memory (optmem_max, memlock) or of " \
		    "provided buffers."),                                                                \
		END(end, buffer_waits, FIELD_COUNT,                                                      \
		    "Times in the window when the kernel still held every buffer."),                     \
		END(end, cpu_user_ns, FIELD_COUNT,                                                       \
		    "CPU time of the " who "'s threads in user mode "                                    \
		    "(getrusage), in its window."),                                                      \
		END(end, cpu_sys_ns, FIELD_COUNT,                                                        \
		    "CPU time of the " who "'s threads in the kernel "                                   \
		    "(getrusage), in its window; whether softirq work is in it depends on the kernel's " \
		    "IRQ time accounting."),                                                             \
		END(end, cycles, FIELD_COUNT,                                                            \
		    "CPU cycles of the " who "'s threads in its window; empty "                          \
		    "without a PMU."),                                                                   \
		END(end, instructions, FIELD_COUNT,                                                      \
		    "Instructions of the " who "'s threads in its "                                      \
		    "window; empty without a PMU."),                                                     \
		END(end, llc_misses, FIELD_COUNT,                                                        \
		    "Last-level cache misses of the " who "'s threads in "                               \
		    "its window; empty without a PMU."),                                                 \
		END(end, threads, FIELD_COUNT, "Threads that the " who " ran."),                         \
		END(end, cpus, FIELD_TEXT,                                                               \
		    "CPUs that the " who "'s threads were pinned to, in their "                          \
		    "order; none: not pinned.")

static const struct field keys[] = {
	TEXT(run_id, "Name of the run; also of its folder."),
	COUNT(block, "Number of the block, from 1: one repeat of every cell in random order."),
	COUNT(cell, "Number of the cell in the experiment, from 1."),
	COUNT(repeat, "Number of the repeat of this cell, from 1."),
	COUNT(probed, "1: kernel probes were counting, so speeds are not headline speeds; 0: not."),
};

static const struct field rows[] = {
	TEXT(started_at, "Start of the repeat, UTC, ISO 8601."),
	TEXT(service,
	     "What carried the bytes; see `zcbench list services`. Empty if the two modes' "
	     "services differ."),
	TEXT(delivery, "What the service carries: stream or datagrams."),
	COUNT(reliable, "1: the service delivers every byte, once; 0: it may lose some."),
	COUNT(ordered, "1: the service delivers in the order of sending; 0: it may not."),
	COUNT(encrypted, "1: the service encrypts the payload; 0: it does not."),
	TEXT(checksum_by, "Who sees to checksums: kernel (its stack, which leaves them to a device "
			  "that offers it, and to nobody on lo and veth), device, program or "
			  "nobody."),
	COUNT(elapsed_ns, "Length of the receiver's window: the base of goodput."),
	BOTH(tx, "sender"),
	BOTH(rx, "receiver"),
	REAL(goodput_bytes_per_s, "rx_bytes / elapsed_ns * 1e9."),
	COUNT(host_cpu_ns, "Busy CPU time of the receiver's whole host in its window, all CPUs, "
			   "from /proc/stat (10 ms steps): user, nice, system, irq, softirq. Empty "
			   "for datagrams bounded by bytes, as all CPU times of a host and of the "
			   "receiver: their last one is known as that a while later."),
	COUNT(host_softirq_ns, "The softirq part of host_cpu_ns."),
	COUNT(host_irq_ns, "The irq part of host_cpu_ns."),
	COUNT(host_steal_ns, "Time stolen by the hypervisor in the receiver's window, all CPUs."),
	COUNT(host_foreign_ns,
	      "The part of host_cpu_ns that was neither end's nor softirq nor irq: at least so much went "
	      "to other programs. softirq that ran in an end's task is taken off twice."),
	COUNT(host_cpus, "CPUs of the receiver's host that were online."),
	TEXT(rx_slices,
	     "Goodput of each twentieth of the receiver's window, in thousandths of that of the "
	     "whole, in their order: to see whether it kept its pace, and for nothing else. "
	     "Empty under 0.1 s and for a transfer bounded by bytes."),
	REAL(tx_cpu_ns_per_byte, "(tx_cpu_user_ns + tx_cpu_sys_ns) / tx_bytes."),
	REAL(rx_cpu_ns_per_byte, "(rx_cpu_user_ns + rx_cpu_sys_ns) / rx_bytes."),
	REAL(host_cpu_ns_per_byte, "host_cpu_ns / rx_bytes."),
	COUNT(tx_host_cpu_ns, "Busy CPU time of the sender's whole host in the sender's window, as "
			      "host_cpu_ns; on one host the two count the same CPUs."),
	COUNT(tx_host_softirq_ns, "The softirq part of tx_host_cpu_ns."),
	REAL(tx_host_cpu_ns_per_byte, "tx_host_cpu_ns / tx_bytes."),
	COUNT(in_flight_bytes, "Bytes that the sender's socket still held at the close."),
	COUNT(lost_messages, "Messages of which not every byte came, whole connection: those that "
			     "the sender told at its end, less those that came whole. Empty for "
			     "streams."),
	COUNT(lost_bytes, "Bytes that were sent and never came, likewise."),
	COUNT(reordered_messages,
	      "Datagrams that came after a later one of their flow, whole connection; a message "
	      "larger than a frame is several. Empty for streams."),
	COUNT(duplicate_messages, "Datagrams that came again, or more than 16384 too late to tell; "
				  "they are dropped. Empty for streams."),
	COUNT(dropped_datagrams,
	      "Datagrams that reached the receiver's host and were dropped there, whole connection: "
	      "its socket buffer or ring was full. Empty where nobody counts them."),
	COUNT(notifications,
	      "Completion notices, io_uring's or of the error queue, whole connection."),
	COUNT(notifications_copied, "Of them, those that say that the kernel copied."),
	COUNT(abi_tx_zerocopy_bytes,
	      "Bytes that the kernel told the sender were not copied. The kernel merges notices: a "
	      "merged one has the mark of its first send."),
	COUNT(abi_tx_copied_bytes,
	      "Bytes that the kernel told the sender were copied, at least in "
	      "part; for copying modes all bytes, by the call's own contract."),
	COUNT(abi_rx_mapped_bytes, "Bytes that were mapped into the receiver instead of copied."),
	COUNT(abi_rx_device_bytes,
	      "Bytes that came in memory lent to a device: an area of io_uring zcrx, or a dma-buf."),
	COUNT(abi_rx_copied_bytes,
	      "Bytes copied to the receiver; for copying modes all bytes, by the "
	      "call's own contract."),
	COUNT(abi_rx_discarded_bytes, "Bytes that the receiver had the kernel drop."),
	COUNT(kern_tx_bytes, "Kernel-counted bytes accepted from the sender."),
	COUNT(kern_tx_copied_bytes, "Of them, copied into socket buffers."),
	COUNT(kern_tx_referenced_bytes, "Of them, user pages put into socket buffers."),
	COUNT(kern_tx_spliced_bytes, "Of them, page-cache or pipe pages put into socket buffers."),
	COUNT(kern_late_copied_bytes,
	      "Referenced or spliced bytes that were copied afterwards, each once; at least these if "
	      "kern_unseen_bytes is not 0."),
	COUNT(kern_late_again_bytes,
	      "Late copies of bytes that had been copied late before: sent again, or copied twice."),
	COUNT(kern_unseen_bytes,
	      "Referenced or spliced bytes that passed where the probes see nothing; empty if late "
	      "copies are counted where they are made."),
	COUNT(kern_rx_bytes, "Kernel-counted bytes delivered to the receiver."),
	COUNT(kern_rx_copied_bytes, "Of them, copied."),
	COUNT(kern_rx_mapped_bytes, "Of them, mapped."),
	COUNT(kern_rx_device_bytes, "Of them, left where the device had put them, in lent memory."),
	COUNT(kern_pinned_pages, "Pages pinned for the sender's transfers."),
	TEXT(kern_layer,
	     "How the kernel was probed; SENDER/RECEIVER if the ends were probed differently."),
	REAL(copies_per_byte, "Kernel-counted copied bytes of both ends / rx_total_bytes."),
	COUNT(notify_p50_ns, "Time from a send to its completion notice, median, in the window. A "
			     "notice is stamped when it is read."),
	COUNT(notify_p99_ns, "The same, 99th percentile; empty under 1,000 notices."),
	COUNT(notify_p999_ns, "The same, 99.9th percentile; empty under 10,000 notices."),
	COUNT(notify_max_ns, "The same, maximum."),
	COUNT(outstanding_max_bytes,
	      "Most bytes that the kernel held at once, summed over workers."),
	COUNT(latency_count,
	      "Requests with a latency: answered in the window; in rr-open those due in "
	      "the window, answered or not."),
	COUNT(latency_unanswered,
	      "Of them, requests of rr-open without a response at the close: they count with the age "
	      "they had then, so percentiles that reach them are lower bounds."),
	COUNT(latency_p50_ns, "Time from a request to the end of its response, median; from the "
			      "intended start in rr-open; empty under 20 requests."),
	COUNT(latency_p90_ns, "The same, 90th percentile; empty under 100 requests."),
	COUNT(latency_p99_ns, "The same, 99th percentile; empty under 1,000 requests."),
	COUNT(latency_p999_ns, "The same, 99.9th percentile; empty under 10,000 requests."),
	COUNT(latency_p9999_ns, "The same, 99.99th percentile; empty under 100,000 requests."),
	COUNT(latency_max_ns, "The same, maximum."),
	COUNT(depth_used, "Queue depth of the sender: the most that the kernel may hold."),
	COUNT(batch_used, "Batch in force at the sender."),
	COUNT(buffers_used, "Buffers of each sender thread."),
	COUNT(rx_size_used, "Bytes asked for by one receive call."),
	COUNT(sndbuf_used, "SO_SNDBUF read back from the sender at the close."),
	COUNT(rcvbuf_used, "SO_RCVBUF read back from the receiver at the close."),
	COUNT(rcvlowat_used, "SO_RCVLOWAT read back from the receiver at the close."),
	COUNT(mss_used, "Sending MSS of the first flow, from TCP_INFO."),
	TEXT(congestion_used, "Congestion control read back from the sender's socket."),
	COUNT(retransmits, "Segments retransmitted by the sender (tcpi_total_retrans), all flows."),
	COUNT(cwnd_segments, "Congestion window of the first flow at the close."),
	COUNT(delivery_rate_bytes_per_s, "tcpi_delivery_rate of the first flow at the close."),
	COUNT(busy_ns, "Time the sender had data in flight or queued, all flows (tcpi_busy_time)."),
	COUNT(rwnd_limited_ns, "Of it, stalled for the receiver's window."),
	COUNT(sndbuf_limited_ns, "Of it, stalled for the send buffer."),
	COUNT(queue_drops,
	      "Packets for the receiver that the kernel dropped between device and program, "
	      "whole connection (XDP_STATISTICS); empty for modes without queues of a "
	      "device, as the next five."),
	COUNT(queue_ring_full, "Of them, those that found no room in a ring: raise --buffers."),
	COUNT(queue_no_frame,
	      "Times that the kernel found no frame to receive into: the program is "
	      "too slow, or --buffers too low."),
	COUNT(queue_unserved, "Packets for the receiver on a queue of the device that none of its "
			      "sockets serves; see ethtool -L, -N and -X."),
	COUNT(queue_astray,
	      "Packets for the receiver on a queue that another of its threads serves than their "
	      "flow's; they are lost, too: see --threads."),
	COUNT(queue_passed,
	      "Packets of others on the device meanwhile, which went on to the kernel."),
	COUNT(strangers, "Connections to the receiver's port that did not begin with the repeat's "
			 "token, which were dropped before the first byte of payload; of "
			 "datagrams, those that were somebody else's."),
	COUNT(verify_errors, "Slices whose payload was wrong; empty when nothing was verified."),
	TEXT(tx_verdict, "Verdict on the sender's side; empty if its mode makes no claim."),
	TEXT(rx_verdict, "Verdict on the receiver's side; empty if its mode makes no claim."),
	TEXT(verdict,
	     "zero-copy, mixed, copied, contradicted, unproven, skip or fail. Contradicted: told "
	     "zero-copy, and more than a thousandth of the bytes was seen to be copied beyond what "
	     "was admitted; less is mixed."),
	TEXT(reason, "Why, as a sentence."),
};

const struct field_table sample_key_table = { keys, sizeof(keys) / sizeof(keys[0]) };
const struct field_table sample_table = { rows, sizeof(rows) / sizeof(rows[0]) };
