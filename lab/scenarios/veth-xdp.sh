# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# With an XDP program at the receiving end of a veth the sender is told zero-copy, although the
# kernel copies each packet on the other side.
# lab: modules veth
. /lab/common.sh

# A witness beside the probes. From 6.8 on the copy is a function of its own; before, veth has it
# inlined around skb_copy_bits.
watch_calls skb_pp_cow_data skb_copy_bits
proof veth-xdp
late=$(calls)
holds "${watched:-nothing} took every packet of at most 1500 bytes" "$late * 1448 >= $(total veth-xdp rx_total_bytes) && $late > 0"
check_rows 'tx != "sendfile"' "the notifications say zero-copy" \
	'verdict != "fail" && abi_tx_zerocopy_bytes > 9 * abi_tx_copied_bytes' \
	veth-xdp abi_tx_zerocopy_bytes abi_tx_copied_bytes
# shellcheck disable=SC2086,SC2154
prove "the kernel copied every byte late" "$all_late" veth-xdp $late_columns
prove "that contradicts whoever was told zero-copy" 'verdict == (tx == "sendfile" ? "copied" : "contradicted")' veth-xdp
finish
