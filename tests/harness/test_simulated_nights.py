# SPDX-License-Identifier: MIT
"""The detector's rates on simulated series of nights: false alarms, steps found, delay.

A series is judged each night with what was known that night, as the nightly job does. Bounded to
some seconds; `make check-long` sets ZCBENCH_LONG and simulates fifteen times as many.
"""
import os
import unittest

import numpy
import scipy.stats

import planted  # noqa: F401
from zcbench import detector

SERIES = 600 if os.environ.get("ZCBENCH_LONG") else 40
NIGHTS = 120


def normal(rng, n):
    return 0.01 * rng.normal(size=n)


def outliers(rng, n):
    return 0.01 * rng.normal(size=n) + rng.choice([-0.2, 0.15], n) * (rng.random(n) < 0.03)


def bimodal(rng, n):
    return 0.004 * rng.normal(size=n) + 0.03 * (rng.random(n) < 0.5)


def drifting(rng, n):
    """A slow wander with a memory of ten nights, 1 % wide."""
    walk = numpy.zeros(n)
    for i in range(1, n):
        walk[i] = 0.9 * walk[i - 1] + 0.004 * rng.normal()
    return walk + 0.005 * rng.normal(size=n)


SHAPES = {"normal": normal, "outliers": outliers, "bimodal": bimodal, "drifting": drifting}


def confirmed(series, night):
    """Changes for the worse that the job of that night would confirm: those with AFTER nights after."""
    return [c for c in detector.changes(series[max(0, night - 99):night + 1]) if c.shift < 0]


class Rates(unittest.TestCase):
    def alarms(self, draw, rng):
        """First nights of an alarm, for each 1,000 series-nights judged."""
        alarms = judged = 0
        for _ in range(SERIES):
            series, loud = draw(rng, NIGHTS), False
            for night in range(14, NIGHTS):
                found = bool(confirmed(series, night))
                alarms += found and not loud
                loud = found
                judged += 1
        return 1000 * alarms / judged

    def test_false_alarms(self):
        rng = numpy.random.default_rng(1)
        for name, draw in SHAPES.items():
            with self.subTest(name):
                rate = self.alarms(draw, rng)
                print(f"{name}: {rate:.2f} false alarms in 1,000 series-nights")
                self.assertLessEqual(rate, 1.7)

    def test_steps(self):
        rng = numpy.random.default_rng(2)
        for name, draw in SHAPES.items():
            delays = []
            for _ in range(SERIES * 2):
                series = draw(rng, NIGHTS)
                series[70:] -= 0.0513
                delays.append(next((night - 70 for night in range(70, 100) if any(
                    abs(c.index - (70 - max(0, night - 99))) <= 3 for c in confirmed(series, night))), None))
            found = [d for d in delays if d is not None]
            print(f"{name}: {100 * len(found) / len(delays):.0f} % of 5 % steps found, median delay {numpy.median(found):.0f}")
            with self.subTest(name):
                self.assertGreaterEqual(len(found) / len(delays), 0.97)
                self.assertLessEqual(numpy.median(found), {"normal": 2, "outliers": 2}.get(name, 6))


class Oracles(unittest.TestCase):
    def test_t(self):
        rng = numpy.random.default_rng(3)
        for n, m in ((3, 40), (10, 10), (2, 5)):
            a, b = rng.normal(size=n), rng.normal(1, 1, m)
            self.assertAlmostEqual(detector.t_test(a, b), scipy.stats.ttest_ind(a, b).pvalue, places=12)

    def test_divergence_by_its_definition(self):
        values, cut = numpy.random.default_rng(4).normal(size=17), 6
        a, b = values[:cut], values[cut:]
        mean = lambda x, y, pairs: sum(abs(i - j) for i in x for j in y) / pairs  # noqa: E731
        energy = 2 * mean(a, b, len(a) * len(b)) - mean(a, a, len(a) * (len(a) - 1)) - mean(b, b, len(b) * (len(b) - 1))
        self.assertAlmostEqual(detector.divergence(values)[cut], len(a) * len(b) / 17 * energy)

    def test_divergence_is_scipys_energy_distance(self):
        """With both sides long, the within terms with n(n-1) and n*n agree."""
        rng = numpy.random.default_rng(5)
        a, b = rng.normal(size=2000), rng.normal(1, 1, 2000)
        energy = detector.divergence(numpy.concatenate([a, b]))[2000] / 1000
        self.assertAlmostEqual(energy, scipy.stats.energy_distance(a, b) ** 2, places=2)

    def test_hampel(self):
        values = numpy.zeros(30)
        values[10], values[20:22], values[29] = 1, 1, 1
        self.assertEqual(list(numpy.flatnonzero(detector.isolated(values))), [10])
        self.assertFalse(detector.isolated([1, 2]).any())

    def test_known_steps(self):
        series = numpy.concatenate([numpy.zeros(30), numpy.full(30, 0.1), numpy.full(20, -0.1)])
        self.assertEqual([(c.index, round(c.shift, 6)) for c in detector.changes(series)], [(30, 0.1), (60, -0.2)])
        self.assertEqual(detector.changes(numpy.zeros(100)), [])
        self.assertEqual(detector.changes([]), [])
        self.assertEqual(detector.changes(numpy.concatenate([numpy.zeros(30), numpy.full(30, 0.02)])), [])

    def test_two_outliers_are_no_step(self):
        rng = numpy.random.default_rng(7)
        for tail in ((-0.2, -0.18, 0), (-0.2, 0, -0.18), (-0.2, -0.18, 0, 0), (0.15, 0.16, 0, 0, 0)):
            series = numpy.concatenate([0.01 * rng.normal(size=40), tail])
            self.assertEqual(detector.changes(series), [], tail)
        series = numpy.concatenate([0.01 * rng.normal(size=40), (-0.2, -0.18, -0.19)])
        self.assertEqual([c.index for c in detector.changes(series)], [40])

    def test_suspect(self):
        before = 0.001 * numpy.random.default_rng(6).normal(size=20)
        self.assertEqual(detector.outside(-0.02, before), 0)
        self.assertAlmostEqual(detector.outside(-0.05, before), -0.05, places=2)
        self.assertEqual(detector.outside(float("nan"), before), 0)


if __name__ == "__main__":
    unittest.main()
