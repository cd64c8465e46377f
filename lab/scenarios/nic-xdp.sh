# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# AF_XDP on virtio-net: the driver takes XDP_ZEROCOPY (6.11) where the device does its own DMA
# mapping (iommu_platform), and then the kernel's XDP_OPTIONS says zero-copy of every byte. Before
# 6.11 it refuses, and the row says so.
# lab: nic virtio-net-pci,iommu_platform=on,disable-legacy=on,mq=on,vectors=6
# lab: wire taps
# lab: queues 2
# lab: cpus 2
# lab: timeout 600
. /lab/common.sh

nic_pair
run copy --path nics --nics "$pair" --tx xdp-copy --rx xdp-copy --size 1400,64K --bytes 2M --verify on
check "xdp-copy is copied, and every byte is received or lost" 'verdict == "copied" && service == "xdp" &&
	tx_total_bytes == rx_total_bytes + lost_bytes && rx_total_bytes > 0 && verify_errors == 0' copy \
	service tx_total_bytes rx_total_bytes lost_bytes verify_errors queue_drops queue_unserved

# Another witness: the kernel's functions that put frames into rings. Frames have headers, and each
# frame that the receiver lost was in no ring.
layer=fentry
ring() {
	audit "$1" zcbench run --quiet --out=/out --run-id="audited-$1" --repeats=1 --limit=60 --path nics --nics "$pair" \
		--tx xdp-copy --rx "$2" --size 1400 --bytes 256K
	holds "$1: the frames hold what was received" "$(counted xsk_bytes) > $(total "audited-$1" rx_total_bytes) &&
		$(total "audited-$1" rx_total_bytes) > 0"
}
if [ -x /bin/zcprobe ]; then
	ring ring-copy xdp-copy
	exactly xsk_copied_bytes "$(counted xsk_bytes)"
fi

# Frames in huge pages, calls that run the driver, both queues: as far as this kernel goes. A thread
# of the receiver that serves one queue alone misses flows that the device's hash brings to another.
echo 64 >/proc/sys/vm/nr_hugepages
together() {
	run "huge-$1" --path nics --nics "$pair" --tx "$1" --rx "$1" --pages hugetlb --busy-poll 20 --flows 4 --size 64K --bytes 2M --verify on
	check "$1 with huge pages, busy polling and two queues: every byte is received or lost, and no flow goes astray" \
		'tx_total_bytes == rx_total_bytes + lost_bytes && rx_total_bytes > 0 && verify_errors == 0 &&
		queue_astray == "0" && strangers == "0"' "huge-$1" \
		tx_total_bytes rx_total_bytes lost_bytes verify_errors queue_drops queue_unserved queue_astray strangers
	run "astray-$1" --path nics --nics "$pair" --tx "$1" --rx "$1" --flows 8 --threads 2 --size 1400 --bytes 512K
	check "$1 with a thread a queue: what the hash brings to another one is told" \
		'tx_total_bytes == rx_total_bytes + lost_bytes && strangers == "0" &&
		(queue_astray > 0) == (reason ~ /another thread/)' "astray-$1" \
		tx_total_bytes rx_total_bytes lost_bytes queue_drops queue_unserved queue_astray strangers
}

# The sender's link goes down while it sends, and comes back.
interrupted() {
	flap "flap-$1" --path nics --nics "$pair" --tx "$1" --rx "$1" --size 1400 --verify on
	check "$1 with a link that goes and comes back: what is lost is told, and the rest is right" \
		'tx_total_bytes == rx_total_bytes + lost_bytes && verify_errors == 0 && tx_waits > 0 && rx_total_bytes > 0' "flap-$1" \
		tx_total_bytes rx_total_bytes lost_bytes verify_errors tx_waits tx_enobufs queue_drops
}
together xdp-copy
interrupted xdp-copy

run zerocopy --path nics --nics "$pair" --tx xdp-copy,xdp-zerocopy --rx xdp-copy,xdp-zerocopy --size 1400,64K --bytes 2M --verify on
case $(uname -r) in
6.*) check_refused=1 ;;
*) check_refused=0 ;;
esac
if [ "$check_refused" = 1 ]; then
	holds "the driver refuses, in a row with its reason" \
		"$(rows zerocopy tx verdict reason | grep -c 'xdp-zerocopy.*skip.*refuses XDP_ZEROCOPY') > 0"
	finish
fi
check_rows 'tx == "xdp-zerocopy"' "the sender is bound zero-copy, of every byte" \
	'abi_tx_zerocopy_bytes == tx_total_bytes && abi_tx_copied_bytes == 0 && tx_total_bytes > 0' zerocopy \
	abi_tx_zerocopy_bytes abi_tx_copied_bytes tx_total_bytes
check_rows 'rx == "xdp-zerocopy"' "the receiver is bound zero-copy, of every byte" \
	'abi_rx_mapped_bytes == rx_total_bytes && abi_rx_copied_bytes == 0 && rx_total_bytes > 0' zerocopy \
	abi_rx_mapped_bytes abi_rx_copied_bytes rx_total_bytes lost_bytes queue_drops queue_unserved
check "every byte is received or lost" \
	'tx_total_bytes == rx_total_bytes + lost_bytes && verify_errors == 0' zerocopy \
	tx_total_bytes rx_total_bytes lost_bytes verify_errors
together xdp-zerocopy
interrupted xdp-zerocopy
if [ -x /bin/zcprobe ]; then
	ring ring-zerocopy xdp-zerocopy
	exactly xsk_copied_bytes 0
fi
finish
