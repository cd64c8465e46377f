# SPDX-License-Identifier: MIT
"""Which runs of one experiment differ from those between like hosts?

Like are runs with the same kernels, CPUs and network drivers at their two ends. In a group of at
least PEERS runs, each cell's median is judged by its modified z-score on a logarithmic scale,
(log x - median) / (1.4826 MAD), with the cut-off of 3.5 of Iglewicz and Hoaglin (How to Detect and
Handle Outliers, 1993): a minority of bad hosts cannot move the median or the MAD. A spread below
1 % counts as 1 %, so that a very even fleet does not accuse a run of noise.
"""
import argparse
import math
import statistics
import sys

import numpy

from zcbench.problem import Problem, printable
from zcbench.run import read_run

PEERS = 5
CUT = 3.5
FLOOR = 0.01
ROBUST = 1.4826  # MAD to sigma for a normal distribution
METRICS = {"goodput_bytes_per_s": "goodput", "tx_cpu_ns_per_byte": "tx ns/B", "rx_cpu_ns_per_byte": "rx ns/B"}


def outlying(values):
    """{key: ratio to the median} of the values that are outliers among all of {key: value}."""
    logs = {key: math.log(value) for key, value in values.items() if value > 0}
    if len(logs) < PEERS:
        return {}
    middle = statistics.median(logs.values())
    spread = max(ROBUST * statistics.median(abs(x - middle) for x in logs.values()), FLOOR)
    return {key: math.exp(x - middle) for key, x in logs.items() if abs(x - middle) / spread > CUT}


def drivers(host):
    nics = host.get("nics")
    return "+".join(sorted({str(nic.get("driver")) for nic in nics if isinstance(nic, dict) and
                            not nic.get("loopback")})) if isinstance(nics, list) else "-"


def end_of(facts):
    host = facts.get("host") if isinstance(facts, dict) else None
    host = host if isinstance(host, dict) else {}
    cpu = host.get("cpu") if isinstance(host.get("cpu"), dict) else {}
    kernel = host.get("kernel") if isinstance(host.get("kernel"), dict) else {}
    return printable("Linux %s, %s, %s" % (kernel.get("release"), cpu.get("model"), drivers(host)), 200)


def likeness(run):
    """What must be the same for two runs to be peers."""
    ends = run.manifest.get("ends")
    if not isinstance(ends, dict):
        return run.experiment, end_of({"host": run.host})
    return run.experiment, end_of(ends.get("tx")), end_of(ends.get("rx"))


def medians(run, metric):
    """{cell's identity: median of its repeats}; what nobody measured is left out."""
    grid = run.matrix(metric)
    return {cell.identity: float(numpy.nanmedian(grid[cell.index])) for cell in run.cells
            if not numpy.isnan(grid[cell.index]).all()}


def judge(runs):
    """[(run, metric, cell, ratio)] of one group."""
    found = []
    for metric in METRICS:
        cells = {run.id: medians(run, metric) for run in runs}
        for identity in sorted({identity for values in cells.values() for identity in values}):
            ratios = outlying({run.id: cells[run.id][identity] for run in runs if identity in cells[run.id]})
            found += [(run, metric, run.by_identity[identity], ratios[run.id]) for run in runs if run.id in ratios]
    return found


def say(group, runs, out):
    print("%d runs of %s" % (len(runs), "; ".join(group)), file=out)
    if len(runs) < PEERS:
        print("  too few to say what is usual: %d are needed" % PEERS, file=out)
        return
    found = judge(runs)
    for run in runs:
        mine = [entry for entry in found if entry[0] is run]
        if not mine:
            continue
        print("  %s differs in %d figures" % (printable(run.id), len(mine)), file=out)
        for _, metric, cell, ratio in sorted(mine, key=lambda entry: -abs(math.log(entry[3])))[:5]:
            print("    %.2f of the usual %s: %s" % (ratio, METRICS[metric], cell.label), file=out)
    if not found:
        print("  none differs", file=out)


def main(arguments):
    parser = argparse.ArgumentParser(prog="zcbench fleet", description="Which runs differ from those between like "
                                     "hosts, by a robust outlier test?")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder of a run")
    try:
        runs = [read_run(path) for path in parser.parse_args(arguments).runs]
    except Problem as problem:
        print("zcbench: %s" % problem, file=sys.stderr)
        return 1
    if len({run.id for run in runs}) < len(runs):
        print("zcbench: two of the runs have the same run_id; name each once", file=sys.stderr)
        return 1
    groups = {}
    for run in runs:
        groups.setdefault(likeness(run), []).append(run)
    for group in sorted(groups):
        say(group, groups[group], sys.stdout)
    return 0
