# SPDX-License-Identifier: MIT
"""From which message size a mode pays against the one that copies."""
import dataclasses
import math
import warnings

import numpy

from . import dimensions, stats
from .metrics import METRICS
from .summary import copy_of

DRAWS = 2000
WAYS = {"goodput": ("goodput_bytes_per_s",), "cpu of both ends": ("ends_cpu_ns_per_byte",),
        "cpu of the host": ("host_cpu_ns_per_byte",),
        "goodput and cpu of the host": ("goodput_bytes_per_s", "host_cpu_ns_per_byte")}


def crossing(sizes, gains):
    """log2 of the size from which the gain is positive and stays so, for each row of gains.

    gains: log-ratios, draws by sizes; 0 or less does not pay. Interpolated in log2 of the size;
    -inf: it pays at every size; inf: not at the largest.
    """
    x, gains = numpy.log2(numpy.asarray(sizes, dtype=float)), numpy.atleast_2d(gains)
    losing = ~(gains > 0)
    last = gains.shape[1] - 1 - numpy.argmax(losing[:, ::-1], axis=1)  # the last size that loses
    row = numpy.arange(len(gains))
    after = numpy.minimum(last + 1, gains.shape[1] - 1)
    low, high = gains[row, last], gains[row, after]
    with numpy.errstate(divide="ignore", invalid="ignore"):
        share = numpy.where(numpy.isinf(low), 1, (0 - low) / (high - low))  # without a value: all of the way
        at = x[last] + (x[after] - x[last]) * share
    at = numpy.where(last == gains.shape[1] - 1, math.inf, at)
    return numpy.where(losing.any(axis=1), at, -math.inf)


def quantiles(values, confidence=0.95):
    """Of draws that may be infinite: taken by rank, since nothing can be interpolated there."""
    values, tail = numpy.sort(values), (1 - confidence) / 2
    return float(values[math.floor(tail * (len(values) - 1))]), float(values[math.ceil((1 - tail) * (len(values) - 1))])


def medians(grid):
    """Of the last axis. NaN is no value; no value at all is no gain."""
    with numpy.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of slices without any value
        middle = numpy.nanmedian(grid, axis=-1) if numpy.isnan(grid).any() else stats.middle(grid)
    return numpy.nan_to_num(middle, nan=-numpy.inf, posinf=numpy.inf, neginf=-numpy.inf)


def find(sizes, gains, seed=1, draws=DRAWS):
    """(at, low, high) in log2 bytes. gains: a matrix for each condition, sizes by blocks; all of
    the conditions have to hold. The interval is a bootstrap over blocks."""
    blocks = gains[0].shape[1]
    at = max(float(crossing(sizes, medians(grid)[None, :])[0]) for grid in gains)
    if blocks < 2:
        return at, -math.inf, math.inf
    pick = numpy.random.default_rng(seed).integers(0, blocks, (draws, blocks))
    drawn = numpy.full(draws, -math.inf)
    for grid in gains:
        # sizes by draws, a size at a time, so that the memory stays small
        middle = numpy.stack([medians(row[pick]) for row in grid], axis=1)
        drawn = numpy.maximum(drawn, crossing(sizes, middle))
    return (at, *quantiles(drawn))


@dataclasses.dataclass
class Answer:
    cell: object      # one of the line's: for its modes and path
    line: str
    way: str
    sizes: list
    blocks: int
    at: float         # log2 bytes, or infinite
    low: float
    high: float
    spoilt: bool = False  # one of the cells has no valid repeat

    @property
    def state(self):
        if self.spoilt:
            return "invalid"
        if self.blocks < 6:
            return "few"
        if math.isinf(self.low) and math.isinf(self.high) and self.low != self.high:
            return "unstable"
        return "ok"

    def text(self):
        return self.plain() + (" (of repeats that are not valid)" if self.spoilt else "")

    def plain(self):
        largest, smallest = (dimensions.size_text(f(self.sizes)) for f in (max, min))
        if self.at == math.inf:
            word = f"none up to {largest}"
            return word if self.low == math.inf else f"{word} (interval from {edge(self.low, self.sizes)})"
        sure = "" if math.isfinite(self.high) or self.high < 0 else "~ "  # the interval holds: at no size
        if self.at == -math.inf:
            word = f"{sure}pays from {smallest} on, the smallest measured"
            return word if self.high == -math.inf else f"{word} (interval to {edge(self.high, self.sizes)})"
        return f"{sure}pays from {size(self.at)} [{edge(self.low, self.sizes)}, {edge(self.high, self.sizes)}]"


def size(log2):
    """Two digits are more than any interval of ours deserves."""
    value, unit = 2**log2, 0
    while value >= 1024 and unit < 3:
        value, unit = value / 1024, unit + 1
    return f"{value:.2g}{('', 'Ki', 'Mi', 'Gi')[unit]}" if value < 100 else f"{value:.0f}{('', 'Ki', 'Mi', 'Gi')[unit]}"


def edge(log2, sizes):
    if log2 == -math.inf:
        return f"under {dimensions.size_text(min(sizes))}"
    return f"none up to {dimensions.size_text(max(sizes))}" if log2 == math.inf else size(log2)


def lines_of(run):
    """Cells that differ in size only and have a copying cell, as (cell, copy) pairs by size."""
    lines = {}
    for cell in run.cells:
        copy = copy_of(run, cell)
        if copy is not None and run.shown[cell.rows].any() and run.shown[copy.rows].any():
            lines.setdefault(cell.same_but(size="65536"), []).append((cell, copy))
    return [sorted(pairs, key=lambda pair: int(pair[0].dims["size"])) for pairs in lines.values()]


def gain(run, pairs, name):
    """Log-ratios in favour of the mode, sizes by blocks."""
    cell, copy = zip(*((c.index, o.index) for c, o in pairs))
    grid = run.matrix(name)
    with numpy.errstate(all="ignore"):
        return METRICS[name].better * numpy.log(grid[list(cell)] / grid[list(copy)])


def answers(run, seed=1):
    """An Answer for each line of at least two sizes, and each way to pay that was measured."""
    if seed not in run.answers:
        run.answers[seed] = list(find_all(run, seed))
    return run.answers[seed]


def find_all(run, seed):
    for pairs in lines_of(run):
        if len(pairs) < 2:
            continue
        cell, sizes = pairs[0][0], [int(c.dims["size"]) for c, _ in pairs]
        word = f"{cell.dims['tx']} > {cell.dims['rx']}, {cell.dims['path']}"
        more = dimensions.extras(cell.dims)
        for way, names in WAYS.items():
            gains = [gain(run, pairs, name) for name in names]
            blocks = min(int((~numpy.isnan(g)).sum(axis=1).min()) for g in gains)
            if blocks:
                yield Answer(cell, word + (", " + more if more else ""), way, sizes, blocks, *find(sizes, gains, seed),
                             any(run.spoilt(c) for pair in pairs for c in pair))
