# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Every mode on lo and veth: what this kernel lacks is a skip with a sentence, never a failure.
# lab: modules veth
# lab: timeout 900
. /lab/common.sh

run tx --tx all --rx recv --path lo,veth --size 64K --verify on
run rx --tx send --rx all --path lo,veth --size 64K
for name in tx rx; do
	check "every $name mode works or says what is missing" 'verdict != "fail" && verify_errors + 0 == 0' \
		"$name" path verify_errors
	rows "$name" "$name" path verdict reason | awk -F '\t' '$3 == "skip" && length($4) < 20 { exit 1 }' ||
		bad "a skip of $name has no sentence"
done
finish
