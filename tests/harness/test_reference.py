# SPDX-License-Identifier: MIT
"""The committed reports say what the committed runs hold: each is made again and compared."""
import os
import re
import unittest

import matplotlib

import planted

FOLDER = os.path.join(planted.TREE, "results/reference")
MOST_BYTES = 1_000_000
DEBIAN_12 = "3.6.3"   # matplotlib's: another one may place the same figures' ink elsewhere


def files(folder):
    """{path inside the folder: text}"""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, encoding="utf-8", newline="") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def without_ink(html):
    return re.sub(r"<svg.*?</svg>", "<svg></svg>", html, flags=re.S)


class Reference(unittest.TestCase):
    def runs(self):
        found = [os.path.join(FOLDER, name) for name in sorted(os.listdir(FOLDER))]
        self.assertTrue(found)
        return found

    def test_reports_are_of_these_runs(self):
        for run in self.runs():
            out = os.path.join(planted.scratch(self), "report")
            self.assertEqual(planted.verb("report", run, "--redact", "-o", out)[::2], (0, ""))
            kept, made = files(os.path.join(run, "report")), files(out)
            self.assertIn("figures/goodput.csv", kept)
            self.assertEqual(sorted(kept), sorted(made), "`make reference-report` makes it again")
            for name in kept:
                old, new = kept[name], made[name]
                if matplotlib.__version__ != DEBIAN_12:
                    old, new = without_ink(old), without_ink(new)
                self.assertTrue(old == new, f"{run}/report/{name} is not of this run; `make reference-report` makes it again")

    def test_small_and_of_no_machine(self):
        for run in self.runs():
            kept = files(run)
            self.assertLess(sum(len(text.encode()) for name, text in kept.items() if name.startswith("report/")), MOST_BYTES)
            for name, text in kept.items():
                self.assertIsNone(re.search(r"/(home|root|tmp|work|mnt|srv)/", text), name)
                self.assertIsNone(re.search(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", text), name)


if __name__ == "__main__":
    unittest.main()
