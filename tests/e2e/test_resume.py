# SPDX-License-Identifier: MIT
"""Runs that end early keep what they have, leave nothing behind, and can go on."""
import os
import signal
import time

from runner import process
from cases import Case, Run, agents, call, finish, need, need_root, start, wait_for

CELLS = ("--tx", "send,sendmsg", "--size", "4K,64K", "--seed", 5, "--repeats", 2, "--warmup", 0)


def namespaces_of(pids):
    found = set()
    for pid in pids:
        try:
            found.add(os.readlink("/proc/%d/ns/net" % pid))
        except OSError:
            pass
    return found


def namespaces_held():
    """By processes of this test run: the kernel gives the number of a namespace that is gone to
    the next one, whose ever it is."""
    return namespaces_of(pid for pid, _, _ in process.marked())


class Begun(Case):
    """A run that a test does something to."""

    def begin(self, *arguments, before=()):
        child = start("run", "--out", self.folder, "--run-id", "r", *arguments, before=before)
        self.addCleanup(self.end, child)
        self.run_folder = Run(self.folder + "/r")
        return child

    def lines(self):
        try:
            return self.run_folder.text().count("\n")
        except OSError:
            return 0


class Early(Begun):
    def order_without_trouble(self):
        run = self.run_new(*CELLS[:-4], "--repeats", 2, "--warmup", 0, "--duration", 0.002, repeats=2, name="whole")
        return [(r["block"], r["cell"], r["repeat"]) for r in run.rows]

    def assert_complete(self, run):
        done = call("run", "--resume", run.folder)
        self.assertEqual(done.status, 0, done)
        rows = run.rows
        self.assertEqual([(r["block"], r["cell"], r["repeat"]) for r in rows], self.order_without_trouble())
        self.assertEqual(run.manifest["state"], "complete")
        for row in rows:
            self.assert_sound(row)
        again = call("run", "--resume", run.folder)
        self.assertEqual(again.status, 0, again)
        self.assertEqual(run.rows, rows)  # nothing was missing any more

    def test_interrupt(self):
        child = self.begin(*CELLS, "--duration", 0.15)
        wait_for("three rows", lambda: self.lines() >= 4, child)
        child.send_signal(signal.SIGINT)
        done = finish(child)
        self.assertEqual(done.status, 130, done)
        self.assertIn("zcbench run --resume " + self.run_folder.folder, done.err)
        self.assertEqual(self.run_folder.manifest["state"], "interrupted")
        rows = self.run_folder.rows
        self.assertIn(len(rows), range(3, 8))
        for row in rows:  # the repeat that was running was finished, not broken
            self.assert_sound(row)
        self.assert_complete(self.run_folder)
        self.assertEqual(self.run_folder.rows[:len(rows)], rows)

    def test_interrupt_of_the_whole_group_as_a_terminal_does(self):
        child = self.begin(*CELLS, "--duration", 0.15)
        wait_for("a row", lambda: self.lines() >= 2, child)
        os.killpg(child.pid, signal.SIGINT)
        self.assertEqual(finish(child).status, 130)
        for row in self.run_folder.rows:
            self.assert_sound(row)

    def test_terminate(self):
        child = self.begin(*CELLS, "--duration", 0.15)
        wait_for("a row", lambda: self.lines() >= 2, child)
        child.send_signal(signal.SIGTERM)
        done = finish(child)
        self.assertNotEqual(done.status, 0)
        self.assertIn("--resume", done.err)

    def test_second_interrupt_ends_at_once(self):
        child = self.begin("--duration", 20)
        wait_for("agents", lambda: len(agents(child.pid)) == 2, child)
        time.sleep(0.2)
        started = time.monotonic()
        child.send_signal(signal.SIGINT)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        finish(child)
        self.assertLess(time.monotonic() - started, 10)

    @staticmethod
    def both(pids):
        return pids if len(pids) == 2 else None

    def kill_and_look(self, *arguments):
        child = self.begin(*CELLS, "--duration", 0.15, *arguments)
        wait_for("two rows", lambda: self.lines() >= 3, child)
        own = wait_for("agents", lambda: self.both(agents(child.pid)), child)
        namespaces = namespaces_of(own) - {os.readlink("/proc/self/ns/net")}
        child.kill()
        child.wait()
        wait_for("the end of the agents", lambda: not any(os.path.exists("/proc/%d" % p) for p in own), seconds=10)
        wait_for("the end of the namespaces", lambda: not namespaces & namespaces_held(), seconds=10)
        return namespaces

    def test_kill(self):
        self.kill_and_look()
        self.assertGreaterEqual(len(self.run_folder.rows), 2)
        self.assert_complete(self.run_folder)

    @need_root()
    def test_kill_leaves_no_namespace(self):
        namespaces = self.kill_and_look("--path", "veth")
        self.assertEqual(len(namespaces), 2)

    def test_kill_ends_a_stopped_agent_too(self):
        """It cannot see that its input ended."""
        child = self.begin("--duration", 20)
        own = wait_for("agents", lambda: self.both(agents(child.pid)), child)
        time.sleep(0.2)
        os.kill(own[0], signal.SIGSTOP)
        child.kill()
        child.wait()
        wait_for("the end of the agents", lambda: not any(os.path.exists("/proc/%d" % p) for p in own), seconds=10)

    def test_half_a_row_is_measured_again(self):
        self.kill_and_look()
        text = self.run_folder.text()
        whole = text.count("\n")
        for half in ("r,2,1", 'r,2,1,"half a quo', text.splitlines()[1][:200]):
            with open(self.run_folder.path("samples.csv"), "a") as file:
                file.write(half)
            done = call("run", "--resume", self.run_folder.folder, "--dry-run")
            self.assertEqual(done.status, 0, done)
            self.assertEqual(self.lines(), whole)
        with open(self.run_folder.path("samples.csv"), "a") as file:
            file.write("r,2,1")
        self.assert_complete(self.run_folder)

    def test_a_row_of_another_experiment_is_refused(self):
        run = self.run_new("--bytes", "4K")
        text = run.text().replace(",send,recv,", ",sendmsg,recv,")
        with open(run.path("samples.csv"), "w") as file:
            file.write(text)
        done = call("run", "--resume", run.folder)
        self.assertEqual(done.status, 1, done)
        self.assertIn("row 1", done.err)


class Agents(Begun):
    """An agent that ends or hangs costs one row."""

    def spoil_one(self, number, which, *arguments):
        child = self.begin("--size", "4K,8K,16K", "--repeats", 1, "--warmup", 0, "--duration", 0.5, *arguments)
        wait_for("agents", lambda: len(agents(child.pid)) == 2, child)
        time.sleep(0.1)
        os.kill(sorted(agents(child.pid))[which], number)
        done = finish(child)
        self.assertEqual(done.status, 3, done)
        rows = self.run_folder.rows
        self.assertEqual(len(rows), 3)
        self.assertEqual([r["verdict"] for r in rows].count("fail"), 1)
        for row in rows:
            if row["verdict"] != "fail":
                self.assert_sound(row)
        return [r for r in rows if r["verdict"] == "fail"][0]["reason"]

    def test_killed(self):
        for which, role in ((0, "rx"), (1, "tx")):
            with self.subTest(role=role):
                self.setUp()
                reason = self.spoil_one(signal.SIGKILL, which)
                self.assertIn("signal 9", reason)
                self.assertIn(role + " agent", reason)

    def test_stopped(self):
        started = time.monotonic()
        reason = self.spoil_one(signal.SIGSTOP, 1, "--limit", 1)
        self.assertIn("--limit", reason)
        self.assertLess(time.monotonic() - started, 30)


class FullDisk(Begun):
    def assert_told(self, done, text):
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, "No space|too large")
        self.assertIn("--resume", done.err)
        self.assertGreater(text.count("\n"), 1)
        columns = {line.count(",") for line in text.splitlines()}
        self.assertEqual(len(columns), 1, "a row that is not whole")

    def test_file_size_limit(self):
        script = 'ulimit -f %d && exec "$@"' % (24 * 1024 // 1024)
        child = self.begin("--bytes", "4K", "--repeats", 60, before=["bash", "-c", script, "bash"])
        done = finish(child)
        self.assert_told(done, self.run_folder.text())
        before = len(self.run_folder.rows)
        done = call("run", "--resume", self.run_folder.folder)
        self.assertEqual(done.status, 0, done)
        rows = self.run_folder.rows
        self.assertGreater(len(rows), before)
        self.assertEqual([r["repeat"] for r in rows], list(range(1, 61)))

    @need_root()
    @need("unshare", "mount")
    def test_full_file_system(self):
        """In a mount namespace of its own, so that the mount goes with the process."""
        disk = self.folder + "/disk"
        os.mkdir(disk)
        script = """
            mount -t tmpfs -o size=256k none "$0" || exit 77
            "$@" & child=$!
            until [ "$(wc -l < "$0/r/samples.csv")" -ge 3 ]; do sleep 0.05; done 2>/dev/null
            dd if=/dev/zero of="$0/fill" bs=1k status=none 2>/dev/null
            wait $child; status=$?
            cp "$0/r/samples.csv" "$0/.." && exit $status"""
        child = start("run", "--out", disk, "--run-id", "r", "--bytes", "4K", "--repeats", 100,
                      before=["unshare", "-m", "--propagation", "private", "bash", "-c", script, disk])
        self.addCleanup(self.end, child)
        done = finish(child)
        if done.status == 77:
            self.skipTest("no tmpfs can be mounted here: " + done.err)
        with open(self.folder + "/samples.csv", newline="") as file:
            self.assert_told(done, file.read())
