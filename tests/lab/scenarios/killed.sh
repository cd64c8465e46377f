# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A run that is killed gives its devices back all the same: the kernel does it.
# lab: nic vmxnet3
. /lab/common.sh
nic_pair
zcbench run --out=/out --run-id=k --path nics --nics "$pair" --duration 60 --quiet &
run=$!
waited=0
while [ -e "/sys/class/net/$sender" ] && [ $waited -lt 20 ]; do
	sleep 0.5
	waited=$((waited + 1))
done
[ ! -e "/sys/class/net/$sender" ] || exit 10
sleep 1
kill -9 $run
waited=0
while [ ! -e "/sys/class/net/$sender" ] && [ $waited -lt 20 ]; do
	sleep 0.5
	waited=$((waited + 1))
done
[ -e "/sys/class/net/$sender" ] || exit 11
[ -z "$(pidof zcbench)" ] || exit 12
run after --path nics --nics "$pair"
check "the next run has them" 'verdict == "copied"' after
finish
