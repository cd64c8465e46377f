# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# io_uring zcrx on a device that fills lent memory (lab/driver): no byte is copied. Flows that
# arrive at another queue are copied, and the row says so. The path sets the device up for it, and
# leaves it as it was.
# lab: driver zclab
# lab: tools ethtool
# lab: modules zclab
# lab: offer udmabuf
# lab: timeout 900
. /lab/common.sh

nic_pair
[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
load udmabuf
# All that the path sets, as another program sees it.
settings() {
	for device in zl0 zl1; do
		ethtool -g "$device"
		ethtool -x "$device"
		ethtool -k "$device"
		ethtool -n "$device"
	done 2>&1
}
settings >before.txt

received='verify_errors == "0" && abi_rx_device_bytes + abi_rx_copied_bytes == rx_total_bytes'
run zcrx --probes require --tx send,msg-zerocopy --rx uring-zcrx --path nics --nics "$pair" --size 4K,64K --verify on
check "what arrives is right" "$received" zcrx verify_errors abi_rx_device_bytes abi_rx_copied_bytes rx_total_bytes
prove "the kernel copies no byte" 'kern_rx_copied_bytes == "0" && kern_rx_device_bytes == rx_total_bytes &&
	verdict == "zero-copy"' zcrx kern_rx_copied_bytes kern_rx_device_bytes rx_total_bytes abi_rx_copied_bytes
check "the kernel tells the program the same" 'abi_rx_copied_bytes == "0"' zcrx abi_rx_copied_bytes

also() {
	name=$1
	shift
	run "$name" --rx uring-zcrx --path nics --nics "$pair" --size 64K --bytes 16M --verify on "$@"
	check "$name: nothing is lost" "$received && rx_total_bytes == tx_total_bytes" \
		"$name" verify_errors abi_rx_device_bytes abi_rx_copied_bytes rx_total_bytes tx_total_bytes rx_enobufs
}
also overflow --depth 16 --flows 8 --threads 1
check "16 completions overflow, and the request is armed again" 'rx_enobufs > 0' overflow rx_enobufs
also small --buffers 4 --rx-size 64K --bytes 2M
check "of an area of 64 pages too: what finds no room is sent again" 'abi_rx_copied_bytes == "0"' small abi_rx_copied_bytes retransmits
also steered --flows 8 --threads 1
check "all flows are steered to the area's queue: no byte is copied" 'abi_rx_copied_bytes == "0"' steered abi_rx_copied_bytes
also areas --areas 2 --flows 8 --threads 1
check "flows find the area of their queue: no byte is copied" 'abi_rx_copied_bytes == "0"' areas abi_rx_copied_bytes
also shared --queue-areas 3 --buffers 4 --rx-size 64K --bytes 2M
check "several areas under one queue: no byte is copied" 'abi_rx_copied_bytes == "0"' shared abi_rx_copied_bytes
echo 64 >/proc/sys/vm/nr_hugepages
also larger --rx-buffer 16K --pages hugetlb
check "larger buffers: no byte is copied" 'abi_rx_copied_bytes == "0"' larger abi_rx_copied_bytes
also dmabuf --area dmabuf
check "a dma-buf: no byte is copied" 'abi_rx_copied_bytes == "0"' dmabuf abi_rx_copied_bytes

run astray --probes require --rx uring-zcrx --path nics --nics "$pair" --size 64K --verify on --steer off --flows 8 --threads 1
prove "flows of other queues are copied, to the byte" "kern_rx_copied_bytes > 0 && kern_rx_copied_bytes == abi_rx_copied_bytes &&
	kern_rx_device_bytes == abi_rx_device_bytes && $received" \
	astray kern_rx_copied_bytes kern_rx_device_bytes abi_rx_copied_bytes abi_rx_device_bytes verify_errors rx_total_bytes
check "and the row says so" 'reason ~ /do not arrive at queue 3 of zl1/' astray abi_rx_copied_bytes

ethtool -X zl1 equal 3
also elsewhere --steer off --bytes 64M --flows 2 --threads 1
check "where no flow comes by the queue, more than the area holds is copied all the same" \
	'verdict == "copied" && abi_rx_copied_bytes == rx_total_bytes' elsewhere abi_rx_copied_bytes rx_total_bytes rx_enobufs
ethtool -X zl1 default

flap flap --rx uring-zcrx --path nics --nics "$pair" --size 64K --verify on
check "a link that goes and comes back: nothing is lost, and no byte is copied" "$received && abi_rx_copied_bytes == \"0\" &&
	tx_total_bytes == rx_total_bytes + in_flight_bytes" flap verify_errors abi_rx_device_bytes abi_rx_copied_bytes rx_total_bytes \
	tx_total_bytes in_flight_bytes retransmits
run taken --rx uring-zcrx --path nics --nics "$pair" --size 64K --flows 2 --threads 2
rows taken verdict reason | grep -q '^skip.*is taken by an area of io_uring' &&
	good "a queue that is taken stays its owner's" || bad "a queue that is taken stays its owner's"
settings >after.txt
grep -q "TCP data split:" before.txt || bad "ethtool tells of the split: $(head -n 3 before.txt)"
cmp -s before.txt after.txt && good "the devices are set up as before" || bad "the devices are set up as before: $(cat after.txt)"

# The doctor's commands do by hand what the path does, and with --steer off are left as they are.
zcbench doctor | grep -A1 lending >doctor.txt
mend=$(sed -n 's/.*\(ethtool -G zl0 .*\) (--path nics.*/\1/p' doctor.txt | sed s/ADDRESS/198.18.0.2/)
echo "$mend"
[ -n "$mend" ] && sh -ec "$mend" && good "the doctor names commands" || bad "the doctor names commands: $(cat doctor.txt)"
run mended --rx uring-zcrx --path nics --nics zl1+zl0 --steer off --flows 8 --threads 1 --size 64K --verify on
check "which mend it: no byte is copied" "$received && abi_rx_copied_bytes == \"0\"" mended \
	verify_errors abi_rx_device_bytes abi_rx_copied_bytes rx_total_bytes
zcbench doctor | grep lending >mended.txt
grep -q 'warning.* zl1 ' mended.txt && good "the doctor has nothing more to say of it" ||
	bad "the doctor has nothing more to say of it: $(cat mended.txt)"
finish
