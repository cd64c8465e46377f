# SPDX-License-Identifier: MIT
"""Outputs are what their consumers accept, also with hostile text in them."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml

import planted
from zcbench import formats_judgement as formats
from zcbench import outputs
from zcbench.judgement import STATES, Case, Judgement

HOSTILE = ("<script>alert('x')</script>", "a|b`c*_[d](e)@f", "=1+1", "x\x00\x1b[31m\r\n::error::y", "1% of \\ \"q\" , = é ☃")


def judgement():
    cases = [Case(f"cell {text}", "lo send > recv", "goodput_bytes_per_s", state, f"message {text}", change=-0.1, p=1e-4)
             for state in STATES for text in HOSTILE]
    return Judgement("history", f"title {HOSTILE[0]}", cases + cases[:3], ["note <b>"], ["problem <b> \x01"])


class Junit(unittest.TestCase):
    def test_structure(self):
        """By the rules of the Jenkins and GitLab readers: counts agree, names are unique, one result each."""
        root = xml.fromstring(formats.junit(judgement()))
        self.assertEqual(root.tag, "testsuites")
        suite = root.find("testsuite")
        cases = suite.findall("testcase")
        self.assertEqual(int(suite.get("tests")), len(cases))
        for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            self.assertEqual(int(suite.get(name)), len(suite.findall(f"testcase/{tag}")))
            self.assertEqual(root.get(name), suite.get(name))
        keys = [(case.get("classname"), case.get("name")) for case in cases]
        self.assertEqual(len(set(keys)), len(keys))
        for case in cases:
            self.assertLessEqual(len(case), 1)
            self.assertLessEqual({child.tag for child in case}, {"failure", "error", "skipped", "system-out"})
            self.assertTrue(float(case.get("time")) >= 0)

    def test_mapping(self):
        root = xml.fromstring(formats.junit(judgement()))
        kinds = {child.get("type"): child.tag for child in root.iter() if child.get("type")}
        self.assertEqual(kinds["regression"], "failure")
        self.assertEqual(kinds["copied"], "failure")
        self.assertEqual(kinds["invalid"], "error")
        self.assertEqual(kinds["harness"], "error")

    @unittest.skipUnless(shutil.which("xmllint"), "xmllint is not installed")
    def test_schema(self):
        schema = os.path.join(os.path.dirname(os.path.abspath(__file__)), "junit.xsd")
        done = subprocess.run(["xmllint", "--noout", "--schema", schema, "-"], input=formats.junit(judgement()),
                              text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)


class Others(unittest.TestCase):
    def test_json(self):
        tree = json.loads(formats.as_json(judgement()), parse_constant=self.fail)
        self.assertEqual(tree["status"], 2)
        self.assertEqual(len(tree["cases"]), len(judgement().cases))

    def test_github(self):
        text = formats.github(judgement())
        lines = text.splitlines()
        for kind in ("error", "warning", "notice"):
            self.assertEqual(sum(line.startswith(f"::{kind} ") for line in lines), 10)
        self.assertEqual(len(lines), 30)
        self.assertEqual(len(re.findall(r"\r", text)), 0)
        self.assertIn("%0D%0A::error::y"[:6], text)

    def test_markdown(self):
        text = formats.markdown(judgement())
        self.assertNotIn("<", text)
        table = [line for line in text.splitlines() if line.startswith("|")]
        self.assertEqual({line.count("|") for line in table}, {7})

    def test_output_option(self):
        self.assertEqual(outputs.parse(["junit=a.xml", "json=-"]), [("junit", "a.xml"), ("json", "-")])
        for word in ("junit", "junit=", "xml=a", ""):
            with self.assertRaises(outputs.Problem):
                outputs.parse([word])

    def test_status(self):
        def status(*states, problems=()):
            return Judgement("c", "t", [Case("l", "g", "m", s, "") for s in states], [], list(problems)).status
        self.assertEqual(status("same", "regression"), 2)
        self.assertEqual(status("same", "copied", problems=["x"]), 2)
        self.assertEqual(status("same", problems=["x"]), 3)
        self.assertEqual(status("same", "unstable"), 3)
        self.assertEqual(status("same", "same", "same", "same", "unstable"), 0)
        self.assertEqual(status("insufficient-history", "skip"), 4)
        self.assertEqual(status(), 4)
        self.assertEqual(status("suspect", "environment", "acknowledged", "advisory", "improvement"), 0)


class Export(unittest.TestCase):
    def setUp(self):
        plan = [({"tx": tx, "congestion": 'a"b\\c,d =e\n'}, lambda block: {"goodput": 1e9 + block, "latency_p50_ns": 1500})
                for tx in ("send", "msg-zerocopy")]
        self.folder = planted.scratch(self)
        for night in range(3):
            planted.write(os.path.join(self.folder, f"n{night}"), [
                dict(r, started_at=f"2026-01-0{night + 1}T00:00:00Z") for r in planted.cells(f"n{night}", plan, 6)], run_id=f"n{night}")
        self.run_folder = os.path.join(self.folder, "n0")

    def export(self, name, *folders):
        status, out, err = planted.verb("export", name, *(folders or (self.run_folder,)))
        self.assertEqual((status, err), (0, ""))
        return out

    def test_openmetrics(self):
        for folders in ((), (self.run_folder, os.path.join(self.folder, "n1"))):
            text = self.export("openmetrics", *folders)
            self.assertTrue(text.endswith("# EOF\n"))
            series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")]
            self.assertEqual(len(series), len(set(series)))
            types = re.findall(r"^# TYPE (\S+)", text, re.M)
            self.assertEqual(len(types), len(set(types)))
            label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
            for line in series:
                self.assertRegex(line, rf"^[a-z0-9_]+\{{{label}(,{label})*\}}$")
        self.assertIn("zcbench_goodput_bytes_per_second{", text)
        self.assertRegex(text, r"zcbench_latency_p50_seconds\{.*\} 1.5e-06")

    @unittest.skipUnless(shutil.which("promtool"), "promtool (package prometheus) is not installed")
    def test_promtool(self):
        done = subprocess.run(["promtool", "check", "metrics"], input=self.export("openmetrics"), text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_influx(self):
        lines = self.export("influx").splitlines()
        self.assertGreater(len(lines), 8)
        value = r"(?:\\[, =\\]|[^, =\\\n]|\\)+"
        for line in lines:
            self.assertRegex(line, rf"^zcbench(,[a-z]+={value})+ median=[-0-9.e+]+,low=[-0-9.e+]+,high=[-0-9.e+]+,n=\d+i 1767225600000000000$")
            tags = [tag.split("=")[0] for tag in re.split(r"(?<!\\),", re.split(r"(?<!\\) ", line)[0])[1:]]
            self.assertEqual(tags, sorted(tags))

    def test_bencher(self):
        tree = json.loads(self.export("bencher"), parse_constant=self.fail)
        for measures in tree.values():
            for value in measures.values():
                self.assertEqual(set(value), {"value", "lower_value", "upper_value"})
                self.assertLessEqual(value["lower_value"], value["value"])

    def test_otava(self):
        rows = list(csv.DictReader(io.StringIO(self.export("otava", self.folder))))
        self.assertEqual([row["run_id"] for row in rows], ["n0", "n1", "n2"])
        self.assertEqual(rows[0]["time"], "2026-01-01T00:00:00Z")
        self.assertEqual(sum("goodput" in name for name in rows[0]), 2)
        self.assertTrue(all(float(value) >= 0 for row in rows for name, value in list(row.items())[3:]))

    def test_rest(self):
        json.loads(self.export("json"), parse_constant=self.fail)
        self.assertEqual(self.export("markdown").count("\n"), 4)
        self.assertEqual(len(list(csv.DictReader(io.StringIO(self.export("csv"))))), 2 * 8)
        self.assertEqual(planted.verb("export", "nonsense", self.run_folder)[0], 1)


if __name__ == "__main__":
    unittest.main()
