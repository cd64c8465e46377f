# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The kernel probes: each layer alone keeps the ledger's laws, all layers that count the same
# traffic at the same time agree to the byte, and the verdicts are those that are known.
# lab: modules veth
# lab: timeout 600
. /lab/common.sh

[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"

# Three zcprobes watch one run; nobody else sends here.
for layer in fentry kprobe tracepoint; do
	mkfifo "/tmp/stop.$layer"
	zcprobe count --all --layer "$layer" <"/tmp/stop.$layer" >"/tmp/counts.$layer" 2>&1 &
done
exec 7>/tmp/stop.fentry 8>/tmp/stop.kprobe 9>/tmp/stop.tracepoint
for layer in fentry kprobe tracepoint; do
	waited=0
	while [ ! -s "/tmp/counts.$layer" ] && [ $waited -lt 100 ]; do
		sleep 1
		waited=$((waited + 1))
	done
	head -n 1 "/tmp/counts.$layer" | sed "s/^/$layer: /"
done
run together --tx send,msg-zerocopy,sendfile,uring-send-zc --rx recv,tcp-zerocopy-receive,splice,recv-trunc \
	--path lo,veth,veth-xdp --size 64K --duration 0.05 --warmup 0
exec 7>&- 8>&- 9>&-
wait
for layer in fentry kprobe tracepoint; do
	cp "/tmp/counts.$layer" "/out/counts.$layer"
	grep '^forward' "/tmp/counts.$layer" | sort >"/tmp/sorted.$layer"
done
for pair in "fentry kprobe" "fentry tracepoint" "kprobe tracepoint"; do
	# shellcheck disable=SC2086
	set -- $pair
	awk -v a="$1" -v b="$2" '
	FNR == NR { n[$2] = $3; next }
	$2 in n { shared++; if (n[$2] != $3) { print $2 ": " a " " n[$2] ", " b " " $3; wrong++ } }
	END { print shared + 0 " counters shared"; exit wrong || !shared }' \
		"/tmp/sorted.$1" "/tmp/sorted.$2" >/tmp/differences
	# shellcheck disable=SC2181
	if [ $? = 0 ]; then good "$1 and $2 agree"; else
		if grep -q '^0 counters' /tmp/differences; then echo "LAB-NOTE $1 or $2 is not to be had"; else bad "$1 and $2 differ"; fi
	fi
	sed 's/^/  /' /tmp/differences
done

for layer in fentry kprobe tracepoint; do
	grep -q '^ready' "/tmp/counts.$layer" || continue
	export ZCPROBE_LAYER=$layer
	run "only-$layer" --probes require --tx send,msg-zerocopy,sendfile --path lo,veth,veth-xdp --size 64K
	check "$layer: every ledger closes" 'verdict != "fail"' "only-$layer" kern_layer kern_tx_bytes tx_total_bytes
	[ "$layer" = tracepoint ] && continue
	check "$layer: lo and veth copy msg-zerocopy, veth-xdp contradicts" \
		'probed != 1 || tx != "msg-zerocopy" || verdict == (path == "veth-xdp" ? "contradicted" : "copied")' \
		"only-$layer" probed path kern_late_copied_bytes tx_total_bytes kern_pinned_pages
done
finish
