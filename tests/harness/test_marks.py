# SPDX-License-Identifier: MIT
"""Repeats are marked for what was planted in them, and for nothing else."""
import os
import unittest

import numpy
import scipy.stats

import planted
from zcbench import marks, run, steady, summary, validity

# 2 CPUs for a second, in which the two programs use 2.2e8 ns and softirq 5e7.
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
        """5 % of two CPUs are 1e8 ns, and the clock's ticks 2e7; both programs and softirq are 2.7e8 of the host's."""
        for extra, expected in ((0, 0), (120_000_000, 0), (120_000_001, 1), (400_000_000, 1)):
            found = self.made(lambda b, e=extra: {"host_cpu_ns": 270_000_000 + e * (b == 3)})
            self.assertEqual(int(found.loaded.sum()), expected, extra)
        self.assertEqual(marks.of_cells(found), {0: "1 repeat invalid for foreign load"})
        self.assertEqual(int(found.valid.sum()), 11)
        self.assertEqual(summary.summarise(found)[0].value.n, 11)

    def test_runs_from_before_the_column(self):
        """The same is derived from the columns that they have, and the CPUs are those of run.json."""
        loud = [({}, lambda b: {"host_cpu_ns": 270_000_000 + 130_000_000 * (b > 3)})]
        names = [n for n in planted.HEADER if n not in ("host_foreign_ns", "host_cpus")]
        for columns in (planted.HEADER, names):
            rows = planted.cells("planted", loud, 6)
            found = run.read_run(planted.write(os.path.join(planted.scratch(self), "run"), rows, names=columns))
            self.assertEqual(found.loaded.tolist(), [False] * 3 + [True] * 3)
            numpy.testing.assert_array_equal(validity.foreign_ns(found.table), [0] * 3 + [130_000_000] * 3)

    def test_softirq_is_not_foreign(self):
        loud = lambda b: {"host_cpu_ns": 620_000_000, "host_softirq_ns": 200_000_000, "host_irq_ns": 200_000_000}  # noqa: E731
        for path in ("lo", "nics", "hosts"):
            self.assertEqual(int(self.made(loud, path=path).loaded.sum()), 0)

    def test_unknown_is_no_event(self):
        for fields in ({"host_cpu_ns": ""}, {"tx_cpu_sys_ns": "", "host_cpu_ns": 2 * 10**9}, {"elapsed_ns": "", "host_cpu_ns": 2 * 10**9}):
            self.assertEqual(int(self.made(lambda b, f=fields: f).loaded.sum()), 0)

    def test_more_cpus(self):
        """Of 16 CPUs 2.3e8 are 1.4 %: the row tells how many there were."""
        busy = {"host_cpu_ns": 500_000_000}
        self.assertEqual(int(self.made(lambda b: busy).loaded.sum()), 12)
        self.assertEqual(int(self.made(lambda b: {**busy, "host_cpus": 16}).loaded.sum()), 0)

    def test_a_probed_repeat_is_not_for_speed(self):
        found = self.made(lambda b: {"probed": int(b == 1), "host_cpu_ns": 10**9})
        self.assertEqual(int(found.loaded.sum()), 11)

    def test_steal_and_outliers(self):
        found = self.made(lambda b: {"host_steal_ns": 10**8 * (b == 2), **({"goodput": 5e8} if b == 5 else {})})
        self.assertEqual(marks.of_cells(found), {0: "1 outlier kept; 1 repeat invalid for steal"})
        self.assertEqual(len(marks.totals(found)), 2)

    def test_inside_the_window(self):
        step = " ".join(["900"] * 10 + ["1100"] * 10)
        found = self.made(lambda b: {"rx_slices": step if b in (2, 7) else " ".join(["1000"] * 20)})
        self.assertEqual(marks.of_cells(found), {0: "2 repeats nonstationary in the window, kept"})
        self.assertEqual(int(found.valid.sum()), 12)
        self.assertIn("2 repeats with a trend or a step inside the window (nonstationary), kept", marks.totals(found))


class AllLoaded(unittest.TestCase):
    """A machine on which everything is loaded: figures are shown and said not to be valid, and
    nothing is judged by them."""

    PLAN = [({"tx": tx, "size": size}, lambda b, tx=tx: {"host_cpu_ns": 10**9, "goodput": (2e9 if tx == "sendfile" else 1e9) + b})
            for tx in ("send", "sendfile") for size in ("4096", "65536")]

    def setUp(self):
        self.folder = planted.scratch(self)

    def made(self, name, plan=PLAN):
        return planted.write(os.path.join(self.folder, name), planted.cells(name, plan, 10), run_id=name)

    def test_summary(self):
        status, out, _ = planted.verb("summary", self.made("a"))
        self.assertEqual(status, 0)
        self.assertRegex(out, r"sendfile > recv +lo +64Ki +10 +2.00 GB/s .*~ 2.00x .* invalid\n")
        self.assertIn("40 repeats not valid, since other programs used over 5 %", out)
        self.assertIn("4 cells without a valid repeat", out)

    def test_crossover_and_report(self):
        path = self.made("a")
        self.assertIn("(of repeats that are not valid)", planted.verb("crossover", path)[1])
        self.assertEqual(planted.verb("report", path, "--redact")[0], 0)
        with open(os.path.join(path, "report/report.md"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("No mode is faster than the copying one for sure", text)
        self.assertIn("4 of 4 cells have invalid repeats", text)

    def test_nothing_is_judged(self):
        a, b = self.made("a"), self.made("b")
        status, out, _ = planted.verb("compare", a, b)
        self.assertEqual(status, 3, out)
        self.assertEqual(out.count("no valid repeat on the side base and new"), 4)
        quiet = [(d, lambda b, v=v, d=d: {**v(b), "host_cpu_ns": 2 * 10**8, "goodput": 3e9 + b + 1e9 * (d["tx"] == "send")})
                 for d, v in self.PLAN]
        status, out, _ = planted.verb("compare", self.made("c", quiet), b)
        self.assertEqual((status, out.count("no valid repeat on the side new")), (3, 4), out)
        self.assertNotRegex(out, "regression|improvement|environment")

    def test_nothing_is_exported(self):
        self.assertNotIn("goodput", planted.verb("export", "influx", self.made("a"))[1])

    def test_one_valid_repeat_speaks_alone(self):
        plan = [(d, lambda b, v=v: {**v(b), "host_cpu_ns": 2 * 10**8 if b == 4 else 10**9}) for d, v in self.PLAN]
        found = run.read_run(self.made("a", plan))
        rows = summary.summarise(found, ("goodput_bytes_per_s",))
        self.assertEqual([(r.value.n, r.state) for r in rows], [(1, "invalid")] * 4)
        self.assertEqual([found.spoilt(c) for c in found.cells], [False] * 4)


class Steady(unittest.TestCase):
    """The values are those of tests/unit/test_steady.c."""

    @staticmethod
    def step(cut, before, after):
        return [(before if i < cut else after) + i % 3 for i in range(20)]

    def test_as_the_driver_does(self):
        for values, expected in ((self.step(10, 1000, 1000), False), (self.step(10, 1000, 900), True), (self.step(5, 900, 1000), True),
                                 (self.step(15, 900, 1000), True), (self.step(4, 900, 1000), False), (self.step(10, 1000, 970), False),
                                 ([900 + 10 * i for i in range(20)], True), ([500, 1500] * 10, False)):
            self.assertEqual(steady.moves(numpy.array([values], dtype=float)).tolist(), [expected], values)

    def test_pettitt_is_the_largest_mann_whitney(self):
        rng = numpy.random.default_rng(5)
        for values in rng.integers(0, 30, (20, 20)).astype(float):
            us = [abs(2 * scipy.stats.mannwhitneyu(values[:k], values[k:]).statistic - k * (20 - k)) for k in range(1, 20)]
            largest, cut = steady.pettitt(values[None, :])
            self.assertEqual((largest[0], us[cut[0] - 1]), (max(us), max(us)))

    def test_rate(self):
        """1 % of windows without a trend; of a step of 20 % in the middle nearly all are found."""
        rng, runs = numpy.random.default_rng(6), 20000
        noise = rng.normal(size=(runs, 20))
        false = (steady.pettitt(noise)[0] >= steady.PETTITT_LIMIT).mean()
        self.assertTrue(0.007 <= false <= 0.013, false)
        self.assertGreater(steady.moves(1000 + 50 * noise[:1000] + 200 * (numpy.arange(20) >= 9)).mean(), 0.98)
        self.assertEqual(steady.moves(1000 + 10 * noise[:1000]).mean(), 0)

    def test_refused(self):
        for text in ("1 2 3", " ".join(["1"] * 21), " ".join(["x"] * 20), " ".join(["-1"] * 20), "1," * 20):
            rows = planted.cells("planted", [({}, lambda b, t=text: {"rx_slices": t})], 2)
            status, _, err = planted.verb("summary", planted.write(os.path.join(planted.scratch(self), "run"), rows))
            self.assertEqual(status, 1)
            self.assertIn("line 2, column rx_slices", err)


if __name__ == "__main__":
    unittest.main()
