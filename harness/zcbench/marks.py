# SPDX-License-Identifier: MIT
"""What a reader has to know of a cell's repeats. Marked repeats are kept; only steal makes one invalid."""
import math

import numpy
import scipy.stats

from . import stats
from .run import TICK_NS

FOREIGN = 0.05      # of the CPUs: load of other programs
DRIFT_P = 0.01      # of no trend over the blocks, after Holm over the cells
LEAST = 8           # repeats; of fewer no order has so small a p


def column(run, name):
    known = name in run.table.position
    return run.table.numbers(name) if known else numpy.full(len(run.table), numpy.nan)


def foreign_share(run):
    """CPU time of neither end, over that of all CPUs, for each row; NaN where unknown.

    Softirq is taken off too where it may run outside of the two programs: on lo and veth it runs in
    the sender, which is charged for it unless the kernel accounts for interrupts apart.
    """
    tx, rx = (sum(column(run, f"{end}_cpu_{kind}_ns") for kind in ("user", "sys")) for end in ("tx", "rx"))
    apart = (run.host.get("kernel") or {}).get("config") if isinstance(run.host.get("kernel"), dict) else None
    apart = isinstance(apart, dict) and apart.get("irq_time_accounting") is True
    inside, away = numpy.zeros((2, len(run.table)), dtype=bool)
    for cell in run.cells:
        away[cell.rows] = cell.dims["path"] == "hosts"  # the sender is on a host that is not counted here
        inside[cell.rows] = not apart and cell.dims["path"] in ("lo", "veth", "veth-xdp")
    softirq = numpy.nan_to_num(column(run, "host_softirq_ns")) + numpy.nan_to_num(column(run, "host_irq_ns"))
    room = column(run, "elapsed_ns") * max(run.cpus, 1)
    # /proc/stat counts in ticks: of each CPU one is no evidence.
    ends = rx + numpy.where(away, 0, tx)
    others = column(run, "host_cpu_ns") - ends - numpy.where(inside, 0, softirq) - TICK_NS * max(run.cpus, 1)
    with numpy.errstate(all="ignore"):
        return others / room


def foreign(run):
    """Rows during which other programs used more than 5 % of the CPUs."""
    with numpy.errstate(invalid="ignore"):
        return run.measured & (foreign_share(run) > FOREIGN)


def drifts(run, name="goodput_bytes_per_s"):
    """{index of a cell: p} of the cells whose repeats have a trend over the blocks (Kendall)."""
    ps = []
    for row in run.matrix(name):
        known = ~numpy.isnan(row)
        enough = known.sum() >= LEAST and len(set(row[known])) > 1
        ps.append(float(scipy.stats.kendalltau(run.blocks[known], row[known]).pvalue) if enough else math.nan)
    return {i: p for i, p in enumerate(stats.holm(ps)) if p < DRIFT_P}


def outliers(run, name="goodput_bytes_per_s"):
    """(cell, block) of repeats over 3.5 by the modified z."""
    found = []
    for cell in run.cells:
        scores = numpy.nan_to_num(stats.modified_z(run.matrix(name)[cell.index]))
        found += [(cell, int(run.blocks[block])) for block in numpy.flatnonzero(numpy.abs(scores) > 3.5)]
    return found


def of_cells(run):
    """{index of a cell: words}, as the column marks has them."""
    found, busy = {}, foreign(run)
    for i in drifts(run):
        found.setdefault(i, []).append("nonstationary over the run")
    counts = {}
    for cell, _ in outliers(run):
        counts[cell.index] = counts.get(cell.index, 0) + 1
    for i, count in counts.items():
        found.setdefault(i, []).append(f"{count} outlier{'s' if count > 1 else ''} kept")
    for cell in run.cells:
        parts = ((busy, "with foreign load"), (run.measured & ~run.valid, "invalid for steal"))
        for which, words in parts:
            count = int(which[cell.rows].sum())
            if count:
                found.setdefault(cell.index, []).append(f"{count} repeat{'s' if count > 1 else ''} {words}")
    return {i: "; ".join(words) for i, words in found.items()}


def totals(run):
    """Sentences about the run as a whole."""
    drifting, stolen = drifts(run), int((run.measured & ~run.valid).sum())
    counts = ((len(drifting), "cell{} drifted over the run (nonstationary)"),
              (int(foreign(run).sum()), f"repeat{{}} with a foreign load over {100 * FOREIGN:.0f} % of the CPUs, kept"),
              (stolen, "repeat{} left out, since the hypervisor stole over 1 % of the CPUs"),
              (len(outliers(run)), "outlier{}, kept"))
    return [f"{count} {words.format('s' if count > 1 else '')}" for count, words in counts if count]
