# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lo and veth copy all of a zero-copy send at local delivery (skb_copy_ubufs), and say so.
# lab: modules veth
. /lab/common.sh

proof loopback
check "the notifications say copied" 'verdict == "copied" && abi_tx_zerocopy_bytes == "0"' \
	loopback abi_tx_zerocopy_bytes abi_tx_copied_bytes
# shellcheck disable=SC2086,SC2154
prove "the kernel referenced every byte, and copied every byte afterwards" \
	"kern_tx_referenced_bytes == tx_total_bytes && kern_tx_copied_bytes == \"0\" && $all_late" loopback $late_columns
# A kernel that preempts itself (7.x) may leave out calls of a probe: then its count is unknown.
prove "two copies a byte" 'retransmits > 0 || copies_per_byte == 2 || (copies_per_byte == "" &&
	(kern_rx_copied_bytes == "" || kern_tx_copied_bytes == "" || kern_late_copied_bytes == ""))' \
	loopback copies_per_byte retransmits kern_rx_copied_bytes kern_tx_copied_bytes kern_late_copied_bytes
finish
