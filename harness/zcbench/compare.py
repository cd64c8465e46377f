# SPDX-License-Identifier: MIT
"""Two runs, or two sets of runs, against each other.

Of sets of four runs or more the unit is the run, of single runs the repeat. A change counts if the
ratio to the anchor shows it: what moves all cells alike is the machine.
"""
import math

import numpy
import scipy.stats

from . import stats, units
from .judgement import Case
from .metrics import METRICS
from .summary import anchor_of

ALPHA = 0.01      # for all figures of a comparison together: a gate that cries is soon not heard
THRESHOLD = 0.03
SHARE = 0.005     # the copied share is exact: half a percentage point is news
TOO_WIDE = 0.10   # half an interval: no change that anybody asks about could be seen in it
SET = 4           # runs on each side from which a run is the unit
PAIRED = 6        # pairs that an interval of pairs needs
RANKS = 15        # pairs from which they are ranked


def reference(run, cell, name, whole):
    """What the repeats of a cell are divided by, block by block: the anchor; for the anchor itself,
    the geometric mean of the other cells that miss no block of any run. None: there is nothing."""
    anchor, grid = anchor_of(run, cell), run.matrix(name, strict=True)
    if anchor is not None and anchor is not cell:
        return numpy.log(positive(grid[anchor.index]))
    others = [run.by_identity[i].index for i in whole if i != cell.identity]
    return numpy.log(grid[others]).mean(axis=0) if others else None


def whole_cells(runs, name):
    """Identities of the cells that have a value in every block of every run."""
    sets = [{c.identity for c in run.cells if (run.matrix(name, strict=True)[c.index] > 0).all()} for run in runs]
    return sorted(set.intersection(*sets))


def positive(values):
    return numpy.where(values > 0, values, numpy.nan)


def series(run, cell, name, whole):
    """Logs of the repeats, raw and over the reference (None if there is none)."""
    raw = numpy.log(positive(run.matrix(name, strict=True)[cell.index]))
    under = reference(run, cell, name, whole)
    return raw, None if under is None else raw - under


def values(runs, identity, name, anchored, whole):
    """One array a side: of run medians for sets, of repeats for a single run or two."""
    kept = []
    for run in runs:
        found = series(run, run.by_identity[identity], name, whole)[1 if anchored else 0]
        if found is None:
            return numpy.array([])
        found = found[~numpy.isnan(found)]
        kept.append(found if len(runs) < SET else [numpy.median(found)] if len(found) else [math.nan])
    joined = numpy.concatenate(kept)
    return joined if is_set(runs) else joined[~numpy.isnan(joined)]


def is_set(runs):
    return len(runs) >= SET


def known_pairs(base, new):
    return (new - base)[~numpy.isnan(new - base)]


def known(values):
    return values[~numpy.isnan(values)]


def change(base, new, paired):
    """The interval of the log change."""
    if paired:
        return stats.median_interval(known_pairs(base, new))
    return stats.shift_interval(known(base), known(new))


def surprise(base, new, paired):
    """(p of no change, the smallest p that so many values can give)"""
    if paired:
        both = known_pairs(base, new)
        # Of few pairs the signed ranks cannot reach a small p; of many they do not mind heavy tails.
        if len(both) >= RANKS:
            return p_value(scipy.stats.wilcoxon, both), 0.5 ** (len(both) - 1)
        return p_value(scipy.stats.ttest_1samp, both, 0.0), 0.0
    base, new = known(base), known(new)
    return mann_whitney(base, new), 2 / math.comb(len(base) + len(new), len(base))


def p_value(test, *arguments):
    if len(arguments[0]) < 2:
        return math.nan
    with numpy.errstate(all="ignore"):
        p = float(test(*arguments).pvalue)
    return p if not math.isnan(p) else 1.0


def mann_whitney(base, new):
    if len(base) < 2 or len(new) < 2:
        return math.nan
    ties = len(numpy.unique(numpy.concatenate([base, new]))) < len(base) + len(new)
    return float(scipy.stats.mannwhitneyu(base, new, method="asymptotic" if ties else "exact").pvalue)


def interleaved(base, new):
    """Sets that were measured in turn, base and new, can be paired: A1 B1 A2 B2 ..."""
    if len(base) != len(new) or len(base) < PAIRED:
        return False
    order = sorted([(run.started_at, "base") for run in base] + [(run.started_at, "new") for run in new])
    return all({order[i][1], order[i + 1][1]} == {"base", "new"} for i in range(0, len(order), 2))


class Comparison:
    def __init__(self, base, new, metrics, threshold=None):
        self.base, self.new = (sorted(runs, key=lambda run: run.started_at) for runs in (base, new))
        self.metrics, self.threshold = metrics, threshold
        self.whole = {name: whole_cells(self.base + self.new, name) for name in metrics}
        self.paired = is_set(base) and is_set(new) and interleaved(self.base, self.new)

    @property
    def unit(self):
        if self.paired:
            return "pairs of runs that were measured in turn"
        return "runs" if is_set(self.base) and is_set(self.new) else "repeats"

    def common(self):
        for cell in self.base[0].cells:
            if all(cell.identity in run.by_identity for run in self.base[1:] + self.new):
                yield cell

    def cases(self):
        found = [self.measure(cell, name) for cell in self.common() for name in self.metrics]
        found = [one for one in found if one]
        adjusted = stats.holm([p for _, _, _, (p, _) in found])
        figures = sum(p == p for p in adjusted)
        cases = [self.judge(case, raw, ratio, p, figures if least * figures >= ALPHA else 0)
                 for (case, raw, ratio, (_, least)), p in zip(found, adjusted)]
        shares = [case for cell in self.common() for case in self.share(cell)]
        return explain(cases, shares) + shares + list(self.missing()) + list(self.invalid())

    def measure(self, cell, name):
        """(case, raw change, change of the ratio, surprise) or None where the metric is unknown."""
        pairs = []
        for anchored in (False, True):
            pair = [values(runs, cell.identity, name, anchored, self.whole[name]) for runs in (self.base, self.new)]
            if len(pair[0]) and len(pair[1]):
                pairs.append(pair)
            elif not anchored:
                return None
        raw, ratio = (change(*pairs[i], self.paired) for i in (0, -1))
        middle = float(numpy.nanmedian(pairs[0][0]))
        case = self.case(cell, METRICS[name], math.exp(middle), math.exp(middle + raw.median))
        case.change, case.low, case.high = ratio.median, ratio.low, ratio.high
        return case, raw, ratio, surprise(*pairs[-1], self.paired)

    def case(self, cell, metric, base, new):
        dims = cell.dims
        return Case(cell.label, f"{dims['path']} {dims['tx']} > {dims['rx']}", metric.name, "same", "",
                    " ".join(f"{n}={v}" for n, v in cell.identity), metric.unit, base, new)

    def floor(self, ratio):
        """The smallest change that counts: what the user says, or 3 % and no less than the noise."""
        if self.threshold is not None:
            return self.threshold
        return max(THRESHOLD, 0 if is_set(self.base) else (ratio.high - ratio.low) / 2)

    def judge(self, case, raw, ratio, p, too_many):
        """too_many: figures, among which no change of one could be sure with so few values; 0: not so."""
        better, case.p = METRICS[case.metric].better or 1, p
        floor = math.log1p(self.floor(ratio))
        moved = ratio.excludes(0) and p < ALPHA and abs(ratio.median) >= floor
        word = f"{units.percent(ratio.median)} [{units.percent(ratio.low)}, {units.percent(ratio.high)}]"
        told = f"{units.text(case.base, case.unit)} to {units.text(case.new, case.unit)}"
        case.message = f"{word} against the anchor; {told}"
        if not ratio.confident:
            case.state, case.message = "skip", f"too few {self.unit} for an interval; {told}"
        elif too_many:
            case.state = "skip"
            case.message = f"too few {self.unit} to be sure of one of {too_many} figures (--metric asks for fewer); ~ {word}"
        elif moved and raw.median * ratio.median > 0:
            case.state = "improvement" if better * ratio.median > 0 else "regression"
        elif raw.excludes(0) and not ratio.excludes(0) and abs(raw.median) >= floor:
            case.state, case.message = "environment", f"raw {units.percent(raw.median)}; the ratio to the anchor: ~ {word}"
        elif (ratio.high - ratio.low) / 2 > TOO_WIDE:
            case.state, case.message = "unstable", f"~ {word}: too wide to tell; {told}"
        else:
            case.message = f"~ {word}; {told}"
        return case

    def share(self, cell):
        sides = [[run.matrix("tx_copied_share", strict=True)[run.by_identity[cell.identity].index] for run in runs]
                 for runs in (self.base, self.new)]
        base, new = (numpy.concatenate(side) for side in sides)
        if numpy.isnan(base).all() or numpy.isnan(new).all():
            return
        base, new = float(numpy.nanmedian(base)), float(numpy.nanmedian(new))
        case = self.case(cell, METRICS["tx_copied_share"], base, new)
        if abs(new - base) > SHARE:
            case.state = "copied" if new > base else "improvement"
            case.message = f"copied share {100 * base:.1f} % to {100 * new:.1f} %"
            yield case

    def missing(self):
        new = set.intersection(*(set(run.by_identity) for run in self.new))
        for cell in self.base[0].cells:
            if cell.identity not in new:
                case = self.case(cell, METRICS["goodput_bytes_per_s"], math.nan, math.nan)
                case.state, case.message = "missing", "the new run has no such cell"
                yield case

    def invalid(self):
        """Cells of which one side has no valid repeat: nothing can be judged, and that is said."""
        for cell in self.common():
            sides = [all(run.spoilt(run.by_identity[cell.identity]) for run in runs) for runs in (self.base, self.new)]
            if any(sides):
                case = self.case(cell, METRICS["goodput_bytes_per_s"], math.nan, math.nan)
                case.state = "invalid"
                case.message = f"no valid repeat on the side {' and '.join(w for w, s in zip(('base', 'new'), sides) if s)}: see its marks in zcbench summary"
                yield case


def explain(cases, shares):
    """A jump of the copied share is the reason of a change of speed in the same cell."""
    jumps = {case.identity: case.message for case in shares if case.state == "copied"}
    for case in cases:
        if case.state in ("regression", "environment") and case.identity in jumps:
            case.message += f", because its bytes are being copied now ({jumps[case.identity]})"
    return cases
