# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lab: timeout 60
. /lab/common.sh
echo "uid $(id -u)" >left.txt
head -c 3000000 /dev/urandom >big.bin
md5sum big.bin >big.md5
mkdir deep && echo x >deep/x.txt
ln -s /etc/passwd link
exit 5
