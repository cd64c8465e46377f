# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The comparison of services (experiments/bypass.yaml) with all that a kernel and devices can give:
# each of its modes moves bytes here, but for those that this kernel lacks. Speeds mean nothing.
# lab: driver zclab
# lab: nic virtio-net-pci,iommu_platform=on,disable-legacy=on,mq=on,vectors=6
# lab: wire taps
# lab: queues 2
# lab: cpus 2
# lab: modules zclab veth
# lab: offer udmabuf
# lab: timeout 900
. /lab/common.sh

load udmabuf
everything=/lab/experiments/bypass.yaml
run bypass --path lo,veth,nics --nics zl0+zl1 --size 64K --warmup 0.02 --duration 0.1 "$everything"
for device in /sys/class/net/*; do
	[ ! -e "$device/device" ] || case ${device##*/} in zl*) ;; *) pair="${pair:+$pair+}${device##*/}" ;; esac
done
run queues --path nics --nics "$pair" --tx udp-send,xdp-copy,xdp-zerocopy --rx udp-recv,xdp-copy,xdp-zerocopy \
	--size 64K --warmup 0.02 --duration 0.1 "$everything"

check "all that was sent has come, or is counted" 'verdict != "fail" && verdict != ""' bypass
check "of queues too" 'verdict != "fail"' queues
for end in tx rx; do
	for mode in $(rows bypass "$end" | sort -u); do
		if { rows bypass "$end" verdict; rows queues "$end" verdict; } | grep -q "^$mode	[^s]"; then
			good "$end $mode moves bytes"
		else
			bad "$end $mode moves bytes: $(rows bypass "$end" path reason | grep "^$mode	" | sort -u)"
		fi
	done
done
check "each service says what it gives" 'service != "" && delivery != "" && reliable != "" && encrypted != "" &&
	checksum_by != ""' bypass service delivery reliable encrypted checksum_by
finish
