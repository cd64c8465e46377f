# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Device memory TCP with a dma-buf of the program's own memory (udmabuf), on a device that fills it
# (lab/driver): no byte is copied; flows that arrive at another queue are, and the row says so.
# lab: driver zclab
# lab: modules zclab
# lab: offer udmabuf
# lab: timeout 900
. /lab/common.sh

nic_pair
[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
load udmabuf
received='verify_errors == "0" && abi_rx_device_bytes + abi_rx_copied_bytes == rx_total_bytes'
columns="kern_rx_copied_bytes kern_rx_device_bytes abi_rx_copied_bytes abi_rx_device_bytes verify_errors rx_total_bytes"

# shellcheck disable=SC2086
{
	run devmem --probes require --tx send,msg-zerocopy --rx devmem --path nics --nics "$pair" --size 4K,64K --verify on
	check "what arrives is right" "$received" devmem $columns
	prove "the kernel copies no byte, and tells the same" 'kern_rx_copied_bytes == "0" && abi_rx_copied_bytes == "0" &&
		kern_rx_device_bytes == rx_total_bytes && verdict == "zero-copy"' devmem $columns

	run sent --probes require --tx devmem-send --rx recv,devmem --path nics --nics "$pair" --size 4K,64K --verify on
	check "what was sent is right" 'verdict != "fail" && verify_errors == "0"' sent verify_errors
	prove "the kernel copies no byte of it, and tells the same" 'kern_tx_referenced_bytes == tx_total_bytes &&
		kern_late_copied_bytes == "0" && abi_tx_copied_bytes == "0" && verdict == "zero-copy"' sent \
		kern_tx_referenced_bytes kern_tx_copied_bytes kern_late_copied_bytes abi_tx_copied_bytes tx_total_bytes

	run astray --probes require --rx devmem --path nics --nics "$pair" --size 64K --verify on --steer off --flows 8 --threads 1
	prove "flows of other queues are copied, to the byte" "kern_rx_copied_bytes > 0 && kern_rx_copied_bytes == abi_rx_copied_bytes &&
		kern_rx_device_bytes == abi_rx_device_bytes && $received" astray $columns
	check "and the row says so" 'reason ~ /do not arrive at queue 3 of zl1/' astray abi_rx_copied_bytes
}
run taken --rx devmem --path nics --nics "$pair" --size 64K --flows 2 --threads 2
rows taken verdict reason | grep -q '^skip.*bind a dma-buf to receive queue 3 of zl1' &&
	good "a queue that is taken stays its owner's" || bad "a queue that is taken stays its owner's"
run lo --rx devmem --path lo --size 64K
run lo-tx --tx devmem-send --path lo --size 64K
rows lo verdict reason | grep -q '^skip.*bind a dma-buf' && rows lo-tx verdict reason | grep -q '^skip.*bind a dma-buf' &&
	good "a device that cannot says so" || bad "a device that cannot says so: $(rows lo verdict reason)"
finish
