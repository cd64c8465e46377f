# SPDX-License-Identifier: MIT
"""Histories with known answers, judged as the nightly job judges them."""
import json
import math
import os
import shutil
import sqlite3
import unittest

import numpy

import planted
from zcbench import history, index, verb_history

MODES = ("send", "sendfile", "msg-zerocopy")


def date(night):
    return f"2026-{1 + night // 28:02}-{1 + night % 28:02}"


class History(unittest.TestCase):
    def setUp(self):
        self.folder, self.rng = planted.scratch(self), numpy.random.default_rng(1)

    def nights(self, count, first=0, modes=MODES, slow=(), factor=0.94, level=1.0, copied=0.3, suffix="", **more):
        """One run a night; `slow` modes are slower by the factor in all of these nights."""
        for night in range(first, first + count):
            weather, plan = level * math.exp(0.02 * self.rng.normal()), []
            for tx in modes:
                scale = weather * (factor if tx in slow else 1) * math.exp(0.003 * self.rng.normal())
                plan.append(({"tx": tx}, lambda block, s=scale, c=copied if tx == "msg-zerocopy" else 1.0: {
                    "goodput": 1e9 * s * math.exp(0.005 * self.rng.normal()), "cpu": 0.5 / s, "copied": c,
                    "started_at": f"{date(night)}T01:00:00.000Z", **more}))
            name = f"{night:03}{suffix}"
            planted.write(os.path.join(self.folder, name), planted.cells(name, plan, 6), run_id=name)

    def judge(self, night, *words):
        return planted.verb("history", self.folder, "--today", date(night), *words)

    def test_quiet(self):
        self.nights(24)
        status, out, err = self.judge(23)
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("no confirmed regression (6 same)", out)

    def test_planted_regression_is_confirmed_on_the_third_night(self):
        self.nights(20)
        for night in range(20, 23):
            self.nights(1, night, slow=["sendfile"])
            status, out, _ = self.judge(night)
            self.assertEqual(status, 2 if night == 22 else 0, out)
            self.assertIn("regression  " if night == 22 else "suspect", out)
        self.assertIn(f"since {date(20)} against the anchor", out)
        self.assertIn(f"alarm: lo sendfile > recv since {date(20)}: 2 of its figures", out)

    def test_two_nights_with_reruns_confirm_early(self):
        self.nights(20)
        for night in (20, 21):
            self.nights(1, night, slow=["sendfile"])
            self.nights(1, night, slow=["sendfile"], suffix=".rerun")
        status, out, _ = self.judge(21)
        self.assertEqual(status, 2, out)
        self.assertIn("the night before", out)

    def test_rerun_clears(self):
        self.nights(20)
        self.nights(1, 20, slow=["sendfile"])
        self.nights(1, 20, suffix=".rerun")
        status, out, _ = self.judge(20, "--all")
        self.assertEqual(status, 0)
        self.assertIn("but not in its re-run", out)

    def test_loaded_nights_are_no_history(self):
        """Slow because others used the machine: nothing is judged by it, then or later."""
        self.nights(16)
        for night in range(16, 20):
            self.nights(1, night, slow=["sendfile"], factor=0.5, host_foreign_ns=10**9)
            status, out, _ = self.judge(night, "--all")
            self.assertEqual(status, 3, out)
            self.assertIn(f"100 % of the repeats of {night:03} are invalid or failed", out)
            self.assertIn("3 missing" if night == 16 else "no cells", out)
        self.nights(1, 20)
        status, out, _ = self.judge(20, "--all")
        self.assertEqual((status, out.count("\nsame ")), (0, 6), out)

    def test_environment(self):
        self.nights(20)
        self.nights(6, 20, level=0.8)
        status, out, _ = self.judge(25)
        self.assertEqual(status, 0, out)
        self.assertIn("environment", out)

    def test_anchor_alone(self):
        self.nights(20)
        self.nights(5, 20, slow=["send"], factor=0.9)
        status, out, _ = self.judge(24)
        self.assertEqual(status, 2)
        self.assertIn("regression   send > recv", out)

    def test_copied_share_without_history(self):
        self.nights(1)
        self.nights(1, 1, copied=0.31)
        status, out, _ = self.judge(1)
        self.assertEqual(status, 2, out)
        self.assertIn("copied share 30.0 % to 31.0 %", out)

    def test_copied_share_explains(self):
        self.nights(20)
        self.nights(4, 20, slow=["msg-zerocopy"], copied=0.9)
        self.assertIn("because its bytes are being copied now (copied share 30.0 % to 90.0 %)", self.judge(23)[1])

    def test_insufficient_history(self):
        self.nights(13)
        status, out, _ = self.judge(12)
        self.assertEqual(status, 4, out)
        self.assertIn("6 insufficient-history", out)

    def test_new_cell_is_advisory(self):
        self.nights(10, modes=MODES[:2])
        self.nights(12, 10)
        self.nights(3, 22, slow=["msg-zerocopy"])
        status, out, _ = self.judge(24)
        self.assertEqual(status, 0, out)
        self.assertIn("advisory", out)

    def acknowledge(self, *rows):
        with open(os.path.join(self.folder, "acknowledgements.csv"), "w", encoding="utf-8") as file:
            file.write("cell,metric,action,since,reason,expires\n" + "".join(row + "\n" for row in rows))

    def test_acknowledged(self):
        self.nights(20)
        self.nights(5, 20, slow=["sendfile"])
        self.acknowledge(f"sendfile > recv*,*,acknowledge,{date(20)},known,{date(30)}")
        status, out, _ = self.judge(24)
        self.assertEqual(status, 0, out)
        self.assertIn(f"acknowledged until {date(30)}: known", out)
        self.assertEqual(self.judge(31)[0], 2)
        self.acknowledge(f"sendfile > recv*,*,acknowledge,{date(19)},an older one,{date(60)}")
        self.assertEqual(self.judge(24)[0], 2)
        self.acknowledge(f"sendfile*,*,quarantine,{date(0)},flaky,{date(60)}")
        self.assertIn("2 quarantined", self.judge(24)[1])

    def test_bad_acknowledgements(self):
        self.nights(2)
        for row, word in (("a,b,forget,2026-01-01,r,2026-01-01", "line 2, column action"),
                          ("a,b,quarantine,soon,r,2026-01-01", "line 2, column since"),
                          ("a,b,quarantine,2026-01-01,,2026-01-01", "line 2, column reason"),
                          ("a,b,quarantine,2026-01-01,r,", "line 2, column expires")):
            self.acknowledge(row)
            status, _, err = self.judge(1)
            self.assertEqual(status, 1)
            self.assertIn(word, err)

    def test_missing_night_and_control(self):
        self.nights(20)
        self.assertEqual(self.judge(23)[0], 0)
        status, out, _ = self.judge(23, "--nightly")
        self.assertEqual(status, 3)
        self.assertIn("4 days before", out)
        self.assertIn("no control was ever made", out)
        self.control(2, 0)
        status, out, _ = self.judge(19, "--nightly")
        self.assertEqual(status, 0, out)
        self.assertIn("a sender slowed by 5 % was found", out)
        for slow, same in ((0, 0), (2, 2)):
            self.control(slow, same)
            self.assertEqual(self.judge(19, "--nightly")[0], 3)

    def control(self, slow, same):
        with open(os.path.join(self.folder, "control.json"), "w", encoding="utf-8") as file:
            json.dump({"night": date(18), "slow": slow, "same": same}, file)

    def test_invalid_cells(self):
        self.nights(16)
        self.nights(1, 16, host_steal_ns=10**8)
        status, out, _ = self.judge(16)
        self.assertEqual(status, 3, out)
        self.assertIn("100 % of the repeats", out)

    def test_missing_cell(self):
        self.nights(20)
        self.nights(1, 20, modes=MODES[:2])
        self.assertIn("missing", self.judge(20)[1])

    def test_broken_folder_is_harness_trouble(self):
        self.nights(20)
        with open(os.path.join(self.folder, "003", "samples.csv"), "a", encoding="utf-8") as file:
            file.write("cut")
        status, out, _ = self.judge(19)
        self.assertEqual(status, 3)
        self.assertIn("003/samples.csv", out)

    def test_empty(self):
        self.assertEqual(self.judge(0)[0], 4)
        self.assertEqual(planted.verb("history", "/nonexistent")[0], 1)
        self.assertEqual(planted.verb("history", self.folder, "--today", "yesterday")[0], 1)

    def test_index_can_be_made_again(self):
        self.nights(20)
        self.nights(5, 20, slow=["sendfile"])
        first = self.judge(24)
        path = os.path.join(self.folder, index.NAME)
        self.assertEqual(self.judge(24), first)
        os.unlink(path)
        self.assertEqual(self.judge(24), first)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        with open(path, "wb") as file:
            file.write(b"no database at all" * 100)
        self.assertEqual(self.judge(24), first)
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 77")
        database.close()
        self.assertEqual(self.judge(24), first)
        self.assertEqual(self.judge(24, "--rebuild"), first)
        self.assertFalse([link for link in open_files() if link.startswith(path)])
        shutil.rmtree(os.path.join(self.folder, "024"))
        self.assertIn(f"night of {date(23)}", self.judge(24)[1])

    def test_no_index_can_be_kept(self):
        """As in a folder that cannot be written to."""
        self.nights(20)
        os.mkdir(os.path.join(self.folder, index.NAME))
        self.assertEqual(self.judge(19)[0], 0)


def open_files():
    folder = "/proc/self/fd"
    return [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder) if os.path.islink(os.path.join(folder, fd))]


class Pure(unittest.TestCase):
    def test_anchored(self):
        raw = numpy.zeros((10, 4)) + numpy.arange(4)
        raw[5:] += 0.3
        raw[8:, 0] -= 0.1
        grid = history.anchored(raw, raw - raw[:, :1], numpy.array([True, False, False, False]))
        numpy.testing.assert_allclose(numpy.diff(grid[:, 0]), [0] * 7 + [-0.1, 0], atol=1e-12)

    def test_groups(self):
        self.assertEqual(verb_history.groups(verb_history.Judgement("h", "t", [])), [])


if __name__ == "__main__":
    unittest.main()
