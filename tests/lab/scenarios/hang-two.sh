# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Two guests that do.
# lab: nic vmxnet3
# lab: wire guests
echo "about to hang"
sleep 1000
