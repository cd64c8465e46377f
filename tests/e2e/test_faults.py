# SPDX-License-Identifier: MIT
"""Things break in the middle of runs. Whatever it is: what was measured is kept, a resumed run
measures exactly what is missing, and nothing is left behind.

FAULT_KILLS (preset 25) is how many times each of the random tests kills something, FAULT_SEED
(preset: drawn) decides what and when; `make check-faults` kills hundreds of times."""
import os
import random
import signal
import subprocess
import time
import unittest

from runner import process
from cases import Run, agents, call, children, finish, need_root, start, wait_for
from test_hosts import ENDS, HostCase
from test_resume import Begun, namespaces_of

KILLS = int(os.environ.get("FAULT_KILLS", "25"))
SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10 ** 6))
SECONDS = 2.5 * KILLS  # nothing takes longer, however slow the machine is


def descendants(pid):
    found = children(pid)
    for child in found:
        found = found + descendants(child)
    return found


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


class Chaos:
    """Kills at random moments, and looks after each at what is there. Mixed into a test that says
    how a run is started, what may be killed, and what ends with the coordinator."""

    CELLS = ()
    LONGEST = 1.0

    def look(self, run, complete=False):
        """Every row is whole and there once."""
        text = run.text()
        rows = run.rows if text.endswith("\n") else Run.rows.fget(run)[:-1]
        keys = [(row["cell"], row["repeat"], row["probed"]) for row in rows]
        self.assertEqual(len(keys), len(set(keys)), "a row is there twice; FAULT_SEED=%d" % SEED)
        if complete:
            self.assertEqual(run.manifest["state"], "complete")
            self.assertEqual(sorted(keys), sorted(self.wanted()), "FAULT_SEED=%d" % SEED)
            for row in rows:
                if row["verdict"] != "fail":
                    self.assert_sound(row)
        return rows

    def wanted(self):
        return [(cell, repeat, 0) for cell in range(1, self.cells + 1) for repeat in range(1, self.repeats + 1)]

    def hurt(self, child, chance):
        """Kills something of the run and says what; None when nothing was there."""
        victims = self.victims(child)
        names = sorted(name for name, pids in victims.items() if pids)
        if not names:
            return None
        name = chance.choice(names)
        pid = chance.choice(sorted(victims[name]))
        if name == "interrupts":
            return name if kill(pid, signal.SIGINT) and (time.sleep(0.05) or kill(pid, signal.SIGINT)) else None
        return name if kill(pid) else None

    def chaos(self):
        chance = random.Random(SEED)
        end = time.monotonic() + SECONDS
        kills, number, counts, kept, seen = 0, 0, {}, [], set()
        while kills < KILLS and time.monotonic() < end:
            run = Run("%s/r%d" % (self.folder, number))
            begun = os.path.exists(run.path("run.json"))
            child = self.resume_run(run.folder) if begun else self.begin_run("r%d" % number)
            while child.poll() is None and kills < KILLS and time.monotonic() < end:
                time.sleep(chance.uniform(0, self.LONGEST))
                seen.update(process_of[0] for process_of in self.remote())
                what = child.poll() is None and self.hurt(child, chance)
                if what:
                    kills += 1
                    counts[what] = counts.get(what, 0) + 1
                if what in ("coordinator", "interrupts"):
                    break
            if child.poll() is None and kills >= KILLS:
                kill(child.pid)
            done = finish(child)
            self.assertIn(done.status, (0, 1, 3, 130, -9, -2), done)
            if not os.path.exists(run.path("run.json")):
                number += 1
                continue
            rows = self.look(run)
            self.assertEqual(rows[:len(kept)], kept, "what was measured has changed; FAULT_SEED=%d" % SEED)
            kept = rows
            if run.manifest["state"] == "complete":
                self.look(run, complete=True)
                number, kept = number + 1, []
        self.assertGreater(kills, min(KILLS, 5), counts)
        return run, counts

    def complete_all(self, last):
        """Each run that was begun is completed by one resume, and loses nothing by it."""
        for name in sorted(os.listdir(self.folder)):
            run = Run(self.folder + "/" + name)
            if name.startswith("r") and os.path.exists(run.path("run.json")):
                before = self.look(run)
                done = finish(self.resume_run(run.folder))
                self.assertIn(done.status, (0, 3), done)
                self.assertEqual(self.look(run, complete=True)[:len(before)], before)

    def remote(self):
        return []


class Local(Chaos, Begun):
    cells, repeats = 6, 4

    def begin_run(self, name):
        return self.keep(start("run", "--out", self.folder, "--run-id", name, "--path", "lo,veth,veth-xdp",
                               "--tx", "send,msg-zerocopy", "--repeats", 4, "--warmup", 0, "--duration", 0.05,
                               "--limit", 2, "--gro", "off"))

    def resume_run(self, folder):
        return self.keep(start("run", "--resume", folder))

    def keep(self, child):
        self.addCleanup(self.end, child)
        return child

    def victims(self, child):
        return {"coordinator": [child.pid], "interrupts": [child.pid], "agent": agents(child.pid)}

    @need_root()
    def test_random_kills(self):
        home = os.readlink("/proc/self/ns/net")
        last, counts = self.chaos()
        wait_for("the end of all processes", lambda: not [p for p in process.marked() if "zcbench" in p[2]
                                                          and "tests/run" not in p[2]], seconds=20)
        left = namespaces_of(p[0] for p in process.marked()) - {home}
        self.assertEqual(left, set(), counts)
        self.complete_all(last)


class Remote(Chaos, HostCase):
    cells, repeats, LONGEST = 4, 3, 1.5

    def keep(self, child):
        self.addCleanup(self.end, child)
        return child

    def begin_run(self, name):
        return self.keep(start("run", "--out", self.folder, "--run-id", name, *ENDS, "--tx", "send,msg-zerocopy",
                               "--size", "4K,64K", "--repeats", 3, "--warmup", 0, "--duration", 0.2, "--limit", 2,
                               before=self.hosts.inside("c"), env=self.hosts.environment))

    def resume_run(self, folder):
        return self.keep(start("run", "--resume", folder, *ENDS[2:], before=self.hosts.inside("c"),
                               env=self.hosts.environment))

    def victims(self, child):
        sessions = [p for name in "ab" for p in descendants(self.hosts.children[name].pid)
                    if process.command_of(p).startswith("sshd: root@")]
        return {"coordinator": [child.pid], "interrupts": [child.pid], "agent": self.hosts.agents(),
                "ssh": [p for p in children(child.pid) if process.command_of(p).startswith("ssh ")],
                "session": sessions}

    def remote(self):
        return [(pid,) for pid in self.hosts.agents()]

    def test_random_kills(self):
        last, counts = self.chaos()
        self.assert_no_agent()
        self.complete_all(last)
        self.assert_no_agent()


class One(HostCase):
    """One thing at a time, in the middle of a cell."""

    WINDOW = ("--size", "4K,64K", "--repeats", 2, "--warmup", 0, "--duration", 1.5, "--limit", 3)

    def begin(self, *arguments):
        child = self.start(*ENDS, *self.WINDOW, *arguments)
        self.run_of = Run(self.folder + "/r")
        wait_for("both agents", lambda: self.hosts.agents("a") and self.hosts.agents("b"), child)
        time.sleep(0.7)
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
        time.sleep(4)
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

    def sysctl(self, name, key, value):
        """Of the namespace of that host, and of no other."""
        command = [*self.hosts.inside(name), "sh", "-c", 'cat "$0"; echo "$1" > "$0"', "/proc/sys/" + key, value]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        if done.returncode or not done.stdout:
            self.skipTest("%s is not a namespace's own here: %s" % (key, done.stderr))
        self.addCleanup(subprocess.run, [*command[:-1], done.stdout.strip()], stdout=subprocess.DEVNULL, timeout=20)

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


class Long(Begun):
    """Hours of quick cells in compressed form: the coordinator grows by nothing."""

    REPEATS = 1000 if KILLS > 100 else 120  # of six cells each

    def state(self, child):
        with open("/proc/%d/status" % child.pid) as file:
            memory = [int(line.split()[1]) for line in file if line.startswith("RssAnon")][0]
        return len(os.listdir("/proc/%d/fd" % child.pid)), memory

    @need_root()
    def test_nothing_grows(self):
        # Bounded by bytes, so that a cell takes as long as its processes and namespaces do.
        child = self.begin("--path", "lo,veth", "--tx", "send,msg-zerocopy,uring-send-zc", "--bytes", "4K",
                           "--size", "4K", "--repeats", self.REPEATS, "--quiet")
        total, early, fds, memory = 6 * self.REPEATS, None, [], []
        end = time.monotonic() + 3 * total
        while child.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
            done = self.lines() - 1
            try:
                now = self.state(child)
            except (OSError, IndexError):
                break
            if done > total / 3 and early is None:
                early = now
            if early:
                fds.append(now[0])
                memory.append(now[1])
        self.assertEqual(finish(child).status, 0)
        self.assertEqual(len(self.run_folder.rows), total)
        # A repeat has its own while it lasts: the least of many readings is what stays.
        half = len(fds) // 2
        self.assertGreater(half, 2)
        self.assertLessEqual(min(fds[half:]), min(fds[:half]))
        self.assertLessEqual(min(memory[half:]), min(memory[:half]) + 64, "KiB")


class Spoiled(Begun):
    """A samples.csv that is not what was written is refused, and left as it is; nothing is lost."""

    def spoil(self, change):
        run = self.run_new("--bytes", "4K", "--size", "4K,8K", repeats=3)
        with open(run.path("samples.csv"), "rb") as file:
            whole = file.read()
        spoiled = change(whole)
        with open(run.path("samples.csv"), "wb") as file:
            file.write(spoiled)
        done = call("run", "--resume", run.folder)
        with open(run.path("samples.csv"), "rb") as file:
            return run, spoiled, done, file.read()

    def test_refused(self):
        def line(n, change):
            def apply(data):
                lines = data.split(b"\n")
                lines[n] = change(lines[n])
                return b"\n".join(lines)
            return apply
        for name, change in (("garbage in the middle", line(2, lambda text: os.urandom(200).replace(b"\n", b"x"))),
                             ("a comma less", line(3, lambda text: text.replace(b",", b"", 1))),
                             ("a number that is none", line(2, lambda text: text.replace(b",4096,", b",4o96,", 1))),
                             ("a cell that is none", line(2, lambda text: text.replace(b"r,1,", b"r,1,9", 1))),
                             ("NUL bytes", line(2, lambda text: b"\0" * len(text))),
                             ("another header", line(0, lambda text: text.replace(b"size", b"sise")))):
            with self.subTest(name=name):
                self.setUp()
                run, spoiled, done, after = self.spoil(change)
                self.assertEqual(done.status, 1, done)
                self.assertRegex(done.err, "samples.csv")
                self.assertEqual(after, spoiled)

    def test_a_row_twice(self):
        """Copied by hand, or by a file system: it is neither measured again nor written again."""
        run, spoiled, done, after = self.spoil(lambda data: data + data.split(b"\n")[1] + b"\n")
        self.assertIn(done.status, (0, 1), done)
        self.assertEqual(after, spoiled)

    def test_cut(self):
        """At any byte: whole rows stay, the rest is measured again."""
        chance = random.Random(SEED)
        for _ in range(8):
            self.setUp()
            cut = []

            def change(data):
                head = data.index(b"\n") + 1
                cut.append(data[:chance.randrange(0, len(data)) if chance.random() < 0.2
                                else chance.randrange(head, len(data))])
                return cut[0]
            run, spoiled, done, after = self.spoil(change)
            self.assertEqual(done.status, 0, "%s FAULT_SEED=%d" % (done, SEED))
            self.assertTrue(after.startswith(spoiled[:spoiled.rfind(b"\n") + 1]))
            keys = [(row["cell"], row["repeat"]) for row in run.rows]
            self.assertEqual(sorted(keys), [(c, r) for c in (1, 2) for r in (1, 2, 3)], "FAULT_SEED=%d" % SEED)


if __name__ == "__main__":
    unittest.main()
