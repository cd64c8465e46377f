# SPDX-License-Identifier: MIT
"""Mutations of every file that the harness reads: each verb ends with a verdict, or with 1 and one
sentence that names the file, and has then written nothing. FUZZ_ROUNDS multiplies (preset: 1)."""
import json
import os
import random
import re
import shutil
import unittest
from unittest import mock

import planted
from test_crossover import plan
from test_reading import GOOD
from zcbench import panel

import draw  # noqa: E402,F401  (of plots/)

ROUNDS = float(os.environ.get("FUZZ_ROUNDS", "1"))


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 3, 20))):
        data = data or bytearray(b"\n")
        at, kind = rng.randrange(len(data)), rng.randrange(6)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at:at + rng.choice((1, 5, 400))]
        elif kind == 2:
            data[at:at] = rng.choice((b",", b"\n", b'"', b"\0", b"nan", b"-", b"9" * 400, b"1e308", b"\xff", b";"))
        elif kind == 3:
            data[at:at] = data[at:at + rng.randrange(600)]
        elif kind == 4:
            data = data[:at]
        else:
            word = rng.choice(re.findall(rb"[^,\n]+", bytes(data)) or [b"x"])
            data = bytearray(bytes(data).replace(word, rng.choice((b"", b"0", b"-1", b"x", b"1e400")), 1))
    return bytes(data)


class Fuzz(unittest.TestCase):
    def setUp(self):
        self.folder = planted.scratch(self)
        self.run, self.out = (os.path.join(self.folder, name) for name in ("run", "out"))

    def each(self, path, rounds, verbs, statuses):
        """Runs the verbs on as many mutants of the file."""
        with open(path, "rb") as file:
            good = file.read()
        rng = random.Random(os.path.basename(path))
        for _ in range(int(rounds * ROUNDS)):
            mutant = mutate(rng, good)
            for words in verbs:
                with open(path, "wb") as file:
                    file.write(mutant)
                self.check(words, statuses, mutant)
        with open(path, "wb") as file:
            file.write(good)

    def check(self, words, statuses, mutant):
        shutil.rmtree(self.out, ignore_errors=True)
        status, _, err = planted.verb(*words)
        self.assertIn(status, (1, *statuses), (words, mutant[-2000:]))
        self.assertEqual(err.count("\n"), status in (1, 4) and bool(err), err)
        if status == 1:
            self.assertIn(self.folder, err)
            self.assertFalse(os.path.exists(self.out), (words, err, mutant[-2000:]))

    def test_tables(self):
        planted.write(self.run, GOOD)
        verbs = [["summary", self.run, "-o", self.out + "/s.csv"], ["crossover", self.run], ["compare", self.run, self.run]]
        self.each(os.path.join(self.run, "samples.csv"), 300, verbs, (0, 3, 4))
        self.each(os.path.join(self.run, "run.json"), 80, verbs, (0, 3, 4))

    def with_figures(self):
        """A run that has data for every figure."""
        rows = [dict(r, latency_p50_ns="20000") for r in planted.cells("planted", plan(13.5), 4) if int(r["size"]) in (4096, 65536)]
        planted.write(self.run, rows)
        with open(os.path.join(self.run, "latency.csv"), "w", encoding="utf-8") as file:
            file.write("run_id,cell,repeat,latency_ns,count\n")
            file.writelines(f"planted,{rows[0]['cell']},1,{v},5\n" for v in range(1000, 9000, 100))

    def test_report_export_and_plot(self):
        """Without the drawing, which takes its time and is given numbers only."""
        self.with_figures()
        verbs = [["report", self.run, "-o", self.out], ["plot", self.run, "-o", self.out],
                 ["export", "openmetrics", self.run, "-o", self.out + "/m"], ["export", "influx", self.run, "-o", self.out + "/i"],
                 ["report", self.run, "--redact", "-o", self.out]]
        with mock.patch("draw.render", return_value=b"<svg></svg>"):
            self.each(os.path.join(self.run, "samples.csv"), 40, verbs, (0, 4))
            self.each(os.path.join(self.run, "run.json"), 40, verbs, (0, 4))
            self.each(os.path.join(self.run, "latency.csv"), 60, verbs[:2], (0, 4))

    def test_manifests_of_odd_shapes(self):
        """Every value of run.json in turn is of another type."""
        self.with_figures()
        path = os.path.join(self.run, "run.json")
        with open(path, encoding="utf-8") as file:
            good = json.load(file)
        good["host"] |= {"memory": {"memcpy_bytes_per_s": {"4096": 1e9}}, "nics": [{"name": "lo", "speed_mbps": 1}]}
        good["ends"] = {"tx": {"host": {"cpu": {}}}, "rx": {"host": {}}}

        def variants(tree):
            for key, value in tree.items():
                for odd in (None, [], {}, "x", 7, -1.5, True, [[]], {"a": {}}):
                    yield {**tree, key: odd}
                if isinstance(value, dict):
                    yield from ({**tree, key: inner} for inner in variants(value))
        with mock.patch("draw.render", return_value=b"<svg></svg>"):
            for tree in random.Random(1).sample(list(variants(good)), int(120 * min(ROUNDS, 1))):
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(tree, file)
                self.check(["report", self.run, "-o", self.out], (0,), json.dumps(tree).encode())
                self.check(["summary", self.run, "-o", self.out + "/s.csv"], (0,), json.dumps(tree).encode())

    def test_history(self):
        for night in range(1, 4):
            planted.write(os.path.join(self.folder, "nights", str(night)), run_id=str(night), rows=[
                dict(r, run_id=str(night), started_at=f"2026-01-0{night}T00:00:00.000Z") for r in GOOD])
        nights = os.path.join(self.folder, "nights")
        verbs = [["history", nights, "--today", "2026-01-03", "--output", f"junit={self.out}/j.xml"],
                 ["history", nights, "--today", "2026-01-03", "--nightly"]]
        known = {"acknowledgements.csv": b"cell,metric,action,since,reason,expires\nsend*,*,acknowledge,2026-01-01,known,2026-02-01\n"
                 b"uring*,goodput*,quarantine,2026-01-01,\"flaky, again\",2026-02-01\n",
                 "control.json": b'{"night": "2026-01-02", "slow": 2, "same": 0, "half": 0.01, "told": "x"}'}
        for name, text in known.items():
            with open(os.path.join(nights, name), "wb") as file:
                file.write(text)
        self.each(os.path.join(nights, "acknowledgements.csv"), 150, verbs[:1], (3, 4))
        self.each(os.path.join(nights, "control.json"), 100, verbs[1:], (3, 4))
        self.each(os.path.join(nights, "3", "samples.csv"), 60, verbs[:1], (2, 3, 4))
        self.each(os.path.join(nights, ".zcbench-index.sqlite"), 60, verbs[:1], (3, 4))

    def test_data_of_figures(self):
        """What gnuplot and awk read has no field that needs a quote, whatever the names hold."""
        evil = "a,b\"c\n$(id)`id`'\\"
        self.assertNotIn('"', panel.to_csv([panel.Panel("lines", evil, evil, evil, [panel.Series(evil, [panel.Point(0, 1, text=evil)])],
                                                        "names", x_names=(evil,))]))


if __name__ == "__main__":
    unittest.main()
