# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# virtio-net on a hub has no offloads, and without a checksum offload there is no scatter-gather:
# all packets reach the driver linear, so every byte is copied. A packet that is linearised says so
# to its sender; one that software segmentation copied does not: the notifications are mixed.
# lab: nic virtio-net-pci
. /lab/common.sh

nic_pair
watch_devices
proof nic --tx msg-zerocopy,uring-send-zc
nic_copies_all nic
rows nic tx_verdict | grep -q -e mixed -e contradicted || bad "the notifications of no sample were mixed"
finish
