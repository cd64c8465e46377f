# SPDX-License-Identifier: MIT
"""Every statistic against an oracle of somebody else's: scipy, or a closed form."""
import math
import unittest

import numpy
import scipy.stats

import planted  # noqa: F401  (finds the package)
from zcbench import stats


class Median(unittest.TestCase):
    def test_ranks_are_those_of_the_binomial(self):
        for n in range(1, 200):
            for confidence in (0.8, 0.95, 0.99):
                rank, tail = stats.low_rank(n, confidence), (1 - confidence) / 2
                self.assertLessEqual(scipy.stats.binom.cdf(rank - 1, n, 0.5), tail * (1 + 1e-12))
                self.assertGreater(scipy.stats.binom.cdf(rank, n, 0.5), tail * (1 - 1e-12))

    def test_ranks_of_the_method(self):
        self.assertEqual([stats.low_rank(n) for n in (5, 6, 10, 15, 20, 30)], [0, 1, 2, 4, 6, 10])

    def test_rows_are_numpy_medians(self):
        grid = numpy.random.default_rng(1).normal(size=(50, 9))
        grid[grid > 1] = numpy.nan
        n, median, low, high, confident = stats.median_rows(grid)
        numpy.testing.assert_allclose(median, numpy.nanmedian(grid, axis=1))
        for i, row in enumerate(grid):
            kept = sorted(row[~numpy.isnan(row)])
            rank = max(1, stats.low_rank(len(kept)))
            self.assertEqual((n[i], low[i], high[i]), (len(kept), kept[rank - 1], kept[-rank]))
            self.assertEqual(confident[i], len(kept) >= 6)

    def test_none_and_one(self):
        self.assertTrue(math.isnan(stats.median_interval([]).median))
        one = stats.median_interval([3])
        self.assertEqual((one.n, one.median, one.low, one.high, one.confident), (1, 3, 3, 3, False))

    def test_spread(self):
        values = numpy.random.default_rng(2).standard_t(3, 31)
        self.assertAlmostEqual(stats.mad(values), scipy.stats.median_abs_deviation(values))
        self.assertAlmostEqual(stats.ROBUST, 1 / scipy.stats.norm.ppf(0.75), places=4)
        numpy.testing.assert_allclose(stats.modified_z([1, 2, 3, 4, 100])[4], 97 / 1.4826)
        self.assertFalse(stats.modified_z([5, 5, 5, 9]).any())

    def test_ratio_is_of_pairs(self):
        ratio = stats.ratio_interval([2, 4, 8, 6, 10, 12, math.nan], [1, 2, 4, 3, 5, 6, 7])
        self.assertEqual(ratio.n, 6)
        for value in (ratio.median, ratio.low, ratio.high):
            self.assertAlmostEqual(value, 2)


class Shift(unittest.TestCase):
    def test_rank_inverts_the_exact_mann_whitney_test(self):
        for n, m in ((4, 4), (5, 9), (8, 8), (10, 10), (12, 7)):
            rank = stats.shift_rank(n, m)
            for u, reject in ((rank - 1, True), (rank, False)):
                p = self.p_of(n, m, u)
                self.assertEqual(p <= 0.05, reject, (n, m, u, p))

    @staticmethod
    def p_of(n, m, u):
        """Samples with exactly that U, handed to scipy."""
        x, y, left = list(range(1000, 1000 + n)), [], u
        for _ in range(m):
            over = min(n, left)       # this y is over `over` of the x
            left -= over
            y.append(1000 + over - 0.5 - 0.001 * len(y))
        return scipy.stats.mannwhitneyu(y, x, method="exact").pvalue

    def test_shift_is_hodges_and_lehmanns(self):
        rng = numpy.random.default_rng(3)
        a, b = rng.normal(size=9), rng.normal(1, 1, 11)
        interval = stats.shift_interval(a, b)
        self.assertAlmostEqual(interval.median, numpy.median([y - x for x in a for y in b]))
        inside = scipy.stats.mannwhitneyu(b - interval.low - 1e-9, a, method="exact").pvalue
        outside = scipy.stats.mannwhitneyu(b - interval.low + 1e-9, a, method="exact").pvalue
        self.assertTrue(min(inside, outside) <= 0.05 <= max(inside, outside) + 0.02)

    def test_few_values_give_no_interval(self):
        self.assertFalse(stats.shift_interval([1, 2, 3], [1, 2, 3]).confident)
        self.assertEqual(stats.shift_interval([], [1]).n, 0)


class Holm(unittest.TestCase):
    def test_by_its_definition(self):
        # The worked example of Holm's paper's method: sorted p times (m, m-1, ...), made monotone.
        self.assertEqual([round(p, 10) for p in stats.holm([0.01, 0.04, 0.03, 0.005])],
                         [0.03, 0.06, 0.06, 0.02])
        self.assertTrue(math.isnan(stats.holm([math.nan, 0.5])[0]))

    def test_geometric_mean(self):
        self.assertAlmostEqual(stats.geometric_mean([1, 2, 8]), scipy.stats.gmean([1, 2, 8]))


def two_modes(rng):
    """60 % and 40 % of two narrow modes; the median is in the larger one, at its five sixths."""
    def draw(size):
        return numpy.where(rng.random(size) < 0.6, 0.0, 1.0) + 0.05 * rng.standard_normal(size)
    return draw


SHAPES = {  # of a generator: (draw, the true median)
    "normal": lambda rng: (rng.standard_normal, 0.0),
    "skewed": lambda rng: (rng.standard_exponential, math.log(2)),
    "heavy": lambda rng: (rng.standard_cauchy, 0.0),
    "bimodal": lambda rng: (two_modes(rng), 0.05 * scipy.stats.norm.ppf(5 / 6))}


class Coverage(unittest.TestCase):
    """Of the truth, by distributions of several shapes, with as many simulations as it takes for the
    band to mean something: of 10,000 the share is known to 0.7 % (three sigma at 95 %)."""

    def test_median_interval_has_the_level_that_it_states(self):
        """It is exact for every continuous distribution, and for 10 values no ranks are nearer to 95 %."""
        rng, runs = numpy.random.default_rng(4), 20000
        for n, expected in ((6, 0.9688), (10, 0.9785), (15, 0.9648), (20, 0.9586), (30, 0.9572)):
            exact = 1 - 2 * scipy.stats.binom.cdf(stats.low_rank(n) - 1, n, 0.5)
            self.assertAlmostEqual(stats.level(n), exact, places=12)
            self.assertAlmostEqual(exact, expected, places=4)
            for name, shape in SHAPES.items():
                draw, middle = shape(rng)
                _, _, low, high, _ = stats.median_rows(draw(size=(runs, n)))
                covered = ((low <= middle) & (middle <= high)).mean()
                self.assertAlmostEqual(covered, exact, delta=0.0045, msg=f"{name}, {n}")
        self.assertLess(1 - 2 * scipy.stats.binom.cdf(stats.low_rank(10), 10, 0.5), 0.90)
        self.assertEqual(stats.level(5), 0)

    def test_interpolated_ranks_would_not_keep_what_they_promise(self):
        """Why ranks stay whole: Hettmansperger and Sheather's interval covers 88 % where two modes are alike."""
        rng, runs, n = numpy.random.default_rng(7), 20000, 7
        values = numpy.sort(numpy.where(rng.random((runs, n)) < 0.5, 0.0, 1.0) + 0.05 * rng.standard_normal((runs, n)), axis=1)
        k = stats.low_rank(n)
        wide, narrow = stats.level(n), 1 - 2 * scipy.stats.binom.cdf(k, n, 0.5)
        share = (wide - 0.95) / (wide - narrow)
        weight = (n - k) * share / (k + (n - 2 * k) * share)
        low = (1 - weight) * values[:, k - 1] + weight * values[:, k]
        high = (1 - weight) * values[:, n - k] + weight * values[:, n - k - 1]
        self.assertLess(((low <= 0.5) & (0.5 <= high)).mean(), 0.90)
        self.assertGreater(((values[:, k - 1] <= 0.5) & (0.5 <= values[:, n - k])).mean(), 0.955)

    def test_signed_ranks_would_not_either(self):
        """Nor Hodges and Lehmann's interval of log-ratios: 88 % of 20 repeats where one of the two cells has two modes."""
        rng, runs, n, rank = numpy.random.default_rng(8), 20000, 20, 53
        one = 0.01 * rng.standard_normal((runs, n)) + 0.15 * (rng.random((runs, n)) < 0.3)
        values = one - 0.03 * rng.standard_normal((runs, n))
        i, j = numpy.triu_indices(n)
        means = numpy.sort((values[:, i] + values[:, j]) / 2, axis=1)
        middle = numpy.median(values)
        self.assertLess(((means[:, rank - 1] <= middle) & (middle <= means[:, -rank])).mean(), 0.91)
        _, _, low, high, _ = stats.median_rows(values)
        self.assertAlmostEqual(((low <= middle) & (middle <= high)).mean(), stats.level(n), delta=0.006)

    def test_shift_interval(self):
        rng, runs = numpy.random.default_rng(5), 5000
        for name, shape in SHAPES.items():
            draw, hits = shape(rng)[0], 0
            for _ in range(runs):
                interval = stats.shift_interval(draw(10), 0.7 + draw(10))
                hits += interval.low <= 0.7 <= interval.high
            self.assertTrue(0.93 <= hits / runs <= 0.97, f"{name}: {hits / runs}")


if __name__ == "__main__":
    unittest.main()
