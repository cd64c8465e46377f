# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Registered buffers are pinned once, when they are registered; others by each send.
. /lab/common.sh

# Pages that anybody ever pinned for long: registered buffers are, those of a send are not. A CPU
# keeps its last few to itself until it is asked.
registered() {
	echo 1 >/proc/sys/vm/stat_refresh
	awk '$1 == "nr_foll_pin_acquired" { print $2 }' /proc/vmstat
}

before=$(registered)
proof pins --tx msg-zerocopy,uring-send-zc
# A message of 16 pages that the socket takes in two parts has one page pinned twice.
prove "each send pins its pages, and next to none twice" \
	'kern_pinned_pages * 4096 >= tx_total_bytes && kern_pinned_pages * 16 < 18 * tx_total_bytes / 4096' \
	pins kern_pinned_pages tx_total_bytes
between=$(registered)
holds "none of them for long" "$between == $before"

run fixed --probes require --tx uring-send-zc-fixed /lab/experiments/proof-pins.yaml
prove "no send pins a page" 'kern_pinned_pages == "0" && kern_tx_referenced_bytes == tx_total_bytes' \
	fixed kern_pinned_pages kern_tx_referenced_bytes tx_total_bytes
# And one page in each repeat, with which the mode tries whether the kernel can do it.
holds "the buffers of 16 pages were pinned once" \
	"$(registered) - $between == $(total fixed buffers_used) * 16 + $(rows fixed tx | wc -l)"
finish
