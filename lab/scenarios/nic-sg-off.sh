# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The same devices without scatter-gather: TCP references the pages all the same and counts on
# software segmentation (sk_setup_caps), which then copies every byte into linear packets. Where
# the last step is __pskb_pull_tail the sender is told that it was copied; where it is skb_segment
# it is told zero-copy.
# lab: nic vmxnet3
. /lab/common.sh

nic_pair
watch_devices
proof nic-sg-off
nic_copies_all nic-sg-off
run again --tx msg-zerocopy --path nics --nics "$pair" --size 64K --duration 1
check "the devices came back as they were" 'abi_tx_zerocopy_bytes > abi_tx_copied_bytes' \
	again abi_tx_zerocopy_bytes abi_tx_copied_bytes
finish
