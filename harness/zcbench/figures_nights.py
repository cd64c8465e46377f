# SPDX-License-Identifier: MIT
"""From a history to panels: each cell's nights, with the segments between changes."""
import math

import numpy

from . import history, nights
from .index import using
from .metrics import METRICS
from .panel import Panel, Point, Series
from .problem import Problem, printable

MOST_PANELS = 12
BETTER = {1: " \u2191 higher is better", 0: "", -1: " \u2193 lower is better"}


def segments(series, changes):
    """The level of each stretch between changes, as points with gaps between the stretches."""
    cuts, points = [0, *(c.index for c in changes), len(series)], []
    for a, b in zip(cuts, cuts[1:]):
        level = math.exp(numpy.nanmean(series[a:b]) - numpy.nanmedian(series)) if (~numpy.isnan(series[a:b])).any() else math.nan
        points += [Point(a, level), Point(b - 1, level), Point(b - 0.5, math.nan)]
    return points


def panel_of(found, i, metric, changes):
    series = found.ratio[metric][:, i]
    raw = found.raw[metric][:, i]
    scaled = [Series(name, [Point(n, math.exp(v - numpy.nanmedian(s))) for n, v in enumerate(s) if not math.isnan(v)],
                     mode, line=False) for name, s, mode in (("raw", raw, "raw"), ("over the anchor", series, "ratio"))]
    scaled.append(Series("segments", segments(series, changes), "segment"))
    marks = tuple((c.index, f"{found.names[c.index]}: {100 * math.expm1(c.shift):+.1f} %") for c in changes)
    return Panel("lines", f"{METRICS[metric].title}: {found.cells[i][1]}", "night", "over its median" + BETTER[METRICS[metric].better], scaled, "names",
                 x_names=tuple(found.names), level=1, marks=marks)


def nightly(folder, metric="goodput_bytes_per_s"):
    """Cells with changes first; at most MOST_PANELS."""
    found = using(folder, lambda index: nights.load(index, nights.choose(index.runs(), None, None)))
    if metric not in found.ratio:
        raise Problem(f"--metric {printable(metric)}: a history keeps {' '.join(found.ratio)}")
    panels = []
    for i in range(len(found.cells)):
        series = found.ratio[metric][:, i]
        if numpy.isnan(series).all():
            series = found.ratio[metric][:, i] = found.raw[metric][:, i]
        if not numpy.isnan(series).all():
            changes = history.change_points(series, len(series), history.least_of(found.half[metric][:, i]))
            panels.append((len(changes), panel_of(found, i, metric, changes)))
    panels.sort(key=lambda pair: -pair[0])
    return [panel for _, panel in panels[:MOST_PANELS]]
