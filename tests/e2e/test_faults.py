# SPDX-License-Identifier: MIT
"""One thing at a time breaks in the middle of a cell: the sentence that says so, and what is kept."""
import os
import signal
import subprocess
import time

from runner import process
from cases import Run, children, finish, wait_for
from host_case import ENDS, HostCase


class One(HostCase):
    """One thing at a time, in the middle of a cell."""

    SHARED = False

    WINDOW = ("--size", "4K,64K", "--repeats", 2, "--warmup", 0, "--duration", 1, "--limit", 2)

    def begin(self, *arguments):
        child = self.start(*ENDS, *self.WINDOW, *arguments)
        self.run_of = Run(self.folder + "/r")
        self.wait_for_agents(child)
        time.sleep(0.4)
        return child

    def rows_after(self, child, status):
        done = finish(child)
        self.assertEqual(done.status, status, done)
        rows = self.run_of.rows
        self.assertEqual(len(rows), 4, done)
        for row in rows:
            if row["verdict"] != "fail":
                self.assert_sound(row)
        self.assert_no_agent()
        return [row["reason"] for row in rows if row["verdict"] == "fail"]

    def test_receiver_stopped(self):
        child = self.begin()
        os.kill(self.hosts.agents("b")[0], signal.SIGSTOP)
        reasons = self.rows_after(child, 3)
        self.assertEqual(len(reasons), 1)
        self.assertIn("--limit", reasons[0])

    def test_agent_killed(self):
        for name, role in (("a", "tx"), ("b", "rx")):
            with self.subTest(role=role):
                self.setUp()
                child = self.begin()
                os.kill(self.hosts.agents(name)[0], signal.SIGKILL)
                reasons = self.rows_after(child, 3)
                self.assertEqual(len(reasons), 1)
                self.assertIn(role + " agent", reasons[0])

    def test_ssh_dropped(self):
        child = self.begin()
        os.kill([p for p in children(child.pid) if process.command_of(p).startswith("ssh ")][0], signal.SIGKILL)
        self.assertEqual(len(self.rows_after(child, 3)), 1)

    def test_interface_down_and_up(self):
        """TCP survives it: the row is slow, not wrong."""
        child = self.begin()
        self.hosts.ip("b", "link", "set", "to-a", "down")
        time.sleep(0.3)
        self.hosts.ip("b", "link", "set", "to-a", "up")
        done = finish(child)
        self.assertIn(done.status, (0, 3), done)
        rows = self.run_of.rows
        self.assertEqual(len(rows), 4)
        self.assertLessEqual([row["verdict"] for row in rows].count("fail"), 1)
        for row in rows:
            if row["verdict"] != "fail":
                self.assert_sound(row)

    def test_host_gone_and_back(self):
        """Out of reach for a while: no row says so, the cell is measured when the host is back."""
        child = self.begin("--quiet")
        self.hosts.ip("b", "link", "set", "to-c", "down")
        self.addCleanup(self.hosts.ip, "b", "link", "set", "to-c", "up")
        os.kill([p for p in children(child.pid) if process.command_of(p).startswith("ssh ")][-1], signal.SIGKILL)
        time.sleep(2)
        self.hosts.ip("b", "link", "set", "to-c", "up")
        self.assertLessEqual(len(self.rows_after(child, 3)), 1)

    def test_interrupted_and_resumed_with_other_ends(self):
        child = self.begin()
        child.send_signal(signal.SIGINT)
        done = finish(child)
        self.assertEqual(done.status, 130, done)
        command = [line for line in done.err.splitlines() if "--resume" in line][0].strip()
        self.assertEqual(command, "zcbench run --resume %s --tx-agent 'ssh:a' --rx-agent 'ssh:b' --rx-address "
                                  "'10.77.3.2'" % self.run_of.folder)
        before = self.run_of.text()
        self.assertIn("--tx-agent ssh:a", self.resume(status=1).err)
        self.assertIn("--rx-agent ssh:b", self.resume(*ENDS[2:4], *ENDS[6:], status=1).err)
        self.assertEqual(self.run_of.text(), before)
        self.resume(*ENDS[2:])
        self.assertEqual(len(self.run_of.rows), 4)
        self.assertTrue(self.run_of.text().startswith(before))

    def test_ports_taken(self):
        for name, pattern in (("a", "10.77.3.2.*ip_local_port_range"), ("b", "listening.*ip_local_port_range")):
            with self.subTest(name=name):
                self.setUp()
                self.sysctl(name, "net/ipv4/ip_local_port_range", "40000 40001")
                holder = subprocess.Popen([*self.hosts.inside(name), "python3", "-c", HOLD_PORTS], text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          preexec_fn=process.die_with_parent)
                self.addCleanup(self.release, holder)
                self.assertEqual(holder.stdout.readline(), "held\n")
                row = self.run_hosts(*ENDS, "--bytes", "4K", "--repeats", 1, status=3).rows[0]
                self.assertEqual(row["verdict"], "fail")
                self.assertRegex(row["reason"], pattern)
                self.release(holder)
                self.doCleanups()

    @staticmethod
    def release(holder):
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()

    def test_memory_for_notices_exhausted(self):
        """A skip that names the sysctl, of the sender's host."""
        self.sysctl("a", "net/core/optmem_max", "1")
        row = self.run_hosts(*ENDS, "--tx", "msg-zerocopy", "--bytes", "1M", "--size", "16K", "--repeats", 1,
                             status=4).rows[0]
        self.assertIn("net.core.optmem_max", row["reason"])


# Listeners on every port that the kernel may pick, of every address, or one of them is free.
HOLD_PORTS = """
import socket, sys
held = []
for port in (40000, 40001):
    for address in ("0.0.0.0",):
        s = socket.socket()
        s.bind((address, port))
        s.listen()
        held.append(s)
print("held", flush=True)
sys.stdin.read()
"""
