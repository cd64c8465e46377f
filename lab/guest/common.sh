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

# handed DEVICE len|data_len
handed() {
	awk -v device="$1" -v what="$2:" '
	$2 == "name:" && $3 == device { for (i = 4; i < NF; i++) if ($i == what) sum += $(i + 1) }
	END { printf "%d\n", sum }' $TRACING/net/net_dev_start_xmit/hist
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
	zcbench run --out=/out --run-id="$name" --warmup=0.05 --duration=0.3 --repeats=1 --limit=60 --quiet "$@"
	last=$?
	case $last in
	0 | 3 | 4) ;;
	*) bad "$name: zcbench run ended with status $last" ;;
	esac
	rows "$name" tx rx path size verdict reason | sed 's/^/  /'
	return 0
}

# rows NAME COLUMN...: those columns of the samples, tab-separated, a row a line.
rows() {
	file=/out/$1/samples.csv
	shift
	awk -v want="$*" -f /lab/csv.awk "$file"
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
	what=$1 condition=$2 name=$3
	shift 3
	take="" at=0
	for column in tx rx verdict reason "$@"; do
		at=$((at + 1))
		take="$take $column = \$$at; line = line \" $column=\" \$$at;"
	done
	text=$(rows "$name" tx rx verdict reason "$@" | awk -F '\t' '
	{ line = "does not hold:"; '"$take"' }
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

finish() {
	[ "$failures" = 0 ]
	exit
}

# A scenario that cannot be played on this kernel.
skip() {
	echo "LAB-SKIP $*"
	exit 77
}
