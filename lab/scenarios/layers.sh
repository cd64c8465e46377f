# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The layers of the kernel probes: all that count the same traffic at the same time agree to the
# byte on the counters that they share, and each alone keeps the ledger's laws.
# lab: nic vmxnet3
# lab: modules veth
# lab: timeout 1800
. /lab/common.sh

[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
nic_pair

# watch PHASE LAYER...: a zcprobe for each layer, all of which see the same traffic: nobody else
# sends here. watched ends them.
watch() {
	phase=$1
	shift
	layers=$*
	mkfifo "/tmp/stop.$phase"
	for layer in $layers; do
		zcprobe count --all --layer "$layer" <"/tmp/stop.$phase" >"$phase.$layer" 2>"$phase.$layer.errors" &
	done
	exec 7>"/tmp/stop.$phase"
	for layer in $layers; do
		waited=0
		while [ ! -s "$phase.$layer" ] && [ $waited -lt 500 ]; do
			sleep 1
			waited=$((waited + 1))
		done
		[ -s "$phase.$layer" ] || bad "$phase: $layer did not begin to count in $waited s"
		echo "$layer: $(head -n 1 "$phase.$layer")"
	done
}

watched() {
	exec 7>&-
	wait
	# shellcheck disable=SC2086
	set -- $layers
	agree "$1" "$2"
	[ $# = 2 ] || agree "$1" "$3"
	[ $# = 2 ] || agree "$2" "$3"
}

# Until 6.6 a kprobe that interrupts another is left out, and nobody is told: it may count less, but not
# much. From then on such a counter has no number.
silent=0
case $(uname -r) in 6.[0-6].*) silent=1 ;; esac

# Lines `forward NAME NUMBER` of two layers, where both have the name.
agree() {
	for layer in "$1" "$2"; do
		grep -q '^ready' "$phase.$layer" || {
			echo "LAB-NOTE $layer is not to be had here: $(head -n 1 "$phase.$layer")"
			return
		}
	done
	awk -v a="$1" -v b="$2" -v silent=$silent '
	$1 != "forward" { next }
	FNR == NR { n[$2] = $3; next }
	$2 in n {
		shared++
		if (n[$2] == $3)
			next
		print "  " $2 ": " a " " n[$2] ", " b " " $3
		less = a == "kprobe" ? $3 - n[$2] : b == "kprobe" ? n[$2] - $3 : -1
		if (!silent || less < 0 || less * 100 > n[$2])
			wrong++
	}
	END { print "  " shared + 0 " counters shared"; exit wrong || !shared }' "$phase.$1" "$phase.$2" >differences
	# shellcheck disable=SC2181
	if [ $? = 0 ]; then good "$phase: $1 and $2 agree"; else bad "$phase: $1 and $2 differ"; fi
	cat differences
}

set -- --size 64K --duration 0.1 --warmup 0
watch local fentry kprobe tracepoint
run send "$@" --tx send,msg-zerocopy,sendfile,uring-send-zc --path lo,veth,veth-xdp
run receive "$@" --tx send,msg-zerocopy --rx tcp-zerocopy-receive,splice,recv-trunc
watched
# Without a port nothing is left out: also not the 16 bytes with which each connection begins.
holds "they saw every byte" "$(awk '$1 == "forward" && $2 == "rx_bytes" { print $3 }' local.tracepoint) ==
	$(total send rx_total_bytes) + $(total receive rx_total_bytes) + 16 * $(rows send tx | wc -l) + 16 * $(rows receive tx | wc -l)"
# Copies between the socket and a card have no tracepoint.
watch wire fentry kprobe
run nic "$@" --tx msg-zerocopy,sendfile --path nics --nics "$pair" --sg auto,off
watched

for layer in kprobe tracepoint; do
	grep -q '^ready' "local.$layer" || continue
	export ZCPROBE_LAYER=$layer
	run "only-$layer" --probes require --tx msg-zerocopy,sendfile --path lo,veth-xdp --size 64K
	check "$layer: every ledger closes" 'verdict != "fail"' "only-$layer" kern_layer kern_tx_bytes tx_total_bytes
	# Tracepoints cannot tell the class of a send before 6.16: then nothing is proved, and nothing wrong.
	prove "$layer: lo copies msg-zerocopy, veth-xdp contradicts it; sendfile stays uncopied on lo alone" \
		'verdict == (tx == "sendfile" ? (path == "lo" ? "zero-copy" : "copied") : (path == "lo" ? "copied" : "contradicted")) ||
		(kern_tx_referenced_bytes == "" && verdict == "unproven")' \
		"only-$layer" kern_late_copied_bytes kern_tx_referenced_bytes tx_total_bytes
done
finish
