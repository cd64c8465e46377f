# SPDX-License-Identifier: MIT
"""compare finds what was planted, finds nothing in nothing, and refuses what is not alike."""
import json
import math
import os
import unittest

import numpy

import planted
from zcbench import compare, likeness, run

MODES = ("send", "sendfile", "msg-zerocopy", "uring-send")


def rows(run_id, rng, blocks=10, slow=(), factor=0.9, level=1.0, noise=0.01, copied=1.0, hour=0):
    """4 modes; those in slow have the factor; level moves all alike."""
    plan = []
    for tx in MODES:
        scale = level * (factor if tx in slow else 1.0)
        plan.append(({"tx": tx}, lambda block, s=scale, c=copied if tx == "msg-zerocopy" else 1.0: {
            "goodput": 1e9 * s * math.exp(noise * rng.normal()), "copied": c,
            "cpu": 0.5 / s * math.exp(noise * rng.normal()),
            "started_at": f"2026-01-01T{hour:02}:00:00.000Z"}))
    return planted.cells(run_id, plan, blocks)


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder, self.rng = planted.scratch(self), numpy.random.default_rng(1)

    def write(self, name, more=None, **options):
        return planted.write(os.path.join(self.folder, name), rows(name, self.rng, **options), run_id=name,
                             **(more or {}))

    def test_same(self):
        status, out, _ = planted.verb("compare", self.write("a"), self.write("b"))
        self.assertEqual(status, 0, out)

    def test_planted_regression(self):
        status, out, _ = planted.verb("compare", self.write("a"), self.write("b", slow=["sendfile"]))
        self.assertEqual((status, out.count("\nregression")), (2, 2), out)
        self.assertRegex(out, r"regression +sendfile > recv, lo, 64Ki +goodput\w+ .*-1\d\.\d %")

    def test_improvement_is_no_alarm(self):
        status, out, _ = planted.verb("compare", self.write("a"), self.write("b", slow=["sendfile"], factor=1.1))
        self.assertEqual((status, out.count("improvement  ")), (0, 2), out)

    def test_all_cells_alike_is_the_environment(self):
        status, out, _ = planted.verb("compare", self.write("a"), self.write("b", level=0.9))
        self.assertEqual(status, 0, out)
        self.assertIn("environment", out)
        self.assertNotIn("\nregression", out)

    def test_the_anchor_alone(self):
        status, out, _ = planted.verb("compare", self.write("a"), self.write("b", slow=["send"]))
        self.assertEqual(status, 2, out)
        self.assertIn("regression   send > recv", out)

    def test_copied_share(self):
        a, b = self.write("a", copied=0.2), self.write("b", copied=0.21, slow=["msg-zerocopy"])
        status, out, _ = planted.verb("compare", a, b)
        self.assertEqual(status, 2)
        self.assertIn("because its bytes are being copied now (copied share 20.0 % to 21.0 %)", out)

    def test_threshold(self):
        a, b = self.write("a"), self.write("b", slow=["sendfile"])
        self.assertEqual(planted.verb("compare", a, b, "--threshold", "20")[0], 0)
        self.assertEqual(planted.verb("compare", a, b, "--threshold", "120")[0], 1)

    def test_metric(self):
        a, b = self.write("a"), self.write("b", slow=["sendfile"])
        out = planted.verb("compare", a, b, "--metric", "goodput")[1]
        self.assertEqual(out.count("\nregression"), 1)
        self.assertEqual(planted.verb("compare", a, b, "--metric", "speed")[0], 1)

    def test_unstable(self):
        status, out, _ = planted.verb("compare", self.write("a", noise=0.5), self.write("b", noise=0.5))
        self.assertEqual(status, 3, out)

    def test_missing_cell(self):
        a = self.write("a")
        b = planted.write(os.path.join(self.folder, "b"), [r for r in rows("b", self.rng) if r["tx"] != "sendfile"], run_id="b")
        self.assertIn("the new run has no such cell", planted.verb("compare", a, b)[1])

    def test_few_repeats(self):
        for blocks in (0, 1, 2):
            a, b = self.write(f"a{blocks}", blocks=blocks), self.write(f"b{blocks}", blocks=blocks)
            status, out, err = planted.verb("compare", a, b)
            self.assertIn(status, (1, 4), out + err)

    def test_too_few_repeats_for_so_many_figures(self):
        """Of 5 repeats against 5 no order is rare enough to be one of eight figures' surprise: that is no pass."""
        a, b = self.write("a", blocks=5), self.write("b", blocks=5, slow=["sendfile"], factor=0.5)
        status, out, _ = planted.verb("compare", a, b)
        self.assertEqual((status, out.count("too few repeats to be sure of one of 8 figures")), (4, 8), out)
        a, b = self.write("a", blocks=8), self.write("b", blocks=8, slow=["sendfile"])
        self.assertEqual(planted.verb("compare", a, b)[0], 2)

    def test_unlike(self):
        host = {"hostname": "other", "kernel": {"release": "6.12.0"}, "cpu": {"model": "Test", "count_online": 2}}
        a, b = self.write("a"), self.write("b", more={"host": host})
        status, out, err = planted.verb("compare", a, b)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("host: planted and other; kernel: 6.1.0-1 and 6.12.0", err)
        status, out, _ = planted.verb("compare", a, b, "--force")
        self.assertEqual(status, 0)
        self.assertIn("differs, forced: kernel: 6.1.0-1 and 6.12.0", out)

    def test_unlike_verdicts(self):
        a = self.write("a")
        other = [dict(r, verdict="zero-copy") if r["tx"] == "sendfile" else r for r in rows("b", self.rng)]
        b = planted.write(os.path.join(self.folder, "b"), other, run_id="b")
        self.assertIn("verdict of sendfile > recv, lo, 64Ki: copied and zero-copy", planted.verb("compare", a, b)[2])

    def test_verdicts_are_compared_with_the_same_evidence(self):
        """Probes in one of two runs tell more of it, and are no difference of what happened."""
        base, new = ([dict(r, verdict="unproven") for r in rows(name, self.rng)] for name in "ab")
        proof = dict(new[0], block=11, repeat=11, probed=1, verdict="zero-copy")
        a = planted.write(os.path.join(self.folder, "a"), base, run_id="a")
        b = planted.write(os.path.join(self.folder, "b"), new + [proof], run_id="b")
        self.assertEqual(planted.verb("compare", a, b)[0], 0)
        planted.write(a, base + [dict(proof, run_id="a", verdict="copied")], run_id="a")
        self.assertIn("copied and zero-copy", planted.verb("compare", a, b)[2])

    def test_mixed_schemas(self):
        """A run made before a dimension and a metric existed has the same cells."""
        a = self.write("a")
        names = [n for n in planted.HEADER if n not in ("reuse", "family", "copies_per_byte")]
        b = planted.write(os.path.join(self.folder, "b"), rows("b", self.rng), run_id="b", names=names + ["new_metric"])
        self.assertEqual(planted.verb("compare", a, b)[0], 0)

    def test_sets_in_turn(self):
        """The level changes by 10 % from pair to pair; runs of a pair differ by 1 %."""
        for i in range(8):
            for side, slow in (("base", []), ("new", ["sendfile"])):
                level = math.exp(0.1 * math.sin(i)) * math.exp(0.01 * self.rng.normal())
                planted.write(os.path.join(self.folder, side, str(i)), run_id=f"{side}{i}",
                              rows=rows(f"{side}{i}", self.rng, slow=slow, factor=0.95, level=level, noise=0.03,
                                        hour=2 * i + (side == "new")))
        result = os.path.join(self.folder, "result.json")
        status, out, _ = planted.verb("compare", os.path.join(self.folder, "base"),
                                      os.path.join(self.folder, "new"), "--output", f"json={result}")
        self.assertEqual(status, 2, out)
        self.assertIn("pairs of runs", out)
        with open(result, encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        self.assertEqual({c["label"] for c in cases if c["state"] == "regression"}, {"sendfile > recv, lo, 64Ki"})


class Ends(unittest.TestCase):
    """Of the path hosts the two ends were measured, and the coordinator was not."""

    def setUp(self):
        self.folder = planted.scratch(self)

    def write(self, name, path="hosts", coordinator="c", address="192.0.2.2", **changed):
        """changed: the receiver's host."""
        plan = [({"tx": tx, "path": path}, lambda block: {"goodput": 1e9 + block}) for tx in MODES]
        host = {"kernel": {"release": "6.1.0-1"}, "cpu": {"model": "Test", "count_online": 2},
                "sysctls": {"net.core.wmem_max": 1}}
        ends = {"tx": {"address": None, "host": {**host, "hostname": "a"}},
                "rx": {"address": address, "host": {**host, "hostname": "b", **changed}}}
        return planted.write(os.path.join(self.folder, name), planted.cells(name, plan, 10), run_id=name,
                             host={**host, "hostname": coordinator}, **({"ends": ends} if address else {}))

    def refused(self, *runs):
        status, out, err = planted.verb("compare", *runs)
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn("are not alike", err)
        self.assertIn("differs, forced: ", planted.verb("compare", *runs, "--force")[1])
        return err

    def test_alike(self):
        self.assertEqual(planted.verb("compare", self.write("one"), self.write("two"))[0], 0)

    def test_another_coordinator_is_no_difference(self):
        status, out, _ = planted.verb("compare", self.write("one"), self.write("two", coordinator="d"))
        self.assertEqual((status, "differs" in out), (0, False), out)

    def test_another_end(self):
        for name, changed, words in (
                ("host", {"hostname": "x"}, "host of the receiver: b and x"),
                ("kernel", {"kernel": {"release": "6.12"}}, "kernel of the receiver: 6.1.0-1 and 6.12"),
                ("cpu", {"cpu": {"model": "Other", "count_online": 2}}, "CPU of the receiver: Test and Other"),
                ("address", {"address": "198.51.100.2"}, "address of the receiver: 192.0.2.2 and 198.51.100.2")):
            with self.subTest(name):
                self.assertIn(words, self.refused(self.write("one"), self.write(name, **changed)))

    def test_ends_in_one_of_them_only(self):
        far, near = self.write("far"), self.write("near", address=None)
        for runs in ((far, near), (near, far)):
            self.assertIn("far was measured between two named hosts, near on one", self.refused(*runs))

    def test_a_cell_that_the_coordinator_measured_itself(self):
        runs = self.write("one", path="lo"), self.write("two", path="lo", coordinator="d")
        self.assertIn("host: c and d", self.refused(*runs))

    def test_settings_of_the_ends(self):
        status, out, _ = planted.verb("compare", self.write("one"), self.write("two", sysctls={"net.core.wmem_max": 2}))
        self.assertEqual(status, 0)
        self.assertIn("differs: net.core.wmem_max of the receiver: 1 and 2", out)

    def test_histories_are_of_pairs(self):
        keys = {likeness.host_key(run.read_run(self.write(name, **more)))
                for name, more in (("one", {}), ("two", {"coordinator": "d"}), ("three", {"hostname": "x"}))}
        self.assertEqual(keys, {"a/Test > b/Test", "a/Test > x/Test"})


class Rates(unittest.TestCase):
    """A/A: of comparisons of whole runs, at most the promised 1 % may hold a false alarm."""

    TIMES = 2000 if os.environ.get("ZCBENCH_LONG") else 250

    def alarms(self, draw, drift):
        rng, found = numpy.random.default_rng(2), 0
        for _ in range(self.TIMES):
            pair = [Fake(draw, rng, drift) for _ in range(2)]
            found += any(c.state == "regression" for c in
                         compare.Comparison([pair[0]], [pair[1]], ["goodput_bytes_per_s"]).cases())
        return found / self.TIMES

    def test_alarms(self):
        draws = {"normal": lambda r, n: 0.03 * r.normal(size=n),
                 "outliers": lambda r, n: 0.02 * r.normal(size=n) - 0.4 * (r.random(n) < 0.1),
                 "bimodal": lambda r, n: 0.01 * r.normal(size=n) + 0.15 * (r.random(n) < 0.5),
                 "drifting": lambda r, n: 0.02 * r.normal(size=n)}
        for name, draw in draws.items():
            rate = self.alarms(draw, 0.2 if name == "drifting" else 0)
            print(f"compare, {name}: {100 * rate:.1f} % of A/A comparisons with an alarm")
            self.assertLessEqual(rate, 0.01 + 3 * math.sqrt(0.01 * 0.99 / self.TIMES), name)


class Fake:
    """What Comparison reads of a run: six cells, ten blocks, a level and a drift that all share."""

    def __init__(self, draw, rng, drift):
        self.started_at = ""
        self.cells = [run.Cell(i + 1, {**planted.dimensions.PRESETS, "tx": tx}, numpy.arange(10), i)
                      for i, tx in enumerate(("send", "a", "b", "c", "d", "e"))]
        self.by_identity = {cell.identity: cell for cell in self.cells}
        level = 0.1 * rng.normal() + numpy.linspace(0, drift * rng.normal(), 10)
        self.grid = 1e9 * numpy.exp(level + numpy.stack([draw(rng, 10) for _ in self.cells]))

    def spoilt(self, cell):
        return False

    def plain(self, cell):
        return "send", "recv"

    def matrix(self, name, strict):
        return self.grid if name == "goodput_bytes_per_s" else numpy.full_like(self.grid, numpy.nan)


if __name__ == "__main__":
    unittest.main()
