# SPDX-License-Identifier: MIT
# shellcheck shell=sh
poweroff -f
