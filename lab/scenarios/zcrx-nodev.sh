# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# io_uring zcrx without a device: the program's whole path, and the kernel copies every byte into
# the area and says so. A queue of completions that is too small, and an area that is, stop the
# reception; it is armed again, and nothing is lost.
# lab: modules veth
# lab: timeout 900
. /lab/common.sh

[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
run nodev --probes require --rx uring-zcrx-nodev --path lo,veth --size 4K,64K --verify on
[ "$(rows nodev verdict | sort -u)" != skip ] || skip "$(rows nodev reason | head -n 1)"
check "every byte is right, and copied" 'verdict == "copied" && verify_errors == "0"' nodev verify_errors
check "the kernel counts what it copied, and it is everything" 'abi_rx_copied_bytes == rx_total_bytes &&
	abi_rx_device_bytes == "0"' nodev abi_rx_copied_bytes abi_rx_device_bytes rx_total_bytes
prove "the probes count the same" 'kern_rx_copied_bytes == rx_total_bytes && kern_rx_device_bytes == "0" &&
	kern_rx_bytes == rx_total_bytes' nodev kern_rx_copied_bytes kern_rx_device_bytes kern_rx_bytes rx_total_bytes

bounded() {
	name=$1
	shift
	run "$name" --rx uring-zcrx-nodev --path lo --size 64K --bytes 8M --verify on "$@"
	check "$name: nothing is lost" 'verdict == "copied" && verify_errors == "0" && rx_total_bytes == tx_total_bytes' \
		"$name" verify_errors rx_total_bytes tx_total_bytes rx_enobufs
}
bounded overflow --depth 16 --flows 8 --threads 1
check "16 completions overflow, and the request is armed again" 'rx_enobufs > 0' overflow rx_enobufs
bounded starved --buffers 1 --rx-size 64K
check "an area of 16 pages runs empty, and the request is armed again" 'rx_enobufs > 0' starved rx_enobufs
bounded areas --areas 3 --flows 6
bounded shared --queue-areas 3 --buffers 4 --rx-size 64K
echo 64 >/proc/sys/vm/nr_hugepages
bounded huge --pages hugetlb

run device --rx uring-zcrx --path lo,veth --size 64K
rows device verdict reason | grep -c '^skip.*io_uring cannot lend memory to' | grep -qx 2 &&
	good "with a device that cannot, there is a sentence" || bad "with a device that cannot, there is a sentence"
finish
