# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# virtio-net on a hub has no offloads: packets without a checksum offload are linearised, those that
# segmentation makes are not. Whatever the notifications make of that, the ledger has to close.
# lab: nic virtio-net-pci
. /lab/common.sh

nic_pair
run mixed --tx msg-zerocopy,uring-send-zc --path nics --nics "$pair" --size 64K --duration 1 --repeats 3
check "the ledger closes" \
	'verdict != "fail" && abi_tx_zerocopy_bytes + abi_tx_copied_bytes == tx_total_bytes && tx_tcp_bytes == rx_tcp_bytes + in_flight_bytes' \
	mixed abi_tx_zerocopy_bytes abi_tx_copied_bytes tx_total_bytes tx_tcp_bytes rx_tcp_bytes in_flight_bytes
rows mixed verdict | grep -q mixed || bad "no sample is mixed"
finish
