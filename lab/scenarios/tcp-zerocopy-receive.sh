# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Whole pages arrive at the receiver of a zero-copy sender whose segments carry whole pages; a plain
# sender's bytes are never in whole pages.
# lab: modules veth
. /lab/common.sh

run mapped --tx msg-zerocopy --rx tcp-zerocopy-receive --path lo --mtu page --size 64K --duration 1
check "most bytes are mapped" 'verdict != "fail" && abi_rx_mapped_bytes > abi_rx_copied_bytes' \
	mapped abi_rx_mapped_bytes abi_rx_copied_bytes
run plain --tx send --rx tcp-zerocopy-receive --path lo --mtu page --size 64K --duration 1
check "a plain sender's bytes are copied" \
	'verdict != "fail" && abi_rx_copied_bytes + 0 > 9 * abi_rx_mapped_bytes' \
	plain abi_rx_mapped_bytes abi_rx_copied_bytes
finish
