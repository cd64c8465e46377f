# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Does a guest start, run zcbench and bring its samples back? The least that the lab can do.
. /lab/common.sh

zcbench doctor >doctor.txt 2>&1
if [ -x /bin/zcprobe ]; then
	zcprobe doctor >zcprobe-doctor.txt 2>&1
	last=$?
	[ $last = 0 ] || bad "zcprobe doctor ended with status $last"
	cat zcprobe-doctor.txt
fi
run boot --tx send --rx recv --size 4K
check "plain send and recv work" 'verdict != "fail" && tx_bytes + 0 > 0' boot tx_bytes
finish
