# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The same devices without scatter-gather: TCP references the pages all the same and counts on
# software segmentation (sk_setup_caps), which then copies every byte into linear packets. Where
# the last step is __pskb_pull_tail the sender is told that it was copied; where it is skb_segment
# it is told zero-copy. So the witness is what reached the driver, not the notifications.
# lab: nic vmxnet3
. /lab/common.sh

nic_pair
for mode in msg-zerocopy uring-send-zc; do
	watch_devices
	run "$mode" --tx "$mode" --path nics --nics "$pair" --size 64K --sg off --duration 1
	sent=$(handed "$sender" len) frags=$(handed "$sender" data_len)
	check "$mode: works without scatter-gather, and no byte is unaccounted for" \
		'verdict != "fail" && abi_tx_zerocopy_bytes + abi_tx_copied_bytes == tx_total_bytes' \
		"$mode" abi_tx_zerocopy_bytes abi_tx_copied_bytes tx_total_bytes
	holds "$mode: every byte reached the driver copied" \
		"$sent >= $(rows "$mode" tx_tcp_bytes) && $frags == 0"
	echo "LAB-NOTE $mode: of $(rows "$mode" tx_total_bytes) bytes, all copied, the notifications call" \
		"$(rows "$mode" abi_tx_zerocopy_bytes) zero-copy"
	rows "$mode" verdict | grep -q skip && bad "$mode was skipped"
done
run again --tx msg-zerocopy --path nics --nics "$pair" --size 64K --duration 1
check "the devices came back as they were" 'abi_tx_zerocopy_bytes > abi_tx_copied_bytes' \
	again abi_tx_zerocopy_bytes abi_tx_copied_bytes
finish
