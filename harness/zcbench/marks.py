# SPDX-License-Identifier: MIT
"""What a reader has to know of a cell's repeats: which are not valid, and what is odd about those kept."""
import math

import numpy
import scipy.stats

from . import stats, steady, validity

DRIFT_P = 0.01      # of no trend over the blocks, after Holm over the cells
LEAST = 8           # repeats; of fewer no order has so small a p


def column(run, name):
    return validity.column(run.table, name)


def moving(run):
    """Rows of repeats without probes that have a trend or a step inside their window."""
    if run.moving is None:
        run.moving = run.measured & ~run.probed & steady.rows(run.table)
    return run.moving


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


def some(count, words):
    return f"{count} {words.format('' if count == 1 else 's')}"


def of_cells(run):
    """{index of a cell: words}, as the column marks has them."""
    found, counts = {}, {}
    for i in drifts(run):
        found.setdefault(i, []).append("nonstationary over the run")
    for cell, _ in outliers(run):
        counts[cell.index] = counts.get(cell.index, 0) + 1
    for i, count in counts.items():
        found.setdefault(i, []).append(some(count, "outlier{} kept"))
    for cell in run.cells:
        parts = ((moving(run), "repeat{} nonstationary in the window, kept"), (run.loaded, "repeat{} invalid for foreign load"),
                 (run.stolen, "repeat{} invalid for steal"))
        found.setdefault(cell.index, []).extend(some(n, words) for which, words in parts if (n := int(which[cell.rows].sum())))
    return {i: "; ".join(words) for i, words in found.items() if words}


def totals(run):
    """Sentences about the run as a whole."""
    counts = ((len(drifts(run)), "cell{} drifted over the run (nonstationary)"),
              (int(moving(run).sum()), "repeat{} with a trend or a step inside the window (nonstationary), kept"),
              (int(run.loaded.sum()), f"repeat{{}} not valid, since other programs used over {100 * validity.LOAD_LIMIT:.0f} % of the CPUs"),
              (int(run.stolen.sum()), f"repeat{{}} not valid, since the hypervisor stole over {100 * validity.STEAL_LIMIT:.0f} % of the CPUs"),
              (len(outliers(run)), "outlier{}, kept"),
              (sum(map(run.spoilt, run.cells)), "cell{} without a valid repeat: what is shown of them is of the others, and not to be cited"))
    return [some(count, words) for count, words in counts if count]
