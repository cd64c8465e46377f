# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A device with scatter-gather takes the pages of a zero-copy send as they are, and the sender is
# told so. Not always of every byte: an emulated NIC has some packets linearised.
# lab: nic vmxnet3
. /lab/common.sh

nic_pair
for mode in msg-zerocopy uring-send-zc uring-send-zc-fixed; do
	watch_devices
	run "$mode" --tx "$mode" --path nics --nics "$pair" --size 64K --duration 1
	frags=$(handed "$sender" data_len)
	check "$mode: most bytes are reported zero-copy" \
		'verdict != "fail" && abi_tx_zerocopy_bytes > abi_tx_copied_bytes' \
		"$mode" abi_tx_zerocopy_bytes abi_tx_copied_bytes
	check "$mode: no byte is unaccounted for" \
		'abi_tx_zerocopy_bytes + abi_tx_copied_bytes == tx_total_bytes && tx_tcp_bytes == rx_tcp_bytes + in_flight_bytes' \
		"$mode" abi_tx_zerocopy_bytes abi_tx_copied_bytes tx_total_bytes tx_tcp_bytes rx_tcp_bytes in_flight_bytes
	holds "$mode: most bytes reached the driver in page fragments" \
		"$frags > $(rows "$mode" tx_total_bytes) / 2"
	rows "$mode" verdict | grep -q skip && bad "$mode was skipped"
done
run plain --tx send --path nics --nics "$pair" --size 64K
check "a plain send is copied" 'verdict == "copied"' plain
finish
