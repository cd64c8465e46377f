/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <string.h>

#define SEND_FE "fe_send_open fe_send_close fe_send_referenced fe_send_spliced|fe_send_pages"
#define SEND_KP                                          \
	"kp_send_open kp_send_close kp_send_referenced " \
	"kp_send_spliced|kp_send_pages kp_send_spliced|kp_send_pages_enter"
#define SEND_TP   "tp_send_open tp_send_close"
#define LATE_FE   "fe_ubufs ?fe_cow fe_pull fe_skb_copy fe_skb_expand fe_segment"
#define LATE_KP   "kp_ubufs ?kp_cow kp_pull kp_skb_copy kp_skb_expand kp_segment"
#define LATE_TP   "tp_xmit tp_gro tp_deliver"
#define INSIDE_FE "fe_send_open fe_send_close "
#define INSIDE_KP "kp_send_open kp_send_close "
#define PIN_FE    INSIDE_FE "fe_pin|fe_pin_inner|fe_pin_old"
#define PIN_KP    INSIDE_KP "kp_pin|kp_pin_inner|kp_pin_old"

#define XSK_FE    "fe_xsk_bind fe_xsk_poll "
#define XSK_KP    "kp_xsk_bind kp_xsk_poll "

#define ROW(id, label, text, fentry, kprobe, tracepoint) \
	[id] = { .name = label,                          \
		 .summary = text,                        \
		 .programs = { [LAYER_FENTRY] = fentry,  \
			       [LAYER_KPROBE] = kprobe,  \
			       [LAYER_TRACEPOINT] = tracepoint } }

/* One program of the same name in both function layers. */
#define BOTH2(id, label, text, program, fentry, kprobe) \
	ROW(id, label, text, fentry "fe_" program, kprobe "kp_" program, NULL)
#define BOTH(id, label, text, program) BOTH2(id, label, text, program, "", "")

const struct counter counters[COUNT_NUMBER] = {
	ROW(COUNT_TX_CALLS, "tx_calls", "TCP send calls that took at least a byte.", SEND_FE,
	    SEND_KP, "tp_send_close"),
	ROW(COUNT_TX_ZEROCOPY_CALLS, "tx_zerocopy_calls",
	    "Of them, calls that asked for zero-copy: MSG_ZEROCOPY on a socket with SO_ZEROCOPY, or "
	    "io_uring's SEND_ZC.",
	    SEND_FE, SEND_KP, SEND_TP),
	ROW(COUNT_TX_BYTES, "tx_bytes", "Bytes accepted by TCP.", SEND_FE, SEND_KP,
	    "tp_send_close"),
	ROW(COUNT_TX_COPIED, "tx_copied_bytes", "Of them, copied into socket buffers.", SEND_FE,
	    SEND_KP, SEND_TP),
	ROW(COUNT_TX_REFERENCED, "tx_referenced_bytes",
	    "Of them, user pages put into socket buffers.", SEND_FE, SEND_KP, SEND_TP),
	ROW(COUNT_TX_SPLICED, "tx_spliced_bytes",
	    "Of them, page-cache or pipe pages put into socket buffers (sendfile, splice).",
	    SEND_FE, SEND_KP, SEND_TP),
	ROW(COUNT_LATE_COPIED, "late_copied_bytes",
	    "Referenced or spliced bytes that were copied afterwards, each once. From tracepoints: at "
	    "least these (see unseen_bytes).",
	    LATE_FE, LATE_KP, LATE_TP),
	ROW(COUNT_LATE_AGAIN, "late_copied_again_bytes",
	    "Late copies of bytes that had been copied late before: sent again, or copied twice on "
	    "their way.",
	    LATE_FE, LATE_KP, LATE_TP),
	ROW(COUNT_UNSEEN, "unseen_bytes",
	    "Referenced or spliced bytes that were still queued at the end, or passed where tracepoints "
	    "see nothing: so many more may have been copied late.",
	    NULL, NULL, "tp_retransmit " LATE_TP),
	ROW(COUNT_RX_BYTES, "rx_bytes", "Bytes that left TCP's receive queues.", "fe_rx_consume",
	    "kp_rx_consume", "tp_rx_consume"),
	ROW(COUNT_RX_COPIED, "rx_copied_bytes",
	    "Bytes copied out of receive queues, those only peeked at included.", "fe_rx_copy",
	    "kp_rx_copy", "tp_rx_copy"),
	ROW(COUNT_RX_PEEKED, "rx_peeked_bytes", "Bytes copied with MSG_PEEK.", "fe_rx_call",
	    "kp_rx_call_enter kp_rx_call", "tp_rx_call"),
	ROW(COUNT_RX_DISCARDED, "rx_discarded_bytes", "Bytes dropped with MSG_TRUNC.", "fe_rx_call",
	    "kp_rx_call_enter kp_rx_call", "tp_rx_call"),
	ROW(COUNT_RX_MAPPED, "rx_mapped_bytes",
	    "Bytes mapped by TCP_ZEROCOPY_RECEIVE or spliced to a pipe; from tracepoints: all that "
	    "left the queue neither copied nor discarded.",
	    "fe_rx_map fe_rx_splice", "kp_rx_map_enter kp_rx_map kp_rx_splice_enter kp_rx_splice",
	    "tp_rx_consume tp_rx_copy tp_rx_call"),
	ROW(COUNT_ZCRX, "zcrx_bytes", "Bytes received by io_uring zcrx.", "fe_zcrx_open fe_zcrx",
	    "kp_zcrx_open kp_zcrx", NULL),
	ROW(COUNT_ZCRX_COPIED, "zcrx_copied_bytes", "Of them, copied into its area.",
	    "fe_zcrx_open fe_zcrx fe_zcrx_copy", "kp_zcrx_open kp_zcrx kp_zcrx_copy", NULL),
	ROW(COUNT_DEVMEM, "devmem_bytes", "Bytes received by device memory TCP, left in a dma-buf.",
	    "fe_devmem", NULL, NULL),
	ROW(COUNT_DRIVER_BYTES, "driver_bytes",
	    "Payload handed to a device by the sending socket, again for each retransmit and each time "
	    "that the device was full.",
	    NULL, NULL, "tp_xmit"),
	ROW(COUNT_DRIVER_ZEROCOPY, "driver_zerocopy_bytes",
	    "Of them, still in pages of a program, a file or a pipe.", NULL, NULL, "tp_xmit"),
	ROW(COUNT_DELIVERED_ZEROCOPY, "delivered_zerocopy_bytes",
	    "Payload in user pages that came to local delivery, which copies it.", NULL, NULL,
	    "tp_deliver"),
	ROW(COUNT_CROSSING, "crossing_bytes",
	    "Payload that left in lent pages for a virtual device, to be met again on this host; each "
	    "byte once.",
	    NULL, NULL, LATE_TP),
	ROW(COUNT_CROSSED, "crossed_bytes", "Of them, seen to arrive.", NULL, NULL, LATE_TP),
	ROW(COUNT_XDP_COPIED, "xdp_copied_bytes",
	    "Late copies made for XDP (skb_pp_cow_data), which the sender is not told of; from "
	    "tracepoints: all that were made between two devices of this host.",
	    "fe_cow", "kp_cow", "tp_xmit tp_gro tp_deliver"),
	ROW(COUNT_RETRANSMITS, "retransmits", "TCP packets sent again; no second send.", NULL, NULL,
	    "tp_retransmit"),
	ROW(COUNT_RETRANSMITTED, "retransmitted_bytes", "Payload of those packets.", NULL, NULL,
	    "tp_retransmit"),
	ROW(COUNT_PINNED_PAGES, "pinned_pages", "User pages pinned inside send calls.", PIN_FE,
	    PIN_KP, NULL),
	BOTH(COUNT_COMPLETIONS, "completions", "MSG_ZEROCOPY sends whose pages came back.",
	     "complete"),
	BOTH(COUNT_COMPLETIONS_COPIED, "completions_copied",
	     "Of them, those whose sender is told that they were copied.", "complete"),
	ROW(COUNT_RELEASES, "releases", "Packets that gave pages back to MSG_ZEROCOPY sends.",
	    "fe_release|fe_release_old", "kp_release|kp_release_old", NULL),
	ROW(COUNT_RELEASES_COPIED, "releases_copied",
	    "Of them, those marked as copied for the sender.", "fe_release|fe_release_old",
	    "kp_release|kp_release_old", NULL),
	ROW(COUNT_REFUSED, "refused_notices",
	    "MSG_ZEROCOPY sends refused (ENOBUFS) for want of optmem or of locked memory.",
	    INSIDE_FE "fe_realloc", INSIDE_KP "kp_realloc", NULL),
	ROW(COUNT_UNPINNABLE, "refused_memlock", "Of them, for RLIMIT_MEMLOCK.",
	    INSIDE_FE "fe_memlock", INSIDE_KP "kp_memlock", NULL),
	ROW(COUNT_RX_UNMAPPED, "rx_unmapped_bytes",
	    "Bytes that TCP_ZEROCOPY_RECEIVE was asked to map and did not, as they were in no whole "
	    "pages: it copied them, or told the program to.",
	    "fe_rx_map", "kp_rx_map_enter kp_rx_map", NULL),
	ROW(COUNT_GSO_SEGMENTED, "gso_segmented_bytes", "Payload segmented in software.",
	    "fe_segment", "kp_segment", NULL),
	ROW(COUNT_GSO_COPIED, "gso_copied_bytes",
	    "Late copies by segmenting in software for a device without scatter-gather, which the "
	    "sender is not told of.",
	    "fe_segment", "kp_segment", NULL),
	ROW(COUNT_SKB_COPIED, "skb_copied_bytes", "Late copies by skb_copy and skb_copy_expand.",
	    "fe_skb_copy fe_skb_expand", "kp_skb_copy kp_skb_expand", NULL),
	ROW(COUNT_PULLED, "linearised_bytes",
	    "Late copies into the linear part (__pskb_pull_tail).", "fe_pull", "kp_pull", NULL),
	BOTH(COUNT_HEADERS_COPIED, "headers_copied_bytes",
	     "Linear bytes copied by __pskb_copy_fclone, which goes on sharing the pages.",
	     "header_copy"),
	BOTH2(COUNT_PINNED_DMA, "pinned_dma_pages",
	      "User pages pinned for devices (pin_user_pages_fast) inside send calls.", "pin_dma",
	      INSIDE_FE, INSIDE_KP),
	BOTH2(COUNT_EXTRACTED, "extracted_bytes",
	      "Bytes of user, pipe or file pages taken by iov_iter_extract_pages inside send calls.",
	      "extract", INSIDE_FE, INSIDE_KP),
	ROW(COUNT_REGISTERED_PAGES, "registered_pages",
	    "Pages pinned once, as buffers registered with io_uring (io_pin_pages).", "fe_register",
	    "kp_register_enter kp_register", NULL),
	ROW(COUNT_UNPINNED_PAGES, "unpinned_pages",
	    "Pages whose pin was taken back; those that MSG_ZEROCOPY refers to have none.",
	    "fe_unpin_pages fe_unpin_page ?fe_unpin_folio",
	    "kp_unpin_pages kp_unpin_page ?kp_unpin_folio", NULL),
	ROW(COUNT_URING_SENDS, "uring_zc_sends", "io_uring SEND_ZC and SENDMSG_ZC, each attempt.",
	    "?fe_uring_send_open ?fe_uring_send fe_uring_sendmsg_open fe_uring_sendmsg",
	    "?kp_uring_send_open ?kp_uring_send kp_uring_sendmsg_open kp_uring_sendmsg", NULL),
	ROW(COUNT_URING_RELEASES, "uring_releases",
	    "Packets that gave pages back to io_uring zero-copy sends.",
	    "fe_uring_release|fe_uring_callback", "kp_uring_release|kp_uring_callback", NULL),
	ROW(COUNT_URING_RELEASES_COPIED, "uring_releases_copied",
	    "Of them, those marked as copied for the sender.", "fe_uring_release|fe_uring_callback",
	    "kp_uring_release|kp_uring_callback", NULL),
	ROW(COUNT_XSK, "xsk_bytes", "Frame bytes put into AF_XDP receive rings.",
	    XSK_FE "fe_xsk|fe_xsk_redirect fe_xsk|fe_xsk_generic",
	    XSK_KP "kp_xsk_enter|kp_xsk_redirect_enter kp_xsk|kp_xsk_redirect "
		   "kp_xsk_enter|kp_xsk_generic_enter kp_xsk|kp_xsk_generic",
	    NULL),
	ROW(COUNT_XSK_COPIED, "xsk_copied_bytes", "Of them, copied: no zero-copy mode.",
	    XSK_FE "fe_xsk_copy", XSK_KP "kp_xsk_copy_enter kp_xsk_copy", NULL),
	ROW(COUNT_TIMED_NOTICES, "timed_notices",
	    "Zero-copy sends that are in the histogram notice_ns; missing are those whose notice was "
	    "taken at once, or came after the close.",
	    NULL, NULL, "tp_notice ?tp_uring_notice"),
	ROW(COUNT_TIMED_PINS, "timed_pins", "Packets that are in the histogram pin_ns.",
	    PIN_FE
	    " fe_send_referenced fe_release|fe_release_old ?fe_uring_release|fe_uring_callback",
	    PIN_KP " kp_send_into kp_send_referenced kp_release|kp_release_old "
		   "?kp_uring_release|kp_uring_callback",
	    NULL),
};

const char counter_books[] = "tp_sock_state tp_sock_destroy";

static const char *const layers[LAYER_NUMBER] = {
	[LAYER_FENTRY] = "fentry",
	[LAYER_KPROBE] = "kprobe",
	[LAYER_TRACEPOINT] = "tracepoint",
};

const char *counter_layer_name(enum count_layer layer)
{
	return layer < LAYER_NUMBER ? layers[layer] : "none";
}

enum count_layer counter_layer_find(const char *name)
{
	for (int i = 0; i < LAYER_NUMBER; i++)
		if (!strcmp(layers[i], name))
			return (enum count_layer)i;
	return LAYER_NONE;
}
