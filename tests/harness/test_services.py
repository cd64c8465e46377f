# SPDX-License-Identifier: MIT
"""Several services in one run: ratios are within a service, and whatever ranks them names them."""
import csv
import os
import unittest

import planted
from zcbench import figures, run, summary

SERVICES = {"tcp": {"tx": "send", "rx": "recv", "gives": "stream, reliable"},
            "udp": {"tx": "udp-send", "rx": "udp-recv", "gives": "datagrams, unreliable"}}


def cell(tx, rx, service, size, goodput):
    return ({"tx": tx, "rx": rx, "size": str(size)}, lambda block: {"goodput": goodput, "service": service})


PLAN = [cell(tx, rx, service, size, goodput) for size in (4096, 65536) for tx, rx, service, goodput in
        (("send", "recv", "tcp", 1e9), ("sendfile", "recv", "tcp", 2e9),
         ("udp-send", "udp-recv", "udp", 4e9), ("udp-gso", "udp-recv", "udp", 12e9))]


class Services(unittest.TestCase):
    def read(self, plan, **more):
        folder = os.path.join(planted.scratch(self), "run")
        planted.write(folder, planted.cells("planted", plan, 10), **more)
        return run.read_run(folder)

    def setUp(self):
        self.run = self.read(PLAN, services=SERVICES)

    def of(self, tx, size="65536", within=None):
        return next(c for c in (within or self.run).cells if (c.dims["tx"], c.dims["size"]) == (tx, size))

    def test_anchor_and_copy_are_of_the_same_service(self):
        for tx, plain in (("sendfile", "send"), ("udp-gso", "udp-send")):
            for size in ("4096", "65536"):
                self.assertIs(summary.anchor_of(self.run, self.of(tx, size)), self.of(plain))
                self.assertIs(summary.copy_of(self.run, self.of(tx, size)), self.of(plain, size))
        self.assertIsNone(summary.copy_of(self.run, self.of("udp-send")))

    def test_ratios(self):
        rows = {(r.cell.dims["tx"], r.cell.dims["size"]): r for r in summary.summarise(self.run, ["goodput_bytes_per_s"])}
        self.assertAlmostEqual(rows["udp-gso", "4096"].to_copy.median, 3)
        self.assertAlmostEqual(rows["sendfile", "4096"].to_anchor.median, 2)
        self.assertIsNone(rows["udp-send", "65536"].to_anchor)

    def test_a_service_that_the_manifest_does_not_know_has_no_anchor(self):
        alone = self.read(PLAN)
        self.assertIsNone(summary.anchor_of(alone, self.of("udp-gso", within=alone)))
        self.assertIs(summary.anchor_of(alone, self.of("sendfile", within=alone)), self.of("send", within=alone))

    def test_the_table_names_them(self):
        status, out, _ = planted.verb("summary", self.run.path)
        self.assertEqual(status, 0)
        self.assertRegex(out, r"(?m)^tx > rx +service +path")
        self.assertRegex(out, r"(?m)^udp-gso > udp-recv +udp +lo")
        self.assertIn("service udp: datagrams, unreliable\n", out)
        with open(os.path.join(self.run.path, "summary.csv"), encoding="utf-8") as file:
            self.assertEqual({r["tx"]: r["service"] for r in csv.DictReader(file)},
                             {"send": "tcp", "sendfile": "tcp", "udp-send": "udp", "udp-gso": "udp"})

    def test_the_report_names_them(self):
        out = os.path.join(planted.scratch(self), "report")
        self.assertEqual(planted.verb("report", self.run.path, "-o", out)[0], 0)
        with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
            self.assertTrue("<li>service udp: datagrams, unreliable</li>" in file.read())

    def test_what_was_lost_is_of_all_repeats(self):
        """One of ten lost half: a median would say nothing of it."""
        self.assertNotIn(" lost ", planted.verb("summary", self.run.path)[1])
        lossy = [(dims, lambda b, v=v, tx=dims["tx"]: {**v(b), **({"lost_bytes": 5 * 10**8 * (b == 3)} if "udp" in tx else {})})
                 for dims, v in PLAN]
        found = self.read(lossy, services=SERVICES)
        self.assertEqual([summary.lost_share(found, self.of(tx, within=found)) for tx in ("udp-send", "send")], [0.05, None])
        out = planted.verb("summary", found.path)[1]
        self.assertRegex(out, r"(?m)^tx > rx +service +path +size +n +goodput +lost ")
        self.assertRegex(out, r"(?m)^udp-gso > udp-recv .* GB/s +5 % ")
        with open(os.path.join(found.path, "summary.csv"), encoding="utf-8") as file:
            self.assertEqual({r["tx"]: r["lost_share"] for r in csv.DictReader(file)},
                             {"send": "", "sendfile": "", "udp-send": "0.05", "udp-gso": "0.05"})

    def test_one_service_needs_no_name(self):
        alone = self.read(PLAN[:2])
        _, out, _ = planted.verb("summary", alone.path)
        self.assertNotIn("service", out)
        self.assertEqual({s.name for p in figures.goodput(alone) for s in p.series}, {"send", "sendfile"})

    def test_figures_name_them_and_say_what_they_give(self):
        for panels in (figures.goodput(self.run), figures.cpu(self.run), figures.crossing(self.run), figures.heat(self.run)):
            self.assertTrue(panels)
            for panel in panels:
                self.assertIn("udp: datagrams, unreliable", panel.note)
                self.assertIn("tcp: stream, reliable", panel.note)
                for series in panel.series:
                    self.assertRegex(series.name, r"\[(tcp|udp)\]$")

    def test_rows_without_the_column_are_of_tcp(self):
        folder = os.path.join(planted.scratch(self), "old")
        names = [n for n in planted.HEADER if n != "service"]
        planted.write(folder, planted.cells("planted", PLAN[:2], 10), names=names)
        self.assertEqual(run.read_run(folder).services.keys(), {"tcp"})


if __name__ == "__main__":
    unittest.main()
