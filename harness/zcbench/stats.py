# SPDX-License-Identifier: MIT
"""Medians, their distribution-free intervals, robust spread, two-sample shifts and Holm.

All functions are pure. Each has an independent oracle in tests/harness/test_stats.py.
"""
import dataclasses
import functools
import math

import numpy

ROBUST = 1.4826  # MAD to sigma for a normal distribution


@dataclasses.dataclass(frozen=True)
class Interval:
    n: int
    median: float
    low: float
    high: float
    confident: bool  # false: too few values (under 6 for 95 %), low and high are the extremes

    @property
    def width(self):
        """Relative to the median."""
        return (self.high - self.low) / abs(self.median) if self.median else math.nan

    def map(self, function):
        return Interval(self.n, function(self.median), function(self.low), function(self.high), self.confident)

    def excludes(self, value):
        return self.confident and (self.low > value or self.high < value)


@functools.lru_cache(maxsize=None)
def low_rank(n, confidence=0.95):
    """The highest rank k (from 1) with P(Binomial(n, 1/2) < k) <= (1 - confidence) / 2; 0: none.

    x(k)..x(n+1-k) then encloses the median with at least that confidence (Hahn and Meeker,
    Statistical Intervals, 5.2), of any continuous distribution. Interpolated ranks (Hettmansperger and
    Sheather 1986) come nearer to 95 % where the density is smooth; of two modes alike they cover 88 to
    93 %, and two modes are what machines have; so do signed ranks of ratios, which take them to be
    symmetric. So the ranks stay whole, and level() is told.
    """
    below, rank, limit = 0, 0, (1 - confidence) / 2 * 2**n
    while rank < n and below + math.comb(n, rank) <= limit:
        below += math.comb(n, rank)
        rank += 1
    return rank


@functools.lru_cache(maxsize=None)
def level(n, confidence=0.95):
    """What x(k)..x(n+1-k) of low_rank() really covers, of any continuous distribution; 0: no such k.
    Ranks are whole, so it is over the confidence asked for: 97.9 % of 10 values, 95.7 % of 30."""
    rank = low_rank(n, confidence)
    return 1 - 2 * sum(math.comb(n, i) for i in range(rank)) / 2**n if rank else 0.0


@functools.lru_cache(maxsize=None)
def _ranks(longest, confidence):
    return numpy.array([low_rank(n, confidence) for n in range(longest + 1)])


def median_rows(grid, confidence=0.95):
    """n, median, low, high, confident of each row of a matrix; NaN is no value."""
    grid = numpy.sort(numpy.asarray(grid, dtype=float), axis=1)  # NaN last
    n = (~numpy.isnan(grid)).sum(axis=1)
    if not grid.shape[1]:
        nan = numpy.full(grid.shape[0], numpy.nan)
        return n, nan, nan, nan, numpy.zeros(grid.shape[0], dtype=bool)
    row, last = numpy.arange(len(grid)), numpy.maximum(n, 1)
    rank = _ranks(grid.shape[1], confidence)[n]
    confident, rank = rank > 0, numpy.maximum(rank, 1)
    median = (grid[row, (last - 1) // 2] + grid[row, last // 2]) / 2
    return n, median, grid[row, rank - 1], grid[row, last - rank], confident


def median_interval(values, confidence=0.95):
    n, median, low, high, confident = (x[0] for x in median_rows([list(values)], confidence))
    return Interval(int(n), float(median), float(low), float(high), bool(confident))


def middle(values):
    """numpy.median of the last axis, without NaN and not empty: a quarter of its time for a few values."""
    values, n = numpy.sort(values, axis=-1), numpy.shape(values)[-1]
    return (values[..., (n - 1) // 2] + values[..., n // 2]) / 2


def mad(values):
    """Median absolute deviation from the median, unscaled; NaN is no value."""
    values = numpy.asarray(values, dtype=float)
    values = values[~numpy.isnan(values)]
    return float(middle(numpy.abs(values - middle(values)))) if len(values) else math.nan


def modified_z(values):
    """Iglewicz and Hoaglin's outlier score; over 3.5 is an outlier, which is labelled, never dropped."""
    values, spread = numpy.asarray(values, dtype=float), mad(values)
    if not spread > 0:
        return numpy.zeros(len(values))
    return (values - numpy.nanmedian(values)) / (ROBUST * spread)


def ratio_interval(over, under):
    """The median of the ratios of repeats in the same block, with its interval."""
    over, under = numpy.asarray(over, dtype=float), numpy.asarray(under, dtype=float)
    good = (over > 0) & (under > 0)
    return median_interval(numpy.log(over[good] / under[good])).map(math.exp)


@functools.lru_cache(maxsize=256)
def shift_rank(n, m, confidence=0.95):
    """The highest k with P(Mann-Whitney U < k) <= (1 - confidence) / 2, exact; 0: none."""
    # ways[u]: number of orders of n and m values with statistic u, by the Gaussian binomial.
    ways = [1] + [0] * (n * m)
    for i in range(1, m + 1):
        for u in range(n * m, n + i - 1, -1):
            ways[u] -= ways[u - n - i]
        for u in range(i, n * m + 1):
            ways[u] += ways[u - i]
    limit, below, rank = (1 - confidence) / 2 * math.comb(n + m, n), 0, 0
    while below + ways[rank] <= limit:
        below += ways[rank]
        rank += 1
    return rank


def shift_interval(base, new, confidence=0.95):
    """Hodges and Lehmann's shift of new against base: the median of all differences, with the
    interval that inverts the Mann-Whitney test."""
    base, new = (numpy.asarray(list(v), dtype=float) for v in (base, new))
    differences = numpy.sort((new[:, None] - base[None, :]).ravel())
    if not len(differences):
        return Interval(0, math.nan, math.nan, math.nan, False)
    rank = shift_rank(len(base), len(new), confidence) if len(differences) <= 4000 else 0
    low = max(rank, 1)
    return Interval(min(len(base), len(new)), float(numpy.median(differences)),
                    float(differences[low - 1]), float(differences[-low]), rank > 0)


def holm(p_values):
    """Holm's step-down adjusted p-values, in the given order; NaN stays and is not counted."""
    adjusted, known = [math.nan] * len(p_values), [i for i, p in enumerate(p_values) if not math.isnan(p)]
    largest = 0.0
    for rank, i in enumerate(sorted(known, key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(known) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def geometric_mean(values):
    values = [v for v in values if v > 0]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan
