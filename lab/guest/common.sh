# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What scenarios use: . /lab/common.sh

failures=0

# Loads a module with what it needs; silent where it is built in. It fails where there is none.
load() {
	[ -d "/sys/module/$1" ] && return 0
	[ -f "/lab/ko/$1.list" ] || return 1
	while read -r one; do
		[ -d "/sys/module/$one" ] || insmod "/lab/ko/$one.ko" || return 1
	done <"/lab/ko/$1.list"
}

# The guest's two emulated NICs as --nics takes them; the scenario ends where there are not two.
nic_pair() {
	pair=
	for device in /sys/class/net/*; do
		[ ! -e "$device/device" ] || pair="$pair+${device##*/}"
	done
	pair=${pair#+}
	case $pair in
	*+*+* | "") skip "there are not two NICs here: this kernel has no driver for them" ;;
	*+*) ;;
	*) skip "there is one NIC here, not two" ;;
	esac
	sender=${pair%+*}
}

# A witness of the lab's own, which needs no BPF and no zcprobe: the kernel's own sums over the
# packets that it hands to drivers, by device (Documentation/trace/histogram.rst). data_len is what
# is in page fragments. Opening the file for writing also forgets the sums so far.
TRACING=/sys/kernel/tracing/events
watch_devices() {
	echo 'hist:keys=name:vals=len,data_len' >$TRACING/net/net_dev_start_xmit/trigger
}

# What the ledger of a sender has to show when all its bytes were copied after the send. A packet
# that is sent again is copied again.
all_late="kern_late_copied_bytes + 0 >= rx_total_bytes && (retransmits > 0 ||
	kern_late_copied_bytes == tx_total_bytes - in_flight_bytes)"
late_columns="kern_late_copied_bytes kern_tx_referenced_bytes kern_tx_copied_bytes kern_tx_spliced_bytes
	tx_total_bytes rx_total_bytes in_flight_bytes retransmits abi_tx_zerocopy_bytes abi_tx_copied_bytes"

# handed DEVICE len|data_len
handed() {
	awk -v device="$1" -v what="$2:" '
	$2 == "name:" && $3 == device { for (i = 4; i < NF; i++) if ($i == what) sum += $(i + 1) }
	END { printf "%d\n", sum }' $TRACING/net/net_dev_start_xmit/hist
}

# What the samples of NAME show on a device that takes pages; with devices watched. The notifications
# speak of whole sends, the probes of bytes.
nic_is_zerocopy() {
	check_rows 'tx != "send"' "no byte is unaccounted for" \
		'verdict != "fail" && tx_tcp_bytes == rx_tcp_bytes + in_flight_bytes' "$1" tx_tcp_bytes rx_tcp_bytes in_flight_bytes
	prove_of 'tx == "send"' "a plain send is copied" 'verdict == "copied" && kern_tx_copied_bytes == tx_total_bytes' \
		"$1" kern_tx_copied_bytes tx_total_bytes
	# shellcheck disable=SC2086
	prove_of 'tx != "send"' "the kernel takes every byte by reference, and copies next to none later" \
		'kern_tx_referenced_bytes + kern_tx_spliced_bytes == tx_total_bytes && kern_late_copied_bytes * 4 < tx_total_bytes' \
		"$1" $late_columns
	# shellcheck disable=SC2086
	prove_of 'tx ~ /zc|zerocopy/' "the notifications agree with that, but for 1 %" \
		'kern_late_copied_bytes <= abi_tx_copied_bytes + tx_total_bytes / 100 && abi_tx_zerocopy_bytes > abi_tx_copied_bytes' \
		"$1" $late_columns
	prove_of 'tx ~ /zc|zerocopy/' "what a driver copies with headers contradicts nobody, more does" \
		'(verdict == "contradicted") == (kern_late_copied_bytes > abi_tx_copied_bytes + tx_total_bytes / 1000)' \
		"$1" kern_late_copied_bytes abi_tx_copied_bytes tx_total_bytes
	prove_of 'tx != "send"' "the verdict is zero-copy where none is copied, and only there" \
		'(verdict == "zero-copy") == (kern_late_copied_bytes == "0")' "$1" kern_late_copied_bytes
	holds "most bytes reached the driver in page fragments" \
		"$(handed "$sender" data_len) > $(rows "$1" tx tx_total_bytes | awk '$1 != "send" { n += $2 } END { print n }') / 2"
}

# And on a device that takes no pages.
nic_copies_all() {
	holds "no byte reached the driver in page fragments" \
		"$(handed "$sender" len) > $(total "$1" tx_tcp_bytes) && $(handed "$sender" data_len) == 0"
	# shellcheck disable=SC2086
	prove "the kernel copied every byte, and most of them late" "kern_late_copied_bytes * 2 > tx_total_bytes &&
		(retransmits > 0 || kern_tx_copied_bytes + kern_late_copied_bytes == tx_total_bytes - in_flight_bytes)" "$1" $late_columns
	prove "the verdict says so" \
		'verdict == "copied" || (verdict == "contradicted" && abi_tx_zerocopy_bytes > 0)' "$1" abi_tx_zerocopy_bytes
}

# watch_calls FUNCTION...: counts calls of the first of them that this kernel has; it is $watched.
watch_calls() {
	echo >/sys/kernel/tracing/kprobe_events
	for watched in "$@"; do
		echo "p:lab/calls $watched" >/sys/kernel/tracing/kprobe_events || continue
		echo 'hist:keys=common_type' >$TRACING/lab/calls/trigger
		return
	done 2>/dev/null
	watched=""
	return 1
}

# Calls since; then the watch is over.
calls() {
	awk '/hitcount: +[0-9]/ { sum += $NF } END { printf "%d\n", sum }' $TRACING/lab/calls/hist
	echo >$TRACING/lab/calls/trigger
	echo >/sys/kernel/tracing/kprobe_events
} 2>/dev/null

# run NAME ARGUMENTS...: one experiment, its folder is /out/NAME. Short by preset: nothing that is
# measured under emulation says anything about speed.
run() {
	name=$1
	shift
	echo "zcbench run $*"
	zcbench run --out=/out --run-id="$name" --warmup=0.05 --duration=0.3 --repeats=1 --limit=180 --quiet "$@"
	last=$?
	case $last in
	0 | 3 | 4) ;;
	*) bad "$name: zcbench run ended with status $last" ;;
	esac
	rows "$name" tx rx path size verdict reason | sed 's/^/  /'
	return 0
}

# A process of ours in another namespace, which has this device.
inside() {
	for one in $(pidof zcbench); do
		[ "$(readlink "/proc/$one/ns/net")" = "$(readlink /proc/self/ns/net)" ] || ! grep -q "^ *$1:" "/proc/$one/net/dev" ||
			{ echo "$one" && return; }
	done
} 2>/dev/null

# Packets that the receiver's device got; some drivers do not count those sent by AF_XDP.
came() {
	awk -v name="${pair#*+}:" '$1 == name { print $3 }' "/proc/$receiving/net/dev"
}

# Waits until they are 50 more, but not for ever.
await_more() {
	for _ in $(seq 100); do
		receiving=$(inside "${pair#*+}")
		[ -z "$receiving" ] || [ "$(came)" -le $((${before:=$(came)} + 50)) ] || return 0
		sleep 0.1
	done
	return 1
} 2>/dev/null

# flap NAME ARGUMENTS...: run, with the sender's link down for half a second while it sends.
flap() {
	flapping=$1 before=
	run "$@" --warmup 0 --duration 4 >"$flapping.txt" &
	if await_more && sending=$(inside "$sender") && nsenter -t "$sending" -n ip link set "$sender" down; then
		sleep 0.5
		before=$(came)
		nsenter -t "$sending" -n ip link set "$sender" up
		await_more && good "$flapping: the link came back, and packets with it" ||
			bad "$flapping: the link came back, and no packets with it"
	else
		bad "$flapping: the link of $sender goes down"
	fi
	wait
	cat "$flapping.txt"
}

# proof NAME ARGUMENTS...: run experiments/proof-NAME.yaml, as anybody can outside the lab too, but
# short, and never without the kernel's own counts.
proof() {
	[ -x /bin/zcprobe ] || skip "there is no zcprobe in this build"
	proved=$1
	shift
	case $proved in nic*) set -- --nics "$pair" "$@" ;; esac
	run "$proved" --probes require "$@" "/lab/experiments/proof-$proved.yaml"
}

# rows NAME COLUMN...: those columns of the samples, tab-separated, a row a line.
rows() {
	file=/out/$1/samples.csv
	shift
	awk -v want="$*" -f /lab/csv.awk "$file"
}

# total NAME COLUMN: over all rows.
total() {
	rows "$1" "$2" | awk '{ sum += $1 } END { printf "%d\n", sum }'
}

good() {
	echo "LAB-OK $*"
}

bad() {
	echo "LAB-FAILED $*"
	failures=$((failures + 1))
}

# check WHAT AWK-CONDITION NAME COLUMN...: the condition must hold in every row of the samples that
# is no skip, and there must be one. Columns are variables of their own names; an unknown one is "".
check() {
	check_rows 1 "$@"
}

# prove WHAT AWK-CONDITION NAME COLUMN...: the same of the rows that kernel probes counted.
prove() {
	check_rows 'probed == 1' "$@"
}

# The same of the rows that match, as FILTER AWK-CONDITION ...
prove_of() {
	filter=$1
	shift
	check_rows "probed == 1 && $filter" "$@"
}

check_rows() {
	filter=$1 what=$2 condition=$3 name=$4
	shift 4
	take="" at=0
	for column in tx rx path probed verdict reason "$@"; do
		at=$((at + 1))
		take="$take $column = \$$at; line = line \" $column=\" \$$at;"
	done
	text=$(rows "$name" tx rx path probed verdict reason "$@" | awk -F '\t' '
	{ line = "does not hold:"; '"$take"' }
	!('"$filter"') { next }
	verdict == "skip" { print "skipped: " tx " > " rx ": " reason; next }
	{ used++ }
	!('"$condition"') { wrong++; print line }
	END { if (!used) print "no row was measured"; exit wrong || !used }')
	# shellcheck disable=SC2181
	if [ $? = 0 ]; then good "$what"; else bad "$what"; fi
	[ -z "$text" ] || echo "$text" | sed 's/^/  /'
}

# holds WHAT CONDITION: of numbers, as awk reads it.
holds() {
	if awk "BEGIN { exit !($2) }"; then good "$1: $2"; else bad "$1: $2"; fi
}

# audit NAME COMMAND...: by $layer. What the program told of itself comes first in the file; 77: it
# cannot run here.
audit() {
	file=$1.$layer
	shift
	zcprobe audit --json --histograms --layer "$layer" -- "$@" >"$file" 2>"$file.errors"
	last=$?
	sed -n "/^calls\|^frames/s/^/$file: /p" "$file"
	[ $last = 0 ] || [ $last = 77 ] || bad "$file: status $last, $(head -n 1 "$file.errors")"
}

# counted COUNTER: of the last audit; null: unknown.
counted() {
	awk -v name="\"$1\":" '/"audited"/ { ours = 1 } ours && $1 == name { sub(",", "", $2); print $2; exit }' "$file"
}

# exactly COUNTER NUMBER...: of the last audit.
exactly() {
	while [ $# -gt 1 ]; do
		got=$(counted "$1")
		if [ "$got" = "$2" ]; then good "$file: $1 $2"; else bad "$file: $1 is $got, not $2"; fi
		shift 2
	done
}

# told REGEX: of the sentences of the audit.
told() {
	if grep -q "$1" "$file"; then good "$file: it says '$1'"; else bad "$file: it does not say '$1'"; fi
}

finish() {
	[ "$failures" = 0 ]
	exit
}

# A scenario that cannot be played on this kernel.
skip() {
	echo "LAB-SKIP $*"
	exit 77
}
