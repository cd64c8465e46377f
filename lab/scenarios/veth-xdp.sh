# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lo and veth copy and say so; with an XDP program at the receiving end of the veth the sender is
# told zero-copy, although the kernel copies each packet on the other side.
# lab: modules veth
. /lab/common.sh

for path in lo veth; do
	watch_calls skb_copy_ubufs
	run "$path" --tx msg-zerocopy --path "$path" --size 64K
	late=$(calls)
	check "$path is reported copied" 'verdict == "copied" && abi_tx_zerocopy_bytes == "0"' \
		"$path" abi_tx_zerocopy_bytes abi_tx_copied_bytes
	holds "$path: it was skb_copy_ubufs, in at most 68 KiB a call" \
		"$late * 69632 >= $(rows "$path" rx_total_bytes)"
done
# From 6.8 on the copy is a function of its own; before, veth has it inlined around skb_copy_bits.
watch_calls skb_pp_cow_data skb_copy_bits
run xdp --tx msg-zerocopy --path veth-xdp --size 64K
late=$(calls)
check "veth-xdp is reported zero-copy" \
	'verdict != "fail" && verdict != "copied" && abi_tx_zerocopy_bytes > 9 * abi_tx_copied_bytes' \
	xdp abi_tx_zerocopy_bytes abi_tx_copied_bytes
holds "yet ${watched:-nothing} took every packet of at most 1500 bytes" \
	"$late * 1448 >= $(rows xdp rx_total_bytes)"
finish
