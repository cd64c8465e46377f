# SPDX-License-Identifier: MIT
"""The interval of a median, for programs that compare speeds in interleaved pairs."""
import math
import statistics


def interval(values):
    """(median, low, high): order statistics that enclose it with at least 95 %; the extremes below 6 values."""
    values, n, rank, below = sorted(values), len(values), 0, 0.0
    while rank < n and below + math.comb(n, rank) / 2**n <= 0.025:
        below += math.comb(n, rank) / 2**n
        rank += 1
    rank = max(rank, 1)
    return statistics.median(values), values[rank - 1], values[n - rank]
