# SPDX-License-Identifier: MIT
"""The table of `zcbench run` and that of `zcbench summary` say the same of one samples.csv."""
import csv
import os
import random
import re

from cases import Case, call

STEP = " ".join(["900"] * 10 + ["1100"] * 10)


def spoil(row, rng):
    """Speeds, and events at the edges of what counts as one."""
    window, cpus = int(row["elapsed_ns"]), int(row["host_cpus"])
    limit = 0.05 * window * cpus + 10_000_000 * cpus
    row["goodput_bytes_per_s"] = "%.3f" % (1e9 * rng.lognormvariate(0, 0.3))
    row["host_steal_ns"] = rng.choice([0, 0, 0, 10_000_000, 10_000_000, max(10_000_001, int(0.0101 * window * cpus))])
    row["host_foreign_ns"] = rng.choice([0, int(limit), int(limit), "", "", int(limit) + 1])
    row["rx_slices"] = rng.choice(["", STEP, " ".join(["1000"] * 20)])
    if row["tx"] == "sendfile":
        row["host_foreign_ns"] = 10**12  # none of its repeats is valid


def lines(text):
    """{(tx, size): (n, goodput, ratio)} of either table."""
    found = {}
    for line in text.splitlines():
        head = re.match(r"(send\w*)\b.*? (\d+)Ki?  +(\d+)\*? +([\d.]+ [kMG]?B/s)", line)
        ratio = re.search(r"[\d.]+x \[[\d.]+, [\d.]+\]", line)
        if head:
            found[head[1], head[2]] = (head[3], head[4], ratio[0] if ratio else "")
    return found


def counted(text, word):
    """How many repeats or cells a note with that word speaks of."""
    found = re.search(r"(\d+) (?:repeat|cell)s?[^;\n]*%s" % word, text)
    return int(found[1]) if found else 0


class Tables(Case):
    def edited(self, seed):
        """A run of 3 modes and 2 sizes in 8 blocks, with speeds and events drawn anew."""
        rng = random.Random(seed)
        run = self.run_new("--tx", "send,sendmsg,sendfile", "--size", "4K,64K", "--warmup", 0, "--duration", 0.01, "--seed", seed, repeats=8,
                           name="r%d" % seed)
        rows = list(csv.DictReader(run.text().splitlines()))
        for row in rows:
            spoil(row, rng)
        with open(run.path("samples.csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return run

    def test_the_same_samples_are_the_same_figures(self):
        for seed in (1, 2, 3):
            run = self.edited(seed)
            driver, harness = call("run", "--resume", run.folder), call("summary", run.folder)
            self.assertEqual((driver.status, harness.status), (0, 0), "%s\n%s" % (driver, harness))
            told, expected = lines(driver.out + driver.err), lines(harness.out)
            self.assertEqual((len(told), set(told)), (6, set(expected)), driver)
            for key, (n, rate, ratio) in expected.items():
                self.assertEqual(told[key][:2], (n, rate), key)
                if key[0] != "send":  # over itself there is no ratio
                    self.assertTrue(ratio, key)
                    self.assertEqual(told[key][2], ratio, key)
            for words in (("hypervisor took", "hypervisor stole"), ("other programs", "other programs"),
                          ("trend or a step", "trend or a step"), ("without a valid", "without a valid")):
                a, b = (counted(text, word) for text, word in zip((driver.out + driver.err, harness.out), words))
                self.assertEqual(a, b, words)
                self.assertGreater(a, 0, words)


class Slices(Case):
    """What each row tells of its host and of the pace inside its window."""

    def test_slices(self):
        row = self.good_row_of("--tx", "send", "--duration", 0.2)
        paces = [int(word) for word in row["rx_slices"].split(" ")]
        self.assertEqual(len(paces), 20)
        self.assertGreater(sum(paces), 20 * 1000 / 10)
        self.assertEqual(row["host_cpus"], os.sysconf("SC_NPROCESSORS_ONLN"))
        parts = ("host_softirq_ns", "host_irq_ns", "tx_cpu_user_ns", "tx_cpu_sys_ns", "rx_cpu_user_ns", "rx_cpu_sys_ns")
        self.assertEqual(row["host_foreign_ns"], max(0, row["host_cpu_ns"] - sum(row[name] for name in parts)))

    def test_windows_without_slices(self):
        for more in (("--duration", 0.05), ("--bytes", "1M")):
            self.assertIsNone(self.good_row_of("--tx", "send", *more, name="r" + more[0][2:])["rx_slices"], more)
