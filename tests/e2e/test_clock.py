# SPDX-License-Identifier: MIT
"""Clocks that are set while a run goes on, and ends whose clocks have nothing in common. Rows are
stamped with the wall clock; nothing else may depend on it. One program's wall clock is stepped by
stepped_clock.c; CLOCK_MONOTONIC differs between the ends by a time namespace each."""
import os
import subprocess
import time

from cases import ZCBENCH, Run, call, need, need_root, start, wait_for
from test_resume import Begun

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = "0,86400,-30000000,3600,-7,400000000"
CELLS = ("--tx", "send,msg-zerocopy", "--size", "4K,64K", "--seed", 3, "--repeats", 3, "--warmup", 0, "--duration", 0.1)
SECOND = 10 ** 9


class Clocked(Begun):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library = cls.class_folder + "/stepped_clock.so"
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-Wall", "-Werror", "-shared", "-fPIC", "-o", cls.library,
                        HERE + "/stepped_clock.c"], check=True)

    def stepped(self, steps=STEPS):
        return dict(os.environ, LD_PRELOAD=self.library, STEPPED_CLOCK=steps)

    def assert_times(self, rows, duration):
        """Every time in them is one that can have passed."""
        for row in rows:
            self.assert_sound(row)
            for name in ("elapsed_ns", "tx_elapsed_ns", "rx_elapsed_ns"):
                self.assertGreaterEqual(row[name], 0.9 * duration * SECOND, name)
            for name, value in row.items():
                if name.endswith("_ns") and value is not None:
                    self.assertLess(value, 60 * SECOND, name)
                    self.assertGreaterEqual(value, 0, name)
            if row["tx"] == "msg-zerocopy" and row["workload"] == "stream":
                self.assertGreater(row["notify_p50_ns"], 0)


@need("cc")
class Stepped(Clocked):
    """Coordinator and both agents look at a wall clock that jumps by days, months and years."""

    def rows_of(self, name, *arguments):
        done = call("run", "--out", self.folder, "--run-id", name, *arguments, env=self.stepped())
        self.assertEqual(done.status, 0, done)
        return Run(self.folder + "/" + name).rows

    def test_windows_and_order(self):
        started = time.monotonic()
        rows = self.rows_of("stepped", *CELLS)
        self.assertLess(time.monotonic() - started, 60)
        self.assert_times(rows, 0.1)
        stamps = [row["started_at"] for row in rows]
        self.assertNotEqual(stamps, sorted(stamps), "the clock was not stepped")
        plain = self.run_new(*CELLS, repeats=3, name="plain").rows
        keys = [[(row["block"], row["cell"], row["repeat"]) for row in some] for some in (rows, plain)]
        self.assertEqual(*keys)

    def test_latency(self):
        rows = self.rows_of("r", "--workload", "rr,rr-open", "--warmup", 0, "--duration", 0.5, "--repeats", 1)
        self.assert_times(rows, 0.5)
        for row in rows:
            self.assertGreater(row["latency_p50_ns"], 0)
            self.assertLess(row["latency_max_ns"], 30 * SECOND)

    def test_killed_and_resumed(self):
        child = start("run", "--out", self.folder, "--run-id", "r", *CELLS, env=self.stepped())
        self.addCleanup(self.end, child)
        self.run_folder = Run(self.folder + "/r")
        wait_for("three rows", lambda: self.lines() >= 4, child)
        child.kill()
        child.wait()
        text = self.run_folder.text()
        before = text[:text.rindex("\n") + 1]
        # A month later, by the clock of whoever resumes it, or years before it began.
        done = call("run", "--resume", self.run_folder.folder, env=self.stepped("2592000,-100000000"))
        self.assertEqual(done.status, 0, done)
        rows = self.run_folder.rows
        self.assertTrue(self.run_folder.text().startswith(before))
        self.assertEqual(sorted((row["cell"], row["repeat"]) for row in rows),
                         [(cell, repeat) for cell in (1, 2, 3, 4) for repeat in (1, 2, 3)])
        self.assertEqual([row["block"] for row in rows], sorted(row["block"] for row in rows))
        self.assert_times(rows, 0.1)
        for verb in ("summary", "compare"):
            done = call(verb, *[self.run_folder.folder] * (1 + (verb == "compare")))
            self.assertIn(done.status, (0, 3, 4), done)

    def test_names_of_runs(self):
        """A clock that is set back names a run as one that is there: they stay apart."""
        for _ in range(3):
            done = call("run", "--out", self.folder, "--bytes", "4K", "--repeats", 1, env=self.stepped("@1700000000"))
            self.assertEqual(done.status, 0, done)
        names = sorted(os.listdir(self.folder))
        self.assertEqual(len(names), 3)
        self.assertEqual([name[:19] for name in names], ["20231114T221320000Z"] * 3)
        for name in names:
            run = Run(self.folder + "/" + name)
            self.assertEqual((run.manifest["run_id"], [row["run_id"] for row in run.rows]), (name, [name]))

    def test_only_one_end(self):
        """The coordinator and the sender with one clock, the receiver with another."""
        done = call("run", "--out", self.folder, "--run-id", "r", "--path", "hosts", "--rx-address", "127.0.0.1",
                    "--rx-agent", "cmd:env LD_PRELOAD=%s STEPPED_CLOCK=%s %s agent" % (self.library, STEPS, ZCBENCH),
                    "--workload", "stream,rr-open", "--repeats", 2, "--warmup", 0, "--duration", 0.3)
        self.assertEqual(done.status, 0, done)
        self.assert_times(Run(self.folder + "/r").rows, 0.3)


@need("unshare")
class Apart(Clocked):
    """The two ends' own clocks are months apart: a time taken from both would be months long."""

    def agent(self, seconds):
        return "cmd:unshare --time --monotonic %d --boottime %d --fork --kill-child %s agent" % (seconds, seconds, ZCBENCH)

    @need_root()
    def test_no_time_is_taken_from_two_clocks(self):
        probe = subprocess.run(["unshare", "--time", "--monotonic", "1", "--fork", "true"], stderr=subprocess.PIPE, text=True)
        if probe.returncode:
            self.skipTest("there are no time namespaces here: " + probe.stderr.strip())
        for tx, rx in ((10 ** 7, 10 ** 4), (10 ** 4, 10 ** 7)):
            with self.subTest(tx=tx, rx=rx):
                self.setUp()
                started = time.monotonic()
                done = call("run", "--out", self.folder, "--run-id", "r", "--path", "hosts", "--tx-agent", self.agent(tx),
                            "--rx-agent", self.agent(rx), "--rx-address", "127.0.0.1", "--tx", "send,msg-zerocopy",
                            "--workload", "stream,rr,rr-open", "--repeats", 1, "--warmup", 0, "--duration", 0.3)
                self.assertEqual(done.status, 0, done)
                self.assertLess(time.monotonic() - started, 60)
                rows = Run(self.folder + "/r").rows
                self.assertEqual(len(rows), 6)
                self.assert_times(rows, 0.3)
                for row in rows:
                    if row["workload"] != "stream":
                        self.assertGreater(row["latency_p50_ns"], 0)
