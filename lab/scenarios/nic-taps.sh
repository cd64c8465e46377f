# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# virtio-net on taps has all offloads: it takes the pages of a zero-copy send as they are.
# lab: nic virtio-net-pci
# lab: wire taps
. /lab/common.sh

nic_pair
watch_devices
proof nic --tx send,msg-zerocopy,uring-send-zc
nic_is_zerocopy nic
finish
