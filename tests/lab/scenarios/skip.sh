# SPDX-License-Identifier: MIT
# shellcheck shell=sh
. /lab/common.sh
nic_pair
