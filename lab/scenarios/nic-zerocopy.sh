# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# A device with scatter-gather takes the pages of a zero-copy send as they are, and the sender is
# told so. Not always of every byte: vmxnet3's driver copies packets up to 128 bytes whole, and has
# those linearised that have too many fragments.
# lab: nic vmxnet3
. /lab/common.sh

nic_pair
watch_devices
proof nic
nic_is_zerocopy nic
finish
