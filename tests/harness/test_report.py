# SPDX-License-Identifier: MIT
"""What a report says besides the figures: limits, bounds, instruments, changes, hosts."""
import json
import os
import shutil
import unittest

import planted
from zcbench import bounds, crossover, dimensions, figures, instruments, limits, run, verb_plot, verb_report
from zcbench.panel import Panel, Point, Series

MEMCPY = {"4096": 4e9, "65536": 2e9, "1048576": 1e9}


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = planted.scratch(self)

    def made(self, name="run", blocks=6, host=None, plan=None, **fields):
        """A run of one cell with these fields, or of a plan."""
        rows = planted.cells(name, plan or [({"nics": "a+b"} if host else {}, lambda b: fields)], blocks)
        whole = {**planted.manifest(name)["host"], **(host or {})}
        return run.read_run(planted.write(os.path.join(self.folder, name), rows, run_id=name, host=whole))

    def report(self, *runs):
        out = os.path.join(self.folder, "report")
        status, _, err = planted.verb("report", *(r.path for r in runs), "-o", out)
        self.assertEqual((status, err), (0, ""))
        with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
            return file.read()


class Limits(Base):
    BUSY = {"busy_ns": 10**9, "rwnd_limited_ns": 0, "sndbuf_limited_ns": 0, "tx_threads": 1, "rx_threads": 1, "rx_elapsed_ns": 10**9}

    def of(self, host=None, **fields):
        found = self.made(host=host, **{**self.BUSY, **fields})
        return limits.of(found, found.cells[0])

    def test_each(self):
        full = {"tx_cpu_sys_ns": 950_000_000}
        nics = {"nics": [{"name": "a", "speed_mbps": 8000}, {"name": "b", "speed_mbps": 10000}]}
        self.assertEqual(self.of(), "the congestion window")
        self.assertEqual(self.of(busy_ns=""), "-")
        self.assertEqual(self.of(rwnd_limited_ns=5 * 10**8), "the receiver's window")
        self.assertEqual(self.of(sndbuf_limited_ns=5 * 10**8, rwnd_limited_ns=4 * 10**8), "the send buffer")
        self.assertEqual(self.of(**full), "a full core of the sender")
        self.assertEqual(self.of(rx_cpu_sys_ns=10**9), "a full core of the receiver")
        self.assertEqual(self.of(nics, goodput=0.95e9), "line rate")
        self.assertEqual(self.of(nics, goodput=0.5e9, **full), "a full core of the sender")
        memory = {"memory": {"memcpy_bytes_per_s": MEMCPY}}
        self.assertEqual(self.of(memory, goodput=1.8e9, **full), "a full core of the sender, at the speed of memcpy")
        self.assertEqual(self.of(memory, goodput=1.2e9, **full), "a full core of the sender")


class Bounds(Base):
    def test_line_rate_is_the_slower_device(self):
        for nics, expected in (([{"name": "a", "speed_mbps": 8000}, {"name": "b", "speed_mbps": 10000}], 1e9),
                               ([{"name": "a", "speed_mbps": 8000}], None), ([{"name": "a", "speed_mbps": -1}, {"name": "b"}], None),
                               ("none", None), ([3], None)):
            found = self.made(host={"nics": nics})
            self.assertEqual(bounds.line_rate(found, found.cells[0]), expected, nics)

    def test_memcpy(self):
        for rates, expected in ((MEMCPY, {4096: 4e9, 65536: 2e9, 1048576: 1e9}), (None, {}), ({"x": 1, "8": "1", "9": -1, "0": 5}, {})):
            found = self.made(host={"memory": {"memcpy_bytes_per_s": rates}})
            self.assertEqual(bounds.memcpy(found, found.cells[0]), expected)
        self.assertEqual(bounds.near(60000, {4096: 1, 65536: 2, 1048576: 3}), 2)

    def test_far_bounds_are_told_and_near_ones_drawn(self):
        plan = [({"size": str(size)}, lambda b: {"goodput": 1.9e9}) for size in (4096, 65536)]
        found = self.made(plan=plan, host={"memory": {"memcpy_bytes_per_s": MEMCPY}})
        [panel] = figures.goodput(found)
        self.assertEqual([(s.name, s.mode, [(p.x, p.y) for p in s.points]) for s in panel.series[1:]],
                         [("memcpy, one CPU", "bound", [(65536, 2.0)])])
        far = self.made(plan=[(d, lambda b: {"goodput": 1e8}) for d, _ in plan], host={"memory": {"memcpy_bytes_per_s": MEMCPY}})
        [panel] = figures.goodput(far)
        self.assertEqual((len(panel.series), panel.note), (1, "memcpy, one CPU: 2.00 to 4.00 GB/s, outside of this figure"))


class Instruments(Base):
    def test_probe_overhead(self):
        plan = [({}, lambda b: {"probed": int(b == 1), "goodput": 8e8 if b == 1 else 1e9})]
        found = self.made(plan=plan)
        self.assertEqual(instruments.overhead(found), [("send > recv, lo, 64Ki", 0.8)])
        self.assertIn("0.80 of that without", instruments.overhead_text(found))
        self.assertIn("unknown", instruments.overhead_text(self.made()))

    def test_laws(self):
        fields = {"kern_tx_bytes": 10, "kern_tx_copied_bytes": 4, "kern_tx_referenced_bytes": 6, "kern_tx_spliced_bytes": 0, "in_flight_bytes": 0}
        self.assertIn("spliced: 6 of 6 samples", instruments.laws_text(self.made(**fields)))
        broken = self.made(plan=[({}, lambda b: {**fields, "kern_tx_bytes": 10 + (b == 2)})])
        self.assertIn("spliced: 5 of 6 samples", instruments.laws_text(broken))
        self.assertIn("datagrams: 6 of 6 samples", instruments.laws_text(broken))
        lost = self.made(plan=[({}, lambda b: {"in_flight_bytes": 0, "rx_total_bytes": 10**9 - 7, "lost_bytes": 7 + (b == 1)})])
        self.assertIn("datagrams: 5 of 6 samples", instruments.laws_text(lost))
        self.assertIn("no sample has the numbers", instruments.laws_text(self.made()))

    def test_control(self):
        found = self.made()
        self.assertIn("No control", instruments.control_text(found))
        for slow, word in ((2, "was found, with an interval of +-1.20 %"), (0, "was not found"), (3, "cannot be seen here")):
            with open(os.path.join(self.folder, "control.json"), "w", encoding="utf-8") as file:
                json.dump({"night": "2026-01-01", "slow": slow, "same": 0, "half": 0.012}, file)
            self.assertIn(word, instruments.control_text(found))


class Report(Base):
    def test_sections(self):
        config = {"kernel": {"release": "6.1", "config": {"irq_time_accounting": True, "fnv1a64": "abc"}}}
        html = self.report(self.made(host=config))
        for word in ("Instruments", "SHA256SUMS", "kernel config: irq_time_accounting", "Cite"):
            self.assertTrue(word in html, word)
        self.assertFalse(">p99<" in html)  # nothing to say: no column

    def test_many_figures_are_of_each_kind(self):
        found = {"a": list("123456"), "b": list("xy"), "c": ["z"]}
        self.assertEqual(verb_report.chosen(found, 5), [("a", "1"), ("a", "2"), ("b", "x"), ("b", "y"), ("c", "z")])
        self.assertEqual(len(verb_report.chosen(found, 30)), 9)

    def test_two_runs_are_compared_and_their_hosts_stand_side_by_side(self):
        slow = self.made("b", blocks=10, plan=[({"tx": tx}, lambda b, tx=tx: {"goodput": (8e8 if tx == "splice" else 1e9) + b})
                                               for tx in ("send", "sendfile", "splice", "msg-zerocopy")],
                         host={"kernel": {"release": "6.12"}})
        base = self.made("a", blocks=10, plan=[({"tx": tx}, lambda b: {"goodput": 1e9 + b})
                                               for tx in ("send", "sendfile", "splice", "msg-zerocopy")])
        html = self.report(base, slow)
        for word in ("Changes against a", "<td>regression</td>", "differs: kernel: 6.1.0-1 and 6.12", "Hosts side by side",
                     "<td>6.1.0-1</td><td>6.12</td><td>differs</td>", "Host against host"):
            self.assertTrue(word in html, word)

    def test_both_ends_of_the_path_hosts(self):
        plan = [({"path": "hosts"}, lambda b: {"host_cpu_ns": 10**9, "tx_cpu_sys_ns": 10**8, "host_cpus": ""})]
        ends = {end: {"host": {"hostname": end, "cpu": {"count_online": cpus}}} for end, cpus in (("tx", 2), ("rx", 16))}
        rows = planted.cells("far", plan, 6)
        found = run.read_run(planted.write(os.path.join(self.folder, "far"), rows, run_id="far", ends=ends))
        self.assertEqual((found.cpus, [whose for whose, _ in found.ends]), (16, ["sender", "receiver"]))
        self.assertEqual(int(found.loaded.sum()), 0)  # 4 % of 16 CPUs
        html = self.report(found)
        self.assertTrue("<td>CPUs</td><td>2</td><td>16</td><td>differs</td>" in html)
        ends["rx"]["host"]["kernel"] = {"release": "6.12"}
        other = planted.write(os.path.join(self.folder, "other"), rows, run_id="far", ends=ends)
        self.assertIn("kernel of the receiver: None and 6.12", planted.verb("compare", found.path, other)[2])

    def test_what_all_cells_share_is_told_once(self):
        labels = ["a > b, veth, 4Ki, flows=2", "c > b, veth, 8Ki, flows=2"]
        common = dimensions.shared(labels)
        self.assertEqual(common, ["veth", "flows=2"])
        self.assertEqual([dimensions.short(label, common) for label in labels], ["a > b, 4Ki", "c > b, 8Ki"])
        self.assertEqual(dimensions.shared(["alone, lo"]), [])

    def test_a_crossing_that_may_be_none_is_marked(self):
        never = float("inf")
        words = [crossover.Answer(None, "", "", [4096, 1 << 20], 10, at, low, high).text()
                 for at, low, high in ((13.0, 12.5, 13.5), (13.0, 12.5, never), (-never, -never, -never), (-never, -never, 13.5), (-never, -never, never))]
        self.assertEqual(words, ["pays from 8Ki [5.7Ki, 11Ki]", "~ pays from 8Ki [5.7Ki, none up to 1Mi]",
                                 "pays from 4Ki on, the smallest measured", "pays from 4Ki on, the smallest measured (interval to 11Ki)",
                                 "~ pays from 4Ki on, the smallest measured (interval to none up to 1Mi)"])

    def test_only_senders_that_report_are_counted(self):
        plan = [({"tx": tx}, lambda b, tx=tx: {"notifications": 0 if tx == "msg-zerocopy" else ""}) for tx in ("send", "unix-send", "msg-zerocopy")]
        self.assertTrue("Of 1 cell with a zero-copy sender" in self.report(self.made(plan=plan)))
        self.assertTrue("No zero-copy sender told" in self.report(self.made("b", plan=plan[:2])))

    @unittest.skipUnless(shutil.which("chromium") or shutil.which("wkhtmltopdf"), "no program that makes PDF is installed")
    def test_pdf(self):
        found = self.made()
        status, out, err = planted.verb("report", found.path, "--pdf", "-o", os.path.join(self.folder, "report"))
        self.assertEqual((status, err), (0, ""))
        with open(out.splitlines()[-1], "rb") as file:
            self.assertEqual(file.read(5), b"%PDF-")

    def test_names_that_would_overlap_in_a_terminal_are_numbered(self):
        def panel(names):
            return Panel("bars", "t", "", "y", [Series("s", [Point(0, 1)])], "names", x_names=names)
        short, long = panel(("a", "b")), panel(tuple(f"a-long-name-of-a-cell-{i}" for i in range(9)))
        self.assertEqual(verb_plot.numbered(short), (short, ""))
        one, listed = verb_plot.numbered(long)
        self.assertEqual(one.x_names[:2], ("1", "2"))
        self.assertIn("   2 a-long-name-of-a-cell-1\n", listed)


if __name__ == "__main__":
    unittest.main()
