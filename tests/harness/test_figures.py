# SPDX-License-Identifier: MIT
"""Figures and reports: made for every kind, the same bytes twice, whole, and harmless."""
import os
import re
import shutil
import unittest
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

import numpy

import planted
from test_crossover import plan
from zcbench import panel, redact, run, verb_plot

import draw  # noqa: E402  (of plots/)
import style  # noqa: E402


class Balance(HTMLParser):
    """Open elements, sources from outside and scripts."""
    VOID = {"meta", "br", "img", "link", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.tags = [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name.startswith("on") or (name in ("src", "href", "xlink:href") and not (value or "").startswith(("#", "data:image/png;"))):
                self.wrong.append((tag, name, value))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(("closing", tag))


class Figures(unittest.TestCase):
    def setUp(self):
        self.folder = planted.scratch(self)
        rows = [dict(r, latency_p50_ns="20000") for r in planted.cells("planted", plan(13.5), 8) if int(r["size"]) % 3]
        self.run = planted.write(os.path.join(self.folder, "run"), rows)
        rng = numpy.random.default_rng(1)
        with open(os.path.join(self.run, "latency.csv"), "w", encoding="utf-8") as file:
            file.write("run_id,cell,repeat,latency_ns,count\n")
            file.writelines(f"planted,1,1,{v},5\n" for v in sorted(set(rng.lognormal(10, 0.3, 500).astype(int))))

    def test_every_kind_twice_alike(self):
        found = run.read_run(self.run)
        for kind, make in verb_plot.KINDS.items():
            panels = make(found)
            self.assertTrue(panels, kind)
            self.assertEqual(panel.to_csv(panels).count('"'), 0, kind)
            svg = draw.render(panels[0])
            self.assertEqual(svg, draw.render(panels[0]), kind)
            self.assertEqual(xml.fromstring(svg).tag, "{http://www.w3.org/2000/svg}svg")
            for one in panels:
                self.assertTrue(one.shape != "lines" or sum(s.mode != "bound" for s in one.series) <= 6)

    def test_verb(self):
        out = os.path.join(self.folder, "one.svg")
        self.assertEqual(planted.verb("plot", self.run, "--kind", "goodput", "-o", out)[0], 0)
        self.assertTrue(os.path.exists(out) and os.path.exists(out[:-3] + "csv"))
        self.assertEqual(planted.verb("plot", self.run, "--kind", "cpu", "-o", out)[0], 1)
        self.assertEqual(planted.verb("plot", self.run, self.run, "--kind", "hosts", "-o", os.path.join(self.folder, "hosts"))[0], 0)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_gnuplot(self):
        done = planted.program("plot", self.run, "--term")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("message size (bytes)", done.stdout)
        self.assertIn("1Ki", done.stdout)
        out = os.path.join(self.folder, "gnuplot")
        done = planted.program("plot", self.run, "--gnuplot", "-o", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in os.listdir(out):
            if name.endswith(".svg"):
                xml.parse(os.path.join(out, name))

    def test_looks(self):
        for names in (style.TX, style.RX):
            self.assertEqual(len({str(style.look(m, names[:8])) for m in names[:8]}), len(names[:8]))
        with open(os.path.join(planted.TREE, "plots/style.gp"), encoding="utf-8") as file:
            self.assertEqual(re.findall(r"#[0-9A-Fa-f]{6}", file.read().split("array color")[1].split("\n")[0]), style.PALETTE)

    def test_labels_keep_apart(self):
        placed = draw.spread([0.5, 0.5, 0.5, 0.99, 1.0, 0.0], 0, 1, 0.06)
        gaps = numpy.diff(sorted(placed))
        self.assertTrue((gaps > 0.0599).all() and 0 <= min(placed) and max(placed) <= 1)

    def test_nothing_runs_out_of_a_figure(self):
        """Long names, notes of several services, and a crossing at each end."""
        name = "udp-gso-zerocopy > udp-uring-recv [udp]"
        series = [panel.Series(name, [panel.Point(1 << i, 0.9 + i / 100) for i in range(12, 17)], f"mode {k}") for k in range(6)]
        one = panel.Panel("lines", "Goodput over that of the copying mode, path veth", "message size (bytes)", "ratio", series, "size", "log",
                          level=1, marks=((4100, f"{name}: 4Ki"), (65000, f"{name}: 63Ki")),
                          note="\n".join(f"{name}: ~ pays from 4Ki on, the smallest measured (interval to none up to 64Ki) (of repeats that are not valid)"
                                         for _ in range(6)))
        figure = draw.draw(one)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        for text in [*figure.texts, *axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label, figure._supxlabel]:
            box = text.get_window_extent()
            self.assertTrue(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1, (text, box))
        crossings = [t.get_window_extent() for t in axes.texts if t.get_text().endswith(": 63Ki")]
        ends = [t.get_window_extent() for t in axes.texts if t.get_text() == name]
        self.assertFalse([1 for a in crossings for b in ends if a.overlaps(b)])
        draw.plt.close(figure)

    def report(self, *more):
        out = os.path.join(self.folder, "report")
        status, _, err = planted.verb("report", self.run, "-o", out, *more)
        self.assertEqual((status, err), (0, ""))
        texts = []
        for name in ("report.html", "report.md"):
            with open(os.path.join(out, name), encoding="utf-8") as file:
                texts.append(file.read())
        return texts

    def test_report(self):
        html, text = self.report()
        checked = Balance()
        checked.feed(html)
        self.assertEqual((checked.open, checked.wrong), ([], []))
        self.assertFalse(checked.tags & {"script", "link", "img", "iframe"})
        ids = re.findall(r'\bid="([^"]+)"', html)
        self.assertEqual(len(ids), len(set(ids)))
        for word in ("deviation", "pays from 1[12]Ki", "zcb-", "Cite"):
            self.assertRegex(html, word)
            self.assertRegex(text, word)
        self.assertEqual(self.report()[0], html)

    def test_hostile(self):
        evil = "<script>alert(1)</script>"
        rows = planted.cells("planted", [({"tx": evil}, lambda b: {}), ({"congestion": evil}, lambda b: {"reason": evil, "verdict": "skip"})], 3)
        planted.write(self.run, rows, arguments=["run", evil])
        html, text = self.report()
        checked = Balance()
        checked.feed(html)
        self.assertNotIn("script", checked.tags)
        self.assertNotIn("<script", text)

    def test_redacted(self):
        host = {"hostname": "secret-host", "kernel": {"release": "6.1", "command_line": "ro root=UUID=1"},
                "cpu": {"model": "Test", "count_online": 2}, "nics": [{"address": "52:54:00:12:34:56"}]}
        rows = planted.cells("x-secret-host", [({}, lambda b: {"reason": "10.1.2.3 and 52:54:00:12:34:56"})], 3)
        planted.write(self.run, rows, run_id="x-secret-host", host=host, arguments=["run", "--rx-agent", "ssh:me@10.1.2.3"])
        for text in self.report("--redact"):
            for secret in ("secret-host", "52:54:00", "10.1.2.3", "root=UUID"):
                self.assertNotIn(secret, text)
        data = os.path.join(self.folder, "report/figures")
        self.assertIn("cpu.csv", os.listdir(data))
        for name in os.listdir(data):
            with open(os.path.join(data, name), encoding="utf-8") as file:
                self.assertNotIn("secret-host", file.read())

    def test_redaction_keeps_the_rest(self):
        found = run.read_run(self.run)
        self.assertEqual(redact.Redaction(found).text("6.12.1 and 1.31x"), "6.12.1 and 1.31x")


if __name__ == "__main__":
    unittest.main()
