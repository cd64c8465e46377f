# SPDX-License-Identifier: MIT
"""Repeats are marked for what was planted in them, and for nothing else."""
import os
import unittest

import numpy
import scipy.stats

import planted
from zcbench import marks, run, summary

# 2 CPUs for a second: 3e8 of the host is 1e7 + 1e8 for each end and 8e7 that are nobody's, 2 ticks of them.
QUIET = {"host_cpu_ns": 230_000_000}


class Marks(unittest.TestCase):
    def made(self, values, path="lo", blocks=12, **host):
        """One cell; values: function of the block -> fields."""
        rng = numpy.random.default_rng(3)
        rows = planted.cells("planted", [({"path": path}, lambda b: {**QUIET, "goodput": 1e9 * (1 + 0.01 * rng.random()), **values(b)})], blocks)
        folder = planted.write(os.path.join(planted.scratch(self), "run"), rows)
        found = run.read_run(folder)
        found.manifest["host"]["kernel"].update(host)
        return found

    def test_quiet(self):
        self.assertEqual(marks.of_cells(self.made(lambda b: {})), {})
        self.assertEqual(marks.totals(self.made(lambda b: {})), [])

    def test_drift(self):
        found = self.made(lambda b: {"goodput": 1e9 * (1 - 0.01 * b)})
        self.assertEqual(marks.of_cells(found), {0: "nonstationary over the run"})
        self.assertAlmostEqual(marks.drifts(found)[0], scipy.stats.kendalltau(range(12), range(0, -12, -1)).pvalue)
        self.assertEqual(marks.drifts(self.made(lambda b: {"goodput": 1e9 * (1 - 0.1 * (b > 6))})).keys(), {0})
        self.assertEqual(marks.drifts(self.made(lambda b: {"goodput": 1e9 * (1 - 0.01 * b)}, blocks=7)), {})
        self.assertEqual([r.marks for r in summary.summarise(found, ("goodput_bytes_per_s",))], ["nonstationary over the run"])

    def test_no_drift_in_most_runs_of_noise(self):
        rng, hits = numpy.random.default_rng(1), 0
        found = self.made(lambda b: {})
        for _ in range(1000):
            found._matrices["goodput_bytes_per_s"] = rng.normal(10, 1, (1, 12))
            hits += bool(marks.drifts(found))
        self.assertLessEqual(hits, 20)  # 1 % and three sigma

    def test_foreign_load(self):
        """10 % of two CPUs is 2e8 ns; 5 % is only over the limit with the ticks that the clock needs."""
        for extra, expected in ((0, 0), (110_000_000, 0), (125_000_000, 1), (400_000_000, 1)):
            found = self.made(lambda b, e=extra: {"host_cpu_ns": 220_000_000 + e * (b == 3)})
            self.assertEqual(int(marks.foreign(found).sum()), expected, extra)
        self.assertEqual(marks.of_cells(found), {0: "1 repeat with foreign load"})
        self.assertEqual(int(found.valid.sum()), 12)

    def test_softirq_outside_of_the_programs_is_not_foreign(self):
        loud = lambda b: {"host_cpu_ns": 620_000_000, "host_softirq_ns": 400_000_000}  # noqa: E731
        self.assertEqual(int(marks.foreign(self.made(loud, path="nics")).sum()), 0)
        self.assertEqual(int(marks.foreign(self.made(loud, config={"irq_time_accounting": True})).sum()), 0)
        self.assertEqual(int(marks.foreign(self.made(loud)).sum()), 12)

    def test_unknown_is_no_mark(self):
        self.assertEqual(int(marks.foreign(self.made(lambda b: {"host_cpu_ns": ""})).sum()), 0)
        self.assertEqual(int(marks.foreign(self.made(lambda b: {"tx_cpu_sys_ns": "", "host_cpu_ns": 2 * 10**9})).sum()), 0)

    def test_steal_and_outliers(self):
        found = self.made(lambda b: {"host_steal_ns": 10**8 * (b == 2), **({"goodput": 5e8} if b == 5 else {})})
        self.assertEqual(marks.of_cells(found), {0: "1 outlier kept; 1 repeat invalid for steal"})
        self.assertEqual(len(marks.totals(found)), 2)


if __name__ == "__main__":
    unittest.main()
