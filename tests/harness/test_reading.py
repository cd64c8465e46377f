# SPDX-License-Identifier: MIT
"""Bad input ends in a sentence that names the file, the line and the column, and writes nothing."""
import os
import re
import unittest

import planted
from zcbench import dimensions, metrics, run, units

GOOD = planted.cells("planted", [({"tx": tx}, lambda block: {}) for tx in ("send", "msg-zerocopy")], 3)


class Reading(unittest.TestCase):
    def setUp(self):
        self.folder = planted.scratch(self)

    def text(self, rows=GOOD):
        with open(os.path.join(planted.write(os.path.join(self.folder, "run"), rows), "samples.csv"), encoding="utf-8") as file:
            return file.read()

    def refused(self, text, *words, name="samples.csv", verb="summary"):
        """The sentence, after checking that it is one, and that nothing was written."""
        path = os.path.join(self.folder, "run", name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        before = sorted(os.listdir(os.path.dirname(path)))
        status, out, err = planted.verb(verb, os.path.dirname(path))
        self.assertEqual((status, out), (1, ""), err)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertEqual(sorted(os.listdir(os.path.dirname(path))), before)
        for word in (name, *words):
            self.assertIn(word, err)
        return err

    def field(self, line, column, value):
        lines = self.text().splitlines()
        fields = lines[line - 1].split(",")
        fields[planted.HEADER.index(column)] = value
        return "\n".join(lines[:line - 1] + [",".join(fields)] + lines[line:]) + "\n"

    def test_good(self):
        self.text()
        self.assertEqual(planted.verb("summary", os.path.join(self.folder, "run"))[0], 0)

    def test_truncated(self):
        text = self.text()
        self.refused(text[:-1], "cut short", "--resume")
        self.refused(text[:-40] + "\n", "line 7", "column", "fields and the header")
        self.refused("", "empty")

    def test_unsorted_and_duplicated(self):
        lines = self.text().splitlines(keepends=True)
        self.refused("".join(lines[:1] + lines[:0:-1]), "line 4, column block", "sorted or joined")
        self.refused("".join(lines[:3] + lines[2:]), "line 4, column repeat", "the first: line 3")

    def test_numbers(self):
        for value in ("nan", "NaN", "inf", "1e999", "1_0", "0x10", "abc", " 1", "--1", "1e", "1.2.3", "٣"):
            self.refused(self.field(5, "goodput_bytes_per_s", value), "line 5, column goodput_bytes_per_s", "no number")
        for name in ("goodput_bytes_per_s", "tx_bytes", "host_cpu_ns"):
            self.refused(self.field(5, name, "-1"), f"line 5, column {name}", "less than nothing")
        for value in ("", "-1", "1.5", "1e300"):
            self.refused(self.field(5, "cell", value), "line 5, column cell", "no whole number")
        self.refused(self.field(2, "size", "64K"), "line 2, column size")

    def test_other_locales(self):
        self.refused(self.text().replace(",", ";"), "line 1", "not separated by commas")
        self.refused(self.field(5, "goodput_bytes_per_s", '"1,5"'), "line 5, column goodput_bytes_per_s", "1,5")
        self.refused(self.text().encode("utf-16"), "not UTF-8")
        self.refused("\ufeff" + self.text(), "line 1")

    def test_schemas(self):
        text = self.text()
        self.refused(text.replace("goodput_bytes_per_s", "goodput", 1), "line 1", "no column goodput_bytes_per_s")
        self.refused(text.replace("tx_bytes,", "rx_bytes,", 1), "line 1", "rx_bytes is there twice")
        self.refused('{"schema": 2, "run_id": "planted"}', "schema is 2", name="run.json")

    def test_manifest(self):
        self.text()
        for text in ("", "[]", "null", "{", '{"schema": true, "run_id": "x"}', '{"schema": 1}', "[" * 100000, b"\xff"):
            self.refused(text, name="run.json")
        self.refused('{"schema": 1,\n "run_id": }', "run.json line 2, column 12", name="run.json")
        os.unlink(os.path.join(self.folder, "run", "run.json"))
        status, _, err = planted.verb("summary", os.path.join(self.folder, "run"))
        self.assertEqual(status, 1)
        self.assertIn("no folder of a run", err)

    def test_keys(self):
        self.refused(self.field(3, "run_id", "other"), "line 3, column run_id")
        self.refused(self.field(3, "verdict", "fine"), "line 3, column verdict")
        self.refused(self.field(5, "size", "4096"), "line 5, column cell", "other dimensions")
        self.refused(self.field(5, "started_at", "yesterday"), "line 5, column started_at")

    def test_hostile_text(self):
        rows = [dict(r, reason='<script>alert("1")</script>\x1b[31m', congestion="=1+1") for r in GOOD]
        folder = planted.write(os.path.join(self.folder, "run"), rows)
        status, out, _ = planted.verb("summary", folder)
        self.assertEqual(status, 0)
        self.assertNotIn("\x1b", out)
        with open(os.path.join(folder, "summary.csv"), encoding="utf-8") as file:
            self.assertNotRegex(file.read(), r"(^|,)=")

    def test_extremes(self):
        rows = [dict(r, goodput_bytes_per_s=v, tx_bytes=str(2**64 - 1), size=str(1 << 30))
                for r, v in zip(GOOD, ("1e-300", "1e300", "0", "1", "18446744073709551615", ""))]
        folder = planted.write(os.path.join(self.folder, "run"), rows)
        self.assertEqual(planted.verb("summary", folder)[0], 0)

    def test_no_and_one_repeat(self):
        self.refused(self.text().splitlines()[0] + "\n", "line 2", "nothing was measured")
        rows = planted.cells("planted", [({}, lambda block: {})], 1)
        status, out, _ = planted.verb("summary", planted.write(os.path.join(self.folder, "run"), rows))
        self.assertEqual((status, "1 repeats a cell: a quick run" in out), (0, True))

    def test_only_skips(self):
        rows = [dict(r, verdict="skip", reason="no such call", goodput_bytes_per_s="") for r in GOOD]
        status, out, _ = planted.verb("summary", planted.write(os.path.join(self.folder, "run"), rows))
        self.assertEqual(status, 3)
        self.assertIn("skip", out)

    def test_line_numbers_count_lines_inside_fields(self):
        rows = [dict(r) for r in GOOD]
        rows[0]["reason"] = "two\nlines"
        rows[3]["verdict"] = "fine"
        self.text(rows)
        with open(os.path.join(self.folder, "run", "samples.csv"), encoding="utf-8") as file:
            self.refused(file.read(), "line 6, column verdict")

    def test_program(self):
        """As a process: no traceback, status 1; argparse's 2 would mean a regression."""
        for words in (["summary", "/nonexistent"], ["summary"], ["summary", "--what"], ["nonsense"]):
            done = planted.program(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertNotIn("Traceback", done.stderr)

    def test_unwritable(self):
        self.text()
        done = planted.verb("summary", os.path.join(self.folder, "run"), "-o", "/proc/none/summary.csv")
        self.assertEqual(done[0], 1)
        self.assertIn("writing /proc/none/summary.csv", done[2])


class Verdicts(unittest.TestCase):
    """A repeat with kernel probes has evidence that the others lack: it speaks for the cell."""

    def of(self, *rows):
        """rows: (probed, verdict, reason), a block each."""
        made = [planted.row("planted", block, 1, {}, probed=probed, verdict=verdict, reason=reason)
                for block, (probed, verdict, reason) in enumerate(rows, 1)]
        found = run.read_run(planted.write(os.path.join(planted.scratch(self), "run"), made))
        return found.verdict(found.cells[0]), found.reason(found.cells[0])

    def test_probed_speaks(self):
        bare = (0, "unproven", "no witness")
        self.assertEqual(self.of(bare, (1, "zero-copy", ""), bare)[0], "zero-copy")
        self.assertEqual(self.of(bare, (1, "contradicted", "copied later"), bare), ("contradicted", "copied later"))
        self.assertEqual(self.of(bare, (1, "zero-copy", ""), (1, "mixed", "half"))[0], "varies")

    def test_without_evidence_of_probes(self):
        bare = (0, "unproven", "no witness")
        self.assertEqual(self.of(bare, bare), ("unproven", "no witness"))
        for verdict in ("fail", "skip"):
            self.assertEqual(self.of((1, verdict, "no probes"), bare), ("unproven", "no witness"))
        self.assertEqual(self.of((0, "copied", ""), (0, "mixed", ""))[0], "varies")
        self.assertEqual(self.of((0, "copied", ""), (0, "fail", "refused"))[0], "copied")
        self.assertEqual(self.of((0, "fail", "refused"), (1, "fail", "gone"))[0], "fail")
        self.assertEqual(self.of((0, "skip", "no such call"), (0, "fail", "refused")), ("skip", "no such call"))


class Words(unittest.TestCase):
    def test_presets_are_the_drivers(self):
        with open(os.path.join(planted.TREE, "bench/cell_table.c"), encoding="utf-8") as file:
            source = file.read()
        for name, preset in dimensions.PRESETS.items():
            near = re.search(rf'\((?:{name}), |\.name = "{name}"', source)
            self.assertTrue(near, name)
            entry = re.split(r"\n\t(?:ROW|CHOICE|TEXT|\{)", source[near.start():])[0]
            words = {"auto"} if "AUTO" in entry else set(re.findall(r'"([^"]*)"', entry))
            sizes = {"64K": "65536"}
            self.assertIn(preset, {sizes.get(w, w) for w in words}, name)

    def test_no_dimension_is_forgotten(self):
        with open(os.path.join(planted.TREE, "bench/cell_table.c"), encoding="utf-8") as file:
            rows = file.read().split("static const struct field rows[]")[1]
        names = re.findall(r'\b(?:ROW|CHOICE|TEXT)\((\w+),|\.name = "(\w+)"', rows)
        self.assertEqual([a or b for a, b in names], list(dimensions.PRESETS))

    def test_units(self):
        self.assertEqual([units.text(v, "B/s") for v in (0, 999, 999.9, 1e9, 1.234e10)],
                         ["0 B/s", "999 B/s", "1.00 kB/s", "1.00 GB/s", "12.3 GB/s"])
        self.assertEqual(units.text(float("nan"), "ns"), "-")
        self.assertEqual(dimensions.size_text("65536"), "64Ki")
        self.assertEqual(dimensions.size_text("1000"), "1000")

    def test_metrics_are_columns(self):
        for metric in metrics.METRICS.values():
            self.assertLessEqual(set(metric.needs), set(planted.HEADER))


if __name__ == "__main__":
    unittest.main()
