# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Somebody listens on the sending device, as tcpdump does: what he gets is copied out of the sender's
# pages, and the sender is told that it was copied, although the packets themselves leave in place.
# lab: nic vmxnet3
. /lab/common.sh

# In the namespace into which the run takes the sender's device, while the probes are being attached.
listen_on() {
	while sleep 0.3; do
		for run in $(pidof zcbench); do
			# shellcheck disable=SC2012
			for fd in $(ls -l "/proc/$run/fd" | sed -n 's/.* \([0-9]*\) -> net:.*/\1/p'); do
				nsenter --net="/proc/$run/fd/$fd" packet-tap "$1"
			done
		done
	done 2>/dev/null
}

nic_pair
listen_on "$sender" &
listener=$!
watch_devices
proof nic --tx msg-zerocopy,uring-send-zc
kill $listener
check_rows 'probed == 1' "the notifications say copied" 'verdict == "copied" && abi_tx_zerocopy_bytes == "0"' \
	nic abi_tx_zerocopy_bytes abi_tx_copied_bytes
# shellcheck disable=SC2086,SC2154
prove "the kernel referenced every byte, and copied every byte for the listener" \
	"kern_tx_referenced_bytes == tx_total_bytes && $all_late" nic $late_columns
holds "the packets left in page fragments all the same" \
	"$(handed "$sender" data_len) > $(total nic tx_total_bytes) / 2"
finish
