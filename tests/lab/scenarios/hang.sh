# SPDX-License-Identifier: MIT
# shellcheck shell=sh
echo "about to hang"
sleep 1000
