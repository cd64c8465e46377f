# SPDX-License-Identifier: MIT
"""The words of a report: what the run answers, how far it may be relied on, how to cite it."""
import hashlib
import json
import os
import shlex

from . import crossover, marks, summary, units
from .problem import printable
from .run import dig

METHOD = (
    "A repeat is a fresh pair of processes with new connections, and the unit of inference. One block holds one repeat of "
    "every cell in random order. Values are medians; intervals are the order statistics that enclose the median with at "
    "least 95 % (exactly: 97.9 % of 10 repeats, 96.5 % of 15, 95.9 % of 20, 95.7 % of 30). Ratios are of repeats in the same block. Crossovers are interpolated over log2 of the size, with an interval "
    "by bootstrap over blocks. ~ marks what cannot be told from no difference. Outliers are named and kept.")


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
    if dig(run.host, "virtualisation", "guest"):
        found.append("the host is a virtual machine")
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
        found.append(f"The fastest cell is {top.cell.label}: {units.text(top.value.median, 'B/s')}.")
    return found + [crossing(run), copied(run, rows)]


def crossing(run):
    lines = [a for a in crossover.answers(run) if a.way == "goodput"]
    if not lines:
        return "No mode was measured beside its copying one at two sizes or more, so there is no crossover."
    told = "; ".join(f"{a.line} {a.text()}" for a in lines[:4])
    return f"In goodput, {told}{f'; and {len(lines) - 4} more below' if len(lines) > 4 else ''}."


def copied(run, rows):
    shares = [r for r in rows if r.metric.name == "tx_copied_share" and r.cell.dims["tx"] not in ("send", "sendmsg", "uring-send")]
    if not shares:
        return "No zero-copy sender told what became of its bytes."
    full = [r for r in shares if r.value.median > 0.995]
    return (f"Of {len(shares)} cells with a zero-copy sender that reports, {len(full)} had every byte copied by the kernel "
            f"and {sum(r.value.median < 0.005 for r in shares)} none, as their interfaces tell.")


LIMITS = (("rwnd_limited_ns", "the receiver's window"), ("sndbuf_limited_ns", "the send buffer"))


def limit(run, cell):
    """What held the cell back, as far as TCP and the CPUs tell."""
    import numpy
    busy = numpy.nan_to_num(run.table.numbers("busy_ns")[cell.rows]) if "busy_ns" in run.table.position else None
    if busy is not None and busy.sum():
        for column, words in LIMITS:
            if column in run.table.position and numpy.nansum(run.table.numbers(column)[cell.rows]) > 0.3 * busy.sum():
                return words
    for end in ("tx", "rx"):
        names = [f"{end}_cpu_user_ns", f"{end}_cpu_sys_ns", f"{end}_elapsed_ns", f"{end}_threads"]
        if all(name in run.table.position for name in names):
            user, system, elapsed, threads = (run.table.numbers(name)[cell.rows] for name in names)
            with numpy.errstate(all="ignore"):
                share = (user + system) / (elapsed * numpy.where(threads > 0, threads, 1))
            share = share[~numpy.isnan(share)]
            if len(share) and numpy.median(share) > 0.9:
                return f"a full core of the {'sender' if end == 'tx' else 'receiver'}"
    return "-"


def command(run):
    words = run.manifest.get("arguments")
    words = [str(word) for word in words] if isinstance(words, list) else []
    return "zcbench " + " ".join(shlex.quote(printable(word, 500)) for word in words)


def host_facts(run):
    """What of the host matters, in the order of a reader's questions."""
    paths = (("host", ("hostname",)), ("kernel", ("kernel", "release")), ("build", ("kernel", "version")),
             ("command line", ("kernel", "command_line")), ("CPU", ("cpu", "model")), ("CPUs", ("cpu", "count_online")),
             ("governor", ("cpu", "governor")), ("turbo", ("cpu", "turbo")), ("NUMA nodes", ("cpu", "numa_nodes")),
             ("memory", ("memory", "total_bytes")), ("THP", ("memory", "thp", "enabled")),
             ("virtual machine", ("virtualisation", "guest")), ("clock source", ("clocksource", "current")),
             ("IRQ time accounting", ("kernel", "config", "irq_time_accounting")),
             ("kernel config", ("kernel", "config", "fnv1a64")),
             ("congestion control", ("sysctls", "net.ipv4.tcp_congestion_control")))
    return [(word, printable("unknown" if dig(run.host, *p) is None else dig(run.host, *p), 300)) for word, p in paths]


def citation(run):
    return (f"zcbench {printable(dig(run.manifest, 'build', 'version'))}, run {printable(run.id)}, result {result_id(run)}, "
            f"{run.started_at[:10]}.")
