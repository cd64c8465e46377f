# SPDX-License-Identifier: MIT
"""Change points of a series of nights: E-divisive with a t-test, after a Hampel filter.

Matteson and James, "A nonparametric approach for multiple change point analysis of multivariate
data" (2014), with the significance test and the two passes (split weakly, keep strongly) of Fleming
et al., "Hunter: Using Change Point Detection to Hunt for Performance Regressions" (2023).
"""
import dataclasses
import functools
import math

import numpy
import scipy.special

WINDOW = 50        # nights looked at together
SPLIT_P = 1e-3
KEEP_P = 1e-4
LEAST = 0.03       # smaller changes are not worth anybody's morning
SIDE = 2           # nights a segment needs to be placed right
AFTER = 3          # nights that have to follow a change, and to show it, before it is believed
REACH, SPREADS = 7, 5.0   # of the Hampel filter
FLOOR = 0.002      # robust sigma is not believed under this: constant series have none


@dataclasses.dataclass(frozen=True)
class Change:
    index: int     # of the first night after it
    shift: float   # of the mean; for logs a log-ratio
    p: float


@functools.lru_cache(maxsize=None)
def neighbours(n):
    """Indices of the window about each of n nights, moved inwards at both ends."""
    width = min(2 * REACH + 1, n)
    first = numpy.clip(numpy.arange(n) - REACH, 0, n - width)
    return first[:, None] + numpy.arange(width)


def isolated(values):
    """Nights that stand alone far from their neighbours. Two in a row may be news, and the last
    night has no night after it yet, so neither is marked."""
    values = numpy.asarray(values, dtype=float)
    if len(values) < 5:
        return numpy.zeros(len(values), dtype=bool)
    windows = values[neighbours(len(values))]
    middle = numpy.median(windows, axis=1)
    spread = 1.4826 * numpy.median(numpy.abs(windows - middle[:, None]), axis=1)
    sign = numpy.sign(values - middle) * (numpy.abs(values - middle) > SPREADS * numpy.maximum(spread, FLOOR))
    alone = sign != 0
    alone[1:] &= sign[1:] != sign[:-1]
    alone[:-1] &= sign[:-1] != sign[1:]
    alone[-1] = False
    return alone


def divergence(values):
    """The energy statistic for a split before each index 0..n; -inf where a side is too short."""
    n = len(values)
    if n < 2 * SIDE:
        return numpy.full(n + 1, -math.inf)
    distance = numpy.abs(values[:, None] - values[None, :])
    square = numpy.zeros((n + 1, n + 1))
    square[1:, 1:] = distance.cumsum(axis=0).cumsum(axis=1)
    left, cut = numpy.diagonal(square), numpy.arange(n + 1)   # both orders of each pair
    cross = square[cut, n] - left
    right = square[n, n] - left - 2 * cross
    result = numpy.full(n + 1, -math.inf)
    a = numpy.arange(SIDE, n - SIDE + 1)
    b = n - a
    result[a] = a * b / n * (2 * cross[a] / (a * b) - left[a] / (a * (a - 1)) - right[a] / (b * (b - 1)))
    return result


def t_test(a, b):
    """Student's p of equal means; pooled, since few nights know no variance of their own."""
    n, m = len(a), len(b)
    if n + m < 4 or not n or not m:
        return 1.0
    pooled = (((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / (n + m - 2)
    error = math.sqrt(max(pooled, 1e-18) * (1 / n + 1 / m))
    return float(2 * scipy.special.stdtr(n + m - 2, -abs(b.mean() - a.mean()) / error))


def split(values, offset, found):
    """Weak change points of one window, by halves."""
    statistic = divergence(values)
    cut = int(numpy.argmax(statistic))
    if statistic[cut] == -math.inf or t_test(values[:cut], values[cut:]) > SPLIT_P:
        return
    found.add(offset + cut)
    split(values[:cut], offset, found)
    split(values[cut:], offset + cut, found)


def test_cut(values, cuts, i, least):
    low = cuts[i - 1] if i else 0
    high = cuts[i + 1] if i + 1 < len(cuts) else len(values)
    before, after = values[max(low, cuts[i] - WINDOW):cuts[i]], values[cuts[i]:min(high, cuts[i] + WINDOW)]
    shift, p = float(after.mean() - before.mean()), t_test(before, after)
    # Two outliers in three nights look like a step to the test: three nights on either side have
    # to be nearer to their own level than to the other's.
    beyond = (after - (before.mean() + after.mean()) / 2) * numpy.sign(shift) > 0
    short = (before - (before.mean() + after.mean()) / 2) * numpy.sign(shift) < 0
    enough = abs(math.expm1(shift)) >= least and p <= KEEP_P and min(beyond.sum(), short.sum()) >= AFTER
    return Change(cuts[i], shift, p), enough


def keep(values, cuts, least):
    """Drops the weakest until all that are left are strong; neighbours are tested anew each time."""
    cuts = sorted(cuts)
    while cuts:
        tested = [test_cut(values, cuts, i, least) for i in range(len(cuts))]
        weak = [i for i, (_, enough) in enumerate(tested) if not enough]
        if not weak:
            return [change for change, _ in tested]
        cuts.pop(max(weak, key=lambda i: tested[i][0].p))
    return []


def changes(logs, least=LEAST):
    """Change points of a series of logs without gaps; indices are of that series."""
    logs = numpy.asarray(logs, dtype=float)
    kept = numpy.flatnonzero(~isolated(logs))
    values, found = logs[kept], set()
    starts = range(0, max(len(values) - WINDOW // 2, 1), WINDOW // 2)
    for start in starts:
        split(values[start:start + WINDOW], start, found)
    return [dataclasses.replace(change, index=int(kept[change.index]))
            for change in keep(values, found, least) if len(values) - change.index >= AFTER]


def outside(tonight, before, nights=20):
    """How far tonight is from the median of the nights before, if that is suspicious; else 0."""
    before = numpy.asarray(before, dtype=float)
    before = before[~numpy.isnan(before)][-nights:]
    if len(before) < 5 or math.isnan(tonight):
        return 0.0
    middle = float(numpy.median(before))
    spread = 1.4826 * float(numpy.median(numpy.abs(before - middle)))
    distance = tonight - middle
    return distance if abs(distance) > max(4 * spread, LEAST) else 0.0
