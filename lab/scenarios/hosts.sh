# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Two guests, a kernel each, joined by a card in each: the path hosts, with an agent that is reached by
# a command. Each kernel counts its own end, and the ledger closes between the two.
# lab: nic vmxnet3
# lab: wire guests
# lab: timeout 600
. /lab/common.sh

mine=10.9.0.1 other=10.9.0.2 port=7000
[ "${1-}" != peer ] || mine=10.9.0.2
for device in /sys/class/net/*; do
	[ ! -e "$device/device" ] || sender=${device##*/}
done
[ -n "$sender" ] || skip "there is no NIC here: this kernel has no driver for it"
ip addr add $mine/24 dev "$sender"
ip link set "$sender" up
[ "${1-}" != peer ] || exec nc -ll -p $port -e zcbench agent

waited=0
until nc -w 2 $other $port </dev/null >/dev/null 2>&1; do
	waited=$((waited + 1))
	[ $waited -lt 60 ] || bad "the other guest does not answer at $other"
	[ $waited -lt 60 ] || finish
	sleep 1
done

# Both ends know what they moved, and what the other did with it. A kernel that preempts itself (7.x)
# may leave out calls of a probe: then a count is unknown.
both_ends_counted() {
	prove "the receiver's kernel counts what came, and that recv copied it" \
		'(kern_rx_bytes == "" || kern_rx_bytes == rx_total_bytes) &&
		(kern_rx_copied_bytes == "" || kern_rx_copied_bytes == rx_total_bytes)' "$1" \
		kern_rx_bytes kern_rx_copied_bytes rx_total_bytes
	prove_of 'tx == "send"' "a plain send makes two copies of each byte" \
		'copies_per_byte == "" || copies_per_byte == 2' "$1" copies_per_byte
	prove_of 'tx != "send"' "of what was lent there is one, but for what a driver takes only whole" \
		'copies_per_byte == "" || (copies_per_byte >= 1 && copies_per_byte < 1.26)' "$1" copies_per_byte
	holds "both kernels did count" \
		"$(total "$1" kern_rx_bytes) > 0 && $(total "$1" kern_tx_bytes) > 0 && $(total "$1" copies_per_byte) > 0"
}

there="cmd:nc $other $port"
watch_devices
proof hosts --tx-agent local --rx-agent "$there" --rx-address $other
nic_is_zerocopy hosts
both_ends_counted hosts
run back --probes require --tx-agent "$there" --rx-agent local --rx-address $mine \
	--tx send,msg-zerocopy /lab/experiments/proof-hosts.yaml
both_ends_counted back
holds "one of the two ends is the other guest" "$(grep -c '"command_line".*lab.peer' /out/hosts/run.json) == 1"
finish
