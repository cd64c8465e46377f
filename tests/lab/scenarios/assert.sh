# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The scenarios' own words must be able to fail.
. /lab/common.sh
run plain --tx send --rx recv --size 4K
check "holds" 'verdict == "copied" && tx_bytes + 0 > 0' plain tx_bytes
check "does not hold" 'verdict == "zero-copy"' plain
[ "$failures" = 1 ] || exit 10
run none --tx null --rx recv
check "nothing was measured" '1' none
[ "$failures" = 2 ] || exit 11
run quoted --path nics --nics eth1+eth1+eth1
[ "$(rows quoted reason)" = "--nics eth1+eth1+eth1: name two devices, the sender's first, as eth1+eth2" ] || exit 12
holds "numbers" "2 > 1"
[ "$failures" = 2 ] || exit 13
holds "wrong numbers" "1 > 2"
[ "$failures" = 3 ] || exit 14
run broken --size nonsense
[ "$failures" = 4 ] || exit 15
prove "no probe counted here" '1' plain
[ "$failures" = 5 ] || exit 16
run probed --probes require --tx send --size 4K
prove "the kernel's counts" 'kern_tx_copied_bytes == tx_total_bytes' probed kern_tx_copied_bytes tx_total_bytes
[ "$failures" = 5 ] || exit 17
prove "wrong counts" 'kern_tx_copied_bytes == tx_total_bytes + 1' probed kern_tx_copied_bytes tx_total_bytes
[ "$failures" = 6 ] || exit 18
prove_of 'tx == "send"' "of some rows" '1' probed
prove_of 'tx == "splice"' "of no row" '1' probed
[ "$failures" = 7 ] || exit 19
finish
