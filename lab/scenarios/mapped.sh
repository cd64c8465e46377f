# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Whole pages arrive at the receiver of a zero-copy sender whose segments carry whole pages; a plain
# sender's bytes are never in whole pages.
. /lab/common.sh

proof mapped
prove "the kernel mapped and copied what it told the program" \
	'verdict != "fail" && kern_rx_mapped_bytes == abi_rx_mapped_bytes && kern_rx_copied_bytes == abi_rx_copied_bytes' \
	mapped kern_rx_mapped_bytes abi_rx_mapped_bytes kern_rx_copied_bytes abi_rx_copied_bytes
check_rows 'tx == "msg-zerocopy"' "most bytes of a zero-copy sender are mapped" \
	'abi_rx_mapped_bytes > abi_rx_copied_bytes' mapped abi_rx_mapped_bytes abi_rx_copied_bytes
check_rows 'tx == "send"' "a plain sender's bytes are copied" 'abi_rx_copied_bytes + 0 > 9 * abi_rx_mapped_bytes' \
	mapped abi_rx_mapped_bytes abi_rx_copied_bytes
finish
