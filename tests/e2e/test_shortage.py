# SPDX-License-Identifier: MIT
"""Runs between hosts (see hosts.py) that run out of something: locked memory, memory for notices,
room on the coordinator's disk, the user's patience. What was measured is kept, the sentence says
what to change, and the resumed run measures what is missing."""
import os
import signal
import time

from runner import process
from breaking import kill
from cases import Run, children, finish, need, wait_for
from host_case import ENDS, HostCase

AS_NOBODY = ("--agent-user", "nobody")  # root may lock what it likes


class Memory(HostCase):
    def limit_locked(self, kib):
        """RLIMIT_MEMLOCK of all agents."""
        self.hosts.install_after('ulimit -l %d' % kib)
        self.addCleanup(self.hosts.install)

    def rows(self, *arguments, status):
        run = self.run_hosts(*ENDS, "--warmup", 0, "--duration", 0.3, "--repeats", 2, *arguments, status=status)
        self.assert_no_agent()
        return run.rows

    def test_locked_memory_runs_out_under_way(self):
        """Enough for some sends at once: the sender waits for notices, and loses no byte."""
        self.limit_locked(64)
        for row in self.rows(*AS_NOBODY, "--tx", "msg-zerocopy", "--size", "4K", "--depth", 64, "--verify", "on", status=0):
            self.assert_sound(row)
            self.assertGreater(row["tx_enobufs"], 0)

    def test_locked_memory_for_no_send(self):
        """The other cells are measured; those that cannot be say what to raise, on whose end."""
        self.limit_locked(4)
        rows = self.rows(*AS_NOBODY, "--tx", "send,msg-zerocopy,uring-send-zc-fixed", "--size", "64K", status=0)
        good = [row for row in rows if row["tx"] == "send"]
        self.assertEqual(len(good), 2)
        for row in good:
            self.assert_sound(row)
        bad = [row for row in rows if row["tx"] != "send"]
        self.assertEqual({row["tx"] for row in bad}, {"msg-zerocopy", "uring-send-zc-fixed"})
        for row in bad:
            self.assertEqual(row["verdict"], "skip", row["reason"])
            self.assertRegex(row["reason"], "^tx: .*RLIMIT_MEMLOCK")

    def test_locked_memory_for_small_sends_only(self):
        """Not a byte could be sent: no speed of nothing, but what to raise."""
        self.limit_locked(64)
        for duration in (0.05, 0.3, 2):  # shorter and longer than the sender's own patience
            with self.subTest(duration=duration):
                self.setUp()
                rows = self.rows(*AS_NOBODY, "--tx", "msg-zerocopy,uring-send-zc", "--size", "4K,256K", "--duration",
                                 duration, "--repeats", 1, status=3)
                self.assertEqual(len(rows), 4)
                for row in rows:
                    if row["size"] == 4096:
                        self.assert_sound(row)
                    else:
                        self.assertEqual(row["verdict"], "fail", row["reason"])
                        self.assertRegex(row["reason"], "^tx: .*raise .*RLIMIT_MEMLOCK")

    def test_memory_for_notices_runs_out_under_way(self):
        self.sysctl("a", "net/core/optmem_max", "1024")
        for row in self.rows("--tx", "msg-zerocopy", "--size", "64K", "--verify", "on", status=0):
            self.assert_sound(row)
            self.assertGreater(row["tx_enobufs"], 0)


class Coordinator(HostCase):
    CELLS = (*ENDS, "--tx", "send,msg-zerocopy", "--bytes", "64K", "--repeats", 10)

    def assert_resumed(self, before):
        self.resume(*ENDS[2:])
        run = Run(self.folder + "/r")
        self.assertTrue(run.text().startswith(before))
        self.assertEqual(run.manifest["state"], "complete")
        self.assertEqual(sorted((row["cell"], row["repeat"]) for row in run.rows),
                         [(cell, repeat) for cell in (1, 2) for repeat in range(1, 11)])
        for row in run.rows:
            self.assert_sound(row)
        self.assert_no_agent()

    @need("unshare", "mount")
    def test_disk_full(self):
        disk = self.folder + "/disk"
        os.mkdir(disk)
        script = """
            mount -t tmpfs -o size=512k none "$0" || exit 77
            "$@" & child=$!
            until [ "$(wc -l < "$0/r/samples.csv")" -ge 4 ]; do sleep 0.05; done 2>/dev/null
            dd if=/dev/zero of="$0/fill" bs=1k status=none 2>/dev/null
            wait $child; status=$?
            cp -r "$0/r" "$0/.." && exit $status"""
        done = finish(self.start(*self.CELLS, "--out", disk, before=["unshare", "-m", "--propagation", "private", "bash",
                                                                     "-c", script, disk]))
        if done.status == 77:
            self.skipTest("no tmpfs can be mounted here: " + done.err)
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, "No space left on device")
        self.assertRegex(done.err, "stopped after [0-9]+ of 20 repeats; go on with\n  zcbench run --resume .*--rx-agent 'ssh:b'")
        self.assert_no_agent()
        text = Run(self.folder + "/r").text()
        self.assertGreaterEqual(text.count("\n"), 4)
        self.assertEqual(len({line.count(",") for line in text.splitlines()}), 1, "a row that is not whole")
        self.assert_resumed(text)

    def test_interrupted_twice(self):
        """As a terminal does it: all of its processes hear it."""
        child = self.start(*self.CELLS[:-4], "--duration", 20, "--warmup", 0, "--repeats", 10)
        self.wait_for_agents(child)
        time.sleep(1)
        own = children(child.pid)
        self.assertEqual(len([pid for pid in own if process.command_of(pid).startswith("ssh ")]), 2)
        os.killpg(child.pid, signal.SIGINT)
        time.sleep(0.5)
        self.assertTrue(all(os.path.exists("/proc/%d" % pid) for pid in own), "the first one ended an end's ssh")
        started = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)
        done = finish(child)
        self.assertEqual(done.status, -signal.SIGINT, done)
        self.assertIn("once more to stop at once", done.err)
        self.assert_no_agent()
        wait_for("the end of ssh", lambda: not any(os.path.exists("/proc/%d" % pid) for pid in own), seconds=10)
        self.assertLess(time.monotonic() - started, 15)

    def test_interrupted_twice_between_rows(self):
        """At any moment: each row is whole, and the rest is measured by the resumed run."""
        for patience in (0, 0.2, 0.7):
            with self.subTest(patience=patience):
                self.setUp()
                child = self.start(*self.CELLS)
                run = Run(self.folder + "/r")
                wait_for("two rows", lambda: os.path.exists(run.path("samples.csv")) and run.text().count("\n") > 2, child)
                time.sleep(patience)
                os.killpg(child.pid, signal.SIGINT)
                time.sleep(0.02)
                kill(child.pid, signal.SIGINT)
                done = finish(child)
                self.assertIn(done.status, (0, 130, -signal.SIGINT), done)
                self.assertEqual(done.status == 0, run.manifest["state"] == "complete")
                self.assert_no_agent()
                text = run.text()
                self.assert_resumed(text[:text.rindex("\n") + 1])
