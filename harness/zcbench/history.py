# SPDX-License-Identifier: MIT
"""The nightly algorithm: the nights of each cell, judged.

A series is one number a night: the median of the repeats. It is kept raw and over the anchor. Only
what the ratio shows is the cell's own; what only the raw series shows is the environment.
"""
import dataclasses
import math

import numpy

from . import detector, units
from .judgement import Case
from .metrics import METRICS

ENOUGH = 14        # good nights; under it nothing is judged
ADVISORY = 15      # good nights up to which the alarms of a new cell are only told
LATELY = 50        # nights: an older change is history, not an alarm
SPAN = 100         # nights that the detector looks at each night
SHARE = 0.005
JUDGED = ("goodput_bytes_per_s", "ends_cpu_ns_per_byte", "latency_p99_ns")


@dataclasses.dataclass
class Nights:
    """The nights of one host and experiment, oldest first. Grids are nights by cells, of logs but
    for half and share."""
    names: list        # of the nights: dates, with the run's name where a date has several runs
    cells: list        # (identity, label, grouping, is the anchor)
    raw: dict          # metric: grid
    ratio: dict
    half: dict
    share: numpy.ndarray
    reruns: dict       # (night, metric): logs of the raw series and of the ratio in the re-run


def anchored(raw, ratio, anchors):
    """The anchor has no ratio of its own: it is held against the middle of all other cells."""
    ratio, others = ratio.copy(), numpy.flatnonzero(~anchors)
    if len(others) and anchors.any():
        with numpy.errstate(all="ignore"):
            level = raw[:, others] - column_median(raw[:, others])
            common = column_median(level.T)
        ratio[:, anchors] = raw[:, anchors] - common[:, None]
    return ratio


def column_median(grid):
    """nanmedian of each column without its warning for empty ones."""
    result = numpy.full(grid.shape[1], numpy.nan)
    known = ~numpy.isnan(grid).all(axis=0)
    result[known] = numpy.nanmedian(grid[:, known], axis=0)
    return result


def change_points(series, nights, least):
    """Changes of a series with gaps; the index is that of the night."""
    known = numpy.flatnonzero(~numpy.isnan(series))[-nights:]
    return [dataclasses.replace(change, index=int(known[change.index]))
            for change in detector.changes(series[known], least)]


def least_of(half):
    """3 %, or twice the half-interval of a usual night."""
    usual = numpy.nanmedian(half) if not numpy.isnan(half).all() else 0.0
    return max(detector.LEAST, 2 * float(usual))


class Judge:
    def __init__(self, nights, acknowledgements):
        self.nights, self.acknowledgements = nights, acknowledgements

    def cases(self):
        return [case for metric in JUDGED for i in range(len(self.nights.cells))
                if (case := self.judge(i, metric))] + self.shares() + self.missing()

    def case(self, i, metric, state, message, **more):
        identity, label, grouping, _ = self.nights.cells[i]
        return Case(label, grouping, metric, state, message, identity, METRICS[metric].unit, **more)

    def judge(self, i, metric):
        """The state of one cell and metric tonight; None if tonight does not have it."""
        raw, ratio = self.nights.raw[metric][:, i], self.nights.ratio[metric][:, i]
        if math.isnan(raw[-1]):
            return None
        good = int((~numpy.isnan(raw)).sum())
        quarantine = self.acknowledgements.find(self.nights.cells[i][1], metric, "quarantine")
        if quarantine:
            return self.case(i, metric, "quarantined", quarantine.reason)
        if good < ENOUGH:
            return self.case(i, metric, "insufficient-history", f"{good} good nights, {ENOUGH} are needed")
        if numpy.isnan(ratio).all():
            ratio = raw  # nothing to hold it against: a run of a single cell
        case = self.decide(i, metric, raw, ratio)
        if case.state == "regression" and good <= ADVISORY:
            case.state, case.message = "advisory", f"{case.message}; a new cell, {good} good nights"
        return self.acknowledge(case)

    def decide(self, i, metric, raw, ratio):
        worse = -METRICS[metric].better
        least = least_of(self.nights.half[metric][:, i])
        past = change_points(ratio, SPAN, least)
        last = self.last(past)
        level = numpy.nanmedian(raw[-20:])
        more = {"base": math.exp(level), "new": math.exp(raw[-1])}
        if last:
            return self.confirmed(i, metric, last, raw, worse, more)
        early = self.early(i, metric, raw, ratio)
        if early:
            return early
        drift = self.last(change_points(raw, SPAN, least))
        if drift:
            since = self.nights.names[drift.index]
            return self.case(i, metric, "environment", f"{units.percent(drift.shift)} since {since}, and the ratio "
                             "to the anchor did not move", change=drift.shift, since=since, **more)
        return self.case(i, metric, "same", "changes in the past only" if past else "", **more)

    def last(self, changes):
        recent = [c for c in changes if c.index >= len(self.nights.names) - LATELY]
        return recent[-1] if recent else None

    def confirmed(self, i, metric, change, raw, worse, more):
        since, at = self.nights.names[change.index], change.index
        before, after = raw[max(0, at - detector.WINDOW):at], raw[at:]
        more |= {"base": math.exp(numpy.nanmedian(before)), "new": math.exp(numpy.nanmedian(after)),
                 "change": change.shift, "p": change.p, "since": since}
        if change.shift * worse <= 0:
            return self.case(i, metric, "improvement", f"{units.percent(change.shift)} since {since}", **more)
        return self.case(i, metric, "regression", f"{units.percent(change.shift)} since {since} against the anchor", **more)

    def early(self, i, metric, raw, ratio):
        """Suspect tonight; confirmed early if two nights agree, each with a re-run that agrees."""
        far, own = (detector.outside(series[-1], series[:-1]) for series in (raw, ratio))
        if not own or far * own < 0:
            return None
        word = f"{units.percent(own)} against the anchor tonight"
        more = {"base": math.exp(raw[-1] - (far or own)), "new": math.exp(raw[-1]), "change": own,
                "since": self.nights.names[-1]}
        bad = own * METRICS[metric].better < 0
        if self.agrees(i, metric, -1, own, ratio) and bad:
            before = detector.outside(ratio[-2], ratio[:-2]) if len(ratio) > 2 else 0
            if before * own > 0 and self.agrees(i, metric, -2, own, ratio):
                more["since"] = self.nights.names[-2]
                return self.case(i, metric, "regression", f"{word} and the night before, and in the re-runs of both", **more)
        if self.rerun(i, metric, -1) is not None and not self.agrees(i, metric, -1, own, ratio):
            return self.case(i, metric, "same", f"{word}, but not in its re-run", **more)
        return self.case(i, metric, "suspect", word, **more)

    def rerun(self, i, metric, night):
        grid = self.nights.reruns.get((len(self.nights.names) + night, metric))
        return None if grid is None or math.isnan(grid[i]) else float(grid[i])

    def agrees(self, i, metric, night, direction, ratio):
        again = self.rerun(i, metric, night)
        before = ratio[:len(ratio) + night]
        return again is not None and detector.outside(again, before) * direction > 0

    def acknowledge(self, case):
        if case.state in ("regression", "copied"):
            entry = self.acknowledgements.find(case.label, case.metric, "acknowledge", case.since[:10])
            if entry:
                case.state = "acknowledged"
                case.message += f"; acknowledged until {entry.expires}: {entry.reason}"
        return case

    def shares(self):
        """Counters are exact: one night before is history enough."""
        found = []
        for i in range(len(self.nights.cells)):
            before, tonight = self.nights.share[:-1, i], self.nights.share[-1, i]
            before = before[~numpy.isnan(before)][-20:]
            if math.isnan(tonight) or not len(before) or abs(tonight - numpy.median(before)) <= SHARE:
                continue
            usual = float(numpy.median(before))
            case = self.case(i, "tx_copied_share", "copied" if tonight > usual else "improvement",
                             f"copied share {100 * usual:.1f} % to {100 * tonight:.1f} %", base=usual,
                             new=float(tonight), since=self.nights.names[-1])
            if not self.acknowledgements.find(case.label, case.metric, "quarantine"):
                found.append(self.acknowledge(case))
        return found

    def missing(self):
        """Cells that the last five nights had and tonight has not."""
        grid = ~numpy.isnan(self.nights.raw["goodput_bytes_per_s"])
        gone = numpy.flatnonzero(grid[-6:-1].all(axis=0) & ~grid[-1]) if len(grid) > 5 else []
        return [self.case(i, "goodput_bytes_per_s", "missing", "no valid repeat tonight, and some on each of "
                          "the last five nights") for i in gone]


def explain(cases, nights, judge_share=SHARE):
    """Attaches the copied share about the night of a change to that change: it is the reason."""
    row = {name: i for i, name in enumerate(nights.names)}
    column = {cell[0]: i for i, cell in enumerate(nights.cells)}
    for case in cases:
        if case.state not in ("regression", "advisory", "environment", "suspect") or case.since not in row:
            continue
        at, share = row[case.since], nights.share[:, column[case.identity]]
        before, after = share[max(0, at - 20):at], share[at:]
        if numpy.isnan(before).all() or numpy.isnan(after).all():
            continue
        a, b = float(numpy.nanmedian(before)), float(numpy.nanmedian(after))
        if b - a > judge_share:
            case.message += f", because its bytes are being copied now (copied share {100 * a:.1f} % to {100 * b:.1f} %)"
    return cases
