# SPDX-License-Identifier: MIT
# shellcheck shell=sh
echo 1 >/proc/sys/kernel/sysrq
echo c >/proc/sysrq-trigger
