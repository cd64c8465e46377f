# SPDX-License-Identifier: MIT
"""The words of a report: what the run answers, how far it may be relied on, how to cite it."""
import hashlib
import json
import os
import shlex

import numpy

from . import crossover, dimensions, marks, summary, units
from .problem import printable
from .run import dig

METHOD = (
    "A repeat is a fresh pair of processes with new connections, and the unit of inference. One block holds one repeat of "
    "every cell in random order. Values are medians; intervals are the order statistics that enclose the median with at "
    "least 95 % (exactly: 97.9 % of 10 repeats, 96.5 % of 15, 95.9 % of 20, 95.7 % of 30). Ratios are of repeats in the same "
    "block. Crossovers are interpolated over log2 of the size, with an interval by bootstrap over blocks. ~ marks what "
    "cannot be told from no difference. Outliers are named and kept. A repeat during which the hypervisor took over 1 % of "
    "the CPUs, or other programs over 5 %, has no say; a cell without a valid repeat shows the others, and is told apart.")

FIGURES = ("Lines are medians of the repeats, ribbons and thin upright lines their intervals of at least 95 %. A mode has the same "
           "colour, mark and dash in all figures.")


def result_id(run):
    """Of the manifest as it is: the same run has the same id wherever it is read."""
    if hasattr(run, "result_id"):
        return run.result_id
    canonical = json.dumps(run.manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "zcb-" + hashlib.sha256(canonical.encode()).hexdigest()[:16]


def sums(run):
    found = []
    for name in ("run.json", "samples.csv", "latency.csv"):
        path = os.path.join(run.path, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found.append((hashlib.file_digest(file, "sha256").hexdigest(), name))
    return found


def deviations(run, rows):
    """From what METHOD asks of a result that may be cited."""
    found, goodput = [], [r for r in rows if r.metric.name == "goodput_bytes_per_s"]
    if len(run.blocks) < summary.SERIOUS:
        found.append(f"{len(run.blocks)} blocks; {summary.SERIOUS} are the least for a result to cite")
    for state, words in (("unstable", "an interval wider than 5 % of the median"), ("invalid", "invalid repeats"),
                         ("few", "fewer than 6 repeats"), ("fail", "no repeat that succeeded")):
        count = sum(r.state == state for r in goodput)
        if count:
            found.append(f"{count} of {len(goodput)} cells have {words}")
    found += [text for text in marks.totals(run) if "outlier" not in text]
    if not any(r.run.table.position.get("kern_tx_bytes") and known(run, "kern_tx_bytes") for r in goodput[:1]):
        found.append("no kernel probes: what was copied is what the interfaces say")
    if all(summary.anchor_of(run, c) is None for c in run.cells):
        found.append("no anchor (send and recv at 64 KiB) on any path")
    for whose, host in run.ends:
        if dig(host, "virtualisation", "guest"):
            found.append(f"the {whose or 'host'} is a virtual machine")
    if str(dig(run.manifest, "build", "commit")).endswith("-dirty"):
        found.append("zcbench was built from a tree with uncommitted changes")
    return found


def known(run, column):
    return any(run.table.texts(column))


def answer(run, rows):
    """Three sentences: what is fastest, from where zero-copy pays, and what was really copied."""
    goodput = [r for r in rows if r.metric.name == "goodput_bytes_per_s" and r.value.n]
    if not goodput:
        return ["Nothing could be measured."]
    best = max((r for r in goodput if r.to_copy and r.to_copy.n), key=lambda r: r.to_copy.median, default=None)
    found = []
    if best and best.to_copy.excludes(1) and best.to_copy.median > 1:
        found.append(f"The largest gain over the copying mode is {units.ratio(best.to_copy)}, of {best.cell.label}.")
    elif best:
        found.append(f"No mode is faster than the copying one for sure; the nearest is {best.cell.label}, {units.ratio(best.to_copy)}.")
    else:
        top = max(goodput, key=lambda r: r.value.median)
        by = f" (service {top.cell.service}: {run.services[top.cell.service]})" if len(run.services) > 1 else ""
        found.append(f"The fastest cell is {top.cell.label}{by}: {units.text(top.value.median, 'B/s')}.")
    return found + [crossing(run), copied(run, rows)]


def crossing(run):
    lines = [a for a in crossover.answers(run) if a.way == "goodput"]
    if not lines:
        return "No mode was measured beside its copying one at two sizes or more, so there is no crossover."
    found, common = {}, dimensions.shared([a.line for a in lines])
    for answer in lines:
        found.setdefault(answer.text(), []).append(dimensions.short(answer.line, common))
    told = [f"{', '.join(names)}: {text}" for text, names in found.items()]
    kept = [text for i, text in enumerate(told) if not i or len("; ".join(told[:i + 1])) < 600]
    more = f"; and {len(told) - len(kept)} more answers, of `zcbench crossover`" if len(told) > len(kept) else ""
    return f"In goodput{', ' + ', '.join(common) if common else ''}: {printable('; '.join(kept), 1000)}{more}."


def reports(run, cell):
    """Is its sender told what became of its bytes? Only of such are there notifications, if only 0."""
    return not numpy.isnan(marks.column(run, "notifications")[cell.rows]).all()


def copied(run, rows):
    shares = [r for r in rows if r.metric.name == "tx_copied_share" and reports(run, r.cell)]
    if not shares:
        return "No zero-copy sender told what became of its bytes."
    full = [r for r in shares if r.value.median > 0.995]
    return (f"Of {marks.some(len(shares), 'cell{}')} with a zero-copy sender that reports, {len(full)} had every byte copied by the kernel "
            f"and {sum(r.value.median < 0.005 for r in shares)} none, as their interfaces tell.")


def command(run):
    words = run.manifest.get("arguments")
    words = [str(word) for word in words] if isinstance(words, list) else []
    return "zcbench " + " ".join(shlex.quote(printable(word, 500)) for word in words)


def host_facts(host):
    """What of a host matters, in the order of a reader's questions."""
    paths = (("host", ("hostname",)), ("kernel", ("kernel", "release")), ("build", ("kernel", "version")),
             ("command line", ("kernel", "command_line")), ("CPU", ("cpu", "model")), ("CPUs", ("cpu", "count_online")),
             ("governor", ("cpu", "governor")), ("turbo", ("cpu", "turbo")), ("NUMA nodes", ("cpu", "numa_nodes")),
             ("memory", ("memory", "total_bytes")), ("THP", ("memory", "thp", "enabled")),
             ("virtual machine", ("virtualisation", "guest")), ("clock source", ("clocksource", "current")),
             ("congestion control", ("sysctls", "net.ipv4.tcp_congestion_control")))
    facts = [(word, dig(host, *p)) for word, p in paths] + config_facts(host)
    return [(word, printable("unknown" if value is None else value, 300)) for word, value in facts]


def config_facts(host):
    """What the run kept of the kernel's configuration."""
    config = dig(host, "kernel", "config")
    return [(f"kernel config: {printable(name)}", value) for name, value in (config.items() if isinstance(config, dict) else ())
            if not isinstance(value, (dict, list))]


def citation(run):
    return (f"zcbench {printable(dig(run.manifest, 'build', 'version'))}, run {printable(run.id)}, result {result_id(run)}, "
            f"{run.started_at[:10]}.")
