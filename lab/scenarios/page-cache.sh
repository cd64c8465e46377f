# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# sendfile and splice lend pages that nobody has to copy: not even local delivery does.
. /lab/common.sh

proof page-cache
prove "the kernel took every byte by reference and copied none" \
	'kern_tx_spliced_bytes == tx_total_bytes && kern_tx_copied_bytes == "0" && kern_late_copied_bytes == "0"' \
	page-cache kern_tx_spliced_bytes kern_tx_copied_bytes kern_late_copied_bytes tx_total_bytes
prove_of 'rx == "recv"' "recv copies every byte" 'kern_rx_copied_bytes == rx_total_bytes && tx_verdict == "zero-copy"' \
	page-cache kern_rx_copied_bytes rx_total_bytes tx_verdict
prove_of 'rx == "splice"' "splice takes every byte without a copy, from end to end" \
	'kern_rx_mapped_bytes == rx_total_bytes && kern_rx_copied_bytes == "0" && verdict == "zero-copy" && copies_per_byte == "0"' \
	page-cache kern_rx_mapped_bytes kern_rx_copied_bytes rx_total_bytes copies_per_byte
finish
