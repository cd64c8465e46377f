# SPDX-License-Identifier: MIT
"""Planted crossovers are found where they were planted, and the interval covers them."""
import math
import os
import unittest

import numpy

import planted
from zcbench import crossover

LONG = os.environ.get("ZCBENCH_LONG")
SIZES = [1 << i for i in range(10, 23)]
NEAR = SIZES[2:9]  # of 2^15.2: farther away the noise never crosses


class Crossing(unittest.TestCase):
    def test_straight_line(self):
        gains = numpy.log2(SIZES) - 13.5
        self.assertAlmostEqual(crossover.crossing(SIZES, gains)[0], 13.5)

    def test_ends(self):
        ones = numpy.ones(len(SIZES))
        self.assertEqual(crossover.crossing(SIZES, ones)[0], -math.inf)
        self.assertEqual(crossover.crossing(SIZES, -ones)[0], math.inf)
        self.assertEqual(crossover.crossing(SIZES, 0 * ones)[0], math.inf)

    def test_it_has_to_stay_paid(self):
        gains = numpy.array([-1, 1, 1, -1, 1.0])
        self.assertAlmostEqual(crossover.crossing([1, 2, 4, 8, 16], gains)[0], 3.5)

    def test_a_size_without_a_value_does_not_pay(self):
        gains = numpy.array([[math.nan] * 6, [0.1] * 6])
        self.assertEqual(crossover.find([1 << 12, 1 << 16], [gains]), (16, 16, 16))

    def test_words(self):
        self.assertEqual(crossover.size(math.log2(11.3 * 1024)), "11Ki")
        self.assertEqual(crossover.size(math.log2(700)), "700")
        self.assertEqual(crossover.size(22.0), "4Mi")

    NOISE = {  # of median 0: what pairing leaves
        "heavy tails": lambda rng, shape: 0.03 * rng.standard_t(4, shape),
        "skewed": lambda rng, shape: 0.03 * (rng.standard_exponential(shape) - math.log(2)),
        "bimodal": lambda rng, shape: 0.04 * rng.choice([-1, 1], shape) + 0.02 * rng.standard_normal(shape)}

    def coverage(self, blocks, runs, rng, draw):
        hits = 0
        for seed in range(runs):
            noise = draw(rng, (len(NEAR), blocks))
            gains = 0.05 * (numpy.log2(NEAR) - 15.2)[:, None] + noise
            _, low, high = crossover.find(NEAR, [gains], seed, draws=400)
            hits += low <= 15.2 <= high
        return hits / runs

    def test_coverage(self):
        """A 95 % interval; of 1,200 simulations the share is known to 1.9 %, three sigma."""
        rng, runs = numpy.random.default_rng(1), 3000 if LONG else 1200
        for name, draw in self.NOISE.items():
            for blocks in (10, 20, 30) if LONG else (10, 20) if name == "heavy tails" else (10,):
                covered = self.coverage(blocks, runs, rng, draw)
                print(f"crossover, {name}, {blocks} blocks: the interval covers {100 * covered:.1f} %")
                self.assertTrue(0.93 <= covered <= 0.97, (name, blocks, covered))


def plan(at, slope=0.1, noise=0.01):
    rng = numpy.random.default_rng(7)
    rows = []
    for size in SIZES:
        gain = slope * (math.log2(size) - at)
        for tx, factor in (("send", 0.0), ("msg-zerocopy", gain)):
            rows.append(({"tx": tx, "size": str(size), "path": "veth"},
                         lambda block, f=factor: {"goodput": 1e9 * math.exp(f + noise * rng.normal()),
                                                  "cpu": 0.5 * math.exp(-f + noise * rng.normal())}))
    return rows


class Verb(unittest.TestCase):
    def answer(self, rows):
        folder = planted.write(os.path.join(planted.scratch(self), "run"), rows)
        status, out, err = planted.verb("crossover", folder)
        self.assertEqual((status, err), (0, ""))
        with open(os.path.join(folder, "crossover.csv"), encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 5)
        return out

    def test_planted(self):
        out = self.answer(planted.cells("planted", plan(math.log2(11 * 1024)), 10))
        self.assertEqual(out.count("pays from 11Ki [1"), 4, out)

    def test_never(self):
        self.assertEqual(self.answer(planted.cells("planted", plan(30), 10)).count("none up to 4Mi"), 4)

    def test_always(self):
        self.assertEqual(self.answer(planted.cells("planted", plan(2), 10)).count("pays from 1Ki on"), 4)

    def test_missing_cells_and_few_blocks(self):
        rows = planted.cells("planted", plan(13), 3)
        self.assertIn("few", self.answer([r for r in rows if r["size"] != "8192"]))

    def test_nothing_to_cross(self):
        folder = planted.write(os.path.join(planted.scratch(self), "run"),
                               planted.cells("planted", [({}, lambda block: {})], 3))
        status, out, err = planted.verb("crossover", folder)
        self.assertEqual((status, out), (4, ""))
        self.assertIn("crossover.yaml", err)


if __name__ == "__main__":
    unittest.main()
