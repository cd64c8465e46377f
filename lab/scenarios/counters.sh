# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Programs of which every call is known, audited: the counters of AF_XDP, of io_uring, of notices and of
# refusals are right to the unit, by fentry and by kprobe.
# lab: modules veth
# lab: timeout 1800
. /lab/common.sh

sockets() {
	zerocopy-traffic msg 40 4096 && zerocopy-traffic refused 30 4096 && {
		before=$(cat /proc/sys/net/core/optmem_max)
		echo 1 >/proc/sys/net/core/optmem_max
		zerocopy-traffic msg 20 4096
		echo "$before" >/proc/sys/net/core/optmem_max
	}
}

# 6.1 can tell nobody whether io_uring copied.
rings() {
	zerocopy-traffic uring 40 4096 || export NO_REPORT=1
	[ -z "$NO_REPORT" ] || zerocopy-traffic uring 40 4096
	zerocopy-traffic uring-fixed 30 4096
}

case ${1-} in sockets | rings)
	"$1"
	exit
	;;
esac

[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
veth-pair out0 in0

for layer in fentry kprobe; do
	audit sockets sh "$0" sockets
	exactly tx_zerocopy_calls 40 tx_bytes 163840 tx_referenced_bytes 163840 late_copied_bytes 163840 \
		pinned_pages 40 completions 40 completions_copied 40 releases_copied 40 \
		refused_notices 50 refused_memlock 30 uring_zc_sends 0 timed_notices 40 timed_pins 40
	told "refused for RLIMIT_MEMLOCK"
	told "net.core.optmem_max"

	audit rings sh "$0" rings
	exactly uring_zc_sends 70 tx_zerocopy_calls 70 tx_referenced_bytes 286720 late_copied_bytes 286720 \
		pinned_pages 40 registered_pages 32 uring_releases_copied 70 completions 0 \
		timed_notices 70 timed_pins 40

	packet-tap lo &
	audit tapped zerocopy-traffic msg 40 4096
	kill $!
	exactly tx_referenced_bytes 163840 completions_copied 40 late_copied_bytes 163840
	told "somebody listens on lo"

	audit xsk xsk-traffic copy out0 in0 100 200
	exactly xsk_bytes 20000 xsk_copied_bytes 20000 tx_bytes 0
done
finish
