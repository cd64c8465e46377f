# SPDX-License-Identifier: MIT
"""Things break at random in the middle of runs: they are killed or stopped, run out of something, or are
out of reach. Whatever it is: what was measured is kept, a resumed run measures exactly what is missing,
and nothing is left behind.

FAULT_KILLS (preset 25) is how many times each of the random tests breaks something, FAULT_SEED
(preset: drawn) decides what and when; `make check-faults` does so hundreds of times."""
import functools
import os
import random
import signal
import subprocess
import time

from runner import process
from breaking import descendants, fill_disk, interrupt_twice, kill, programs
from cases import Run, agents, children, finish, need, need_root, parse, start, wait_for
from host_case import ENDS, HostCase
from test_clock import Clocked
from test_faults import HOLD_PORTS
from test_keeper import keeper, status_of
from test_resume import Begun, namespaces_of

KILLS = int(os.environ.get("FAULT_KILLS", "25"))
SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10 ** 6))
SECONDS = 2.5 * KILLS  # nothing takes longer, however slow the machine is


class Chaos:
    """Breaks something at random moments, and looks after each at what is there. Mixed into a test that
    says how a run is started, and what can be broken."""

    LONGEST = 1.0

    def look(self, run, complete=False):
        """Every row is whole and there once."""
        text = run.text()
        rows = parse(text[:text.rindex("\n") + 1])
        keys = [(row["cell"], row["repeat"], row["probed"]) for row in rows]
        self.assertEqual(len(keys), len(set(keys)), "a row is there twice; FAULT_SEED=%d" % SEED)
        if complete:
            self.assertEqual(run.manifest["state"], "complete")
            skipped = {row["cell"] for row in rows if row["verdict"] == "skip"}  # and not tried again
            missing = [key for key in self.wanted() if key not in keys]
            self.assertEqual([key for key in missing if key[0] not in skipped], [], "FAULT_SEED=%d" % SEED)
            self.assertEqual([key for key in keys if key not in self.wanted()], [], "FAULT_SEED=%d" % SEED)
            for row in rows:
                if row["verdict"] not in ("fail", "skip"):
                    self.assert_sound(row)
        return rows

    def wanted(self):
        return [(cell, repeat, 0) for cell in range(1, self.cells + 1) for repeat in range(1, self.repeats + 1)]

    def faults(self, child, run):
        """{name: [what does it, and returns whether there was something to break]}"""
        return {"coordinator": [functools.partial(kill, child.pid)],
                "interrupts": [functools.partial(interrupt_twice, child.pid)],
                "disk": [functools.partial(fill_disk, child.pid, run.path("samples.csv"))]}

    def hurt(self, child, run, chance):
        """Breaks something of the run and says what; None when nothing was there."""
        faults = {name: acts for name, acts in self.faults(child, run).items() if acts}
        name = chance.choice(sorted(faults))
        return name if chance.choice(faults[name])() else None

    @staticmethod
    def cut(run, chance):
        """The machine went down, and took the end of samples.csv with it."""
        with open(run.path("samples.csv"), "r+b") as file:
            text = file.read()
            file.truncate(chance.randrange(text.index(b"\n") + 1, len(text) + 1))

    def chaos(self):
        chance = random.Random(SEED)
        end = time.monotonic() + SECONDS
        kills, number, counts, kept = 0, 0, {}, []
        while kills < KILLS and time.monotonic() < end:
            run = Run("%s/r%d" % (self.folder, number))
            begun = os.path.exists(run.path("run.json"))
            child = self.resume_run(run.folder) if begun else self.begin_run("r%d" % number)
            while child.poll() is None and kills < KILLS and time.monotonic() < end:
                time.sleep(chance.uniform(0, self.LONGEST))
                what = child.poll() is None and self.hurt(child, run, chance)
                if what:
                    kills += 1
                    counts[what] = counts.get(what, 0) + 1
                if what in ("coordinator", "interrupts"):
                    break
            if child.poll() is None and kills >= KILLS:
                kill(child.pid)
            done = finish(child)
            self.assertIn(done.status, (0, 1, 3, 4, 130, -9, -2), done)
            if not os.path.exists(run.path("run.json")):
                number += 1
                continue
            rows = self.look(run)
            self.assertEqual(rows[:len(kept)], kept, "what was measured has changed; FAULT_SEED=%d" % SEED)
            kept = rows
            if run.manifest["state"] != "complete" and chance.random() < 0.2:
                self.cut(run, chance)
                counts["cut"] = counts.get("cut", 0) + 1
                kept = self.look(run)
            if run.manifest["state"] == "complete":
                self.look(run, complete=True)
                number, kept = number + 1, []
        self.assertGreater(kills, min(KILLS, 5), counts)
        return counts

    def complete_all(self):
        """Each run that was begun is completed by one resume, and loses nothing by it."""
        for name in sorted(os.listdir(self.folder)):
            run = Run(self.folder + "/" + name)
            if name.startswith("r") and os.path.exists(run.path("run.json")):
                before = self.look(run)
                done = finish(self.resume_run(run.folder))
                self.assertIn(done.status, (0, 3, 4), done)
                self.assertEqual(self.look(run, complete=True)[:len(before)], before)


class Local(Chaos, Clocked):
    """With a wall clock that is stepped while a run goes on."""

    cells, repeats = 6, 4

    def begin_run(self, name):
        return self.keep(start("run", "--out", self.folder, "--run-id", name, "--path", "lo,veth,veth-xdp",
                               "--tx", "send,msg-zerocopy", "--repeats", 4, "--warmup", 0, "--duration", 0.05,
                               "--limit", 2, "--gro", "off", env=self.stepped()))

    def resume_run(self, folder):
        return self.keep(start("run", "--resume", folder, env=self.stepped()))

    def keep(self, child):
        self.addCleanup(self.end, child)
        return child

    def faults(self, child, run):
        own = sorted(agents(child.pid))
        kept = [pid for pid in [keeper(child.pid)] if pid]
        return {**super().faults(child, run), "agent": [functools.partial(kill, pid) for pid in own],
                "keeper": [functools.partial(kill, pid) for pid in kept],
                "stop": [functools.partial(kill, pid, signal.SIGSTOP) for pid in own]}

    @need_root()
    @need("cc")
    def test_random_kills(self):
        home, before = os.readlink("/proc/self/ns/net"), programs()
        counts = self.chaos()
        wait_for("the end of all processes", lambda: not [p for p in process.marked() if "zcbench" in p[2]
                                                          and "tests/run" not in p[2]], seconds=20)
        left = namespaces_of(p[0] for p in process.marked()) - {home}
        self.assertEqual(left, set(), counts)
        # Somebody else's may come and go meanwhile.
        left = programs() - before
        wait_for("the end of all XDP programs", lambda: not left & programs())
        self.complete_all()


class Remote(Chaos, HostCase):
    SHARED = False
    cells, repeats, LONGEST = 4, 3, 1.0
    AGENTS = (*ENDS[2:], "--agent-user", "nobody")  # root may lock what memory it likes

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tight = cls.class_folder + "/tight"
        cls.hosts.install_after('[ -e %s ] && ulimit -l 4' % cls.tight)
        held = subprocess.Popen([*cls.hosts.inside("b"), "python3", "-c", HOLD_PORTS], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, preexec_fn=process.die_with_parent)
        cls.addClassCleanup(held.communicate)
        held.stdout.readline()

    def keep(self, child):
        self.addCleanup(self.end, child)
        return child

    def begin_run(self, name):
        return self.keep(start("run", "--out", self.folder, "--run-id", name, "--path", "hosts", *self.AGENTS,
                               "--tx", "send,msg-zerocopy", "--size", "4K,64K", "--repeats", 3, "--warmup", 0,
                               "--duration", 0.2, "--limit", 1,
                               before=self.hosts.inside("c"), env=self.hosts.environment))

    def resume_run(self, folder):
        return self.keep(start("run", "--resume", folder, *self.AGENTS, before=self.hosts.inside("c"),
                               env=self.hosts.environment))

    def for_a_while(self, name, change, back):
        """One command in a host, and after half a second another."""
        for command in (change, back):
            subprocess.run([*self.hosts.inside(name), *command], check=True, timeout=20)
            if command is change:
                time.sleep(0.5)
        return True

    def set_for_a_while(self, name, key, value):
        was = subprocess.run([*self.hosts.inside(name), "cat", "/proc/sys/" + key], capture_output=True, check=True,
                             text=True, timeout=20).stdout.strip()
        set_to = 'echo "$1" > /proc/sys/$0'
        return self.for_a_while(name, ["sh", "-c", set_to, key, value], ["sh", "-c", set_to, key, was])

    def faults(self, child, run):
        sessions = [p for name in "ab" for p in descendants(self.hosts.children[name].pid)
                    if process.command_of(p).startswith("sshd: root@")]
        own = sorted(self.hosts.agents())
        to = ["dev", "to-a"]
        return {**super().faults(child, run),
                "agent": [functools.partial(kill, pid) for pid in own],
                "stop": [functools.partial(kill, pid, signal.SIGSTOP) for pid in own],
                "ssh": [functools.partial(kill, pid) for pid in sorted(children(child.pid))
                        if process.command_of(pid).startswith("ssh ")],
                "memory": [lambda: self.for_a_while("c", ["touch", self.tight], ["rm", self.tight])],
                "session": [functools.partial(kill, pid) for pid in sorted(sessions)],
                "link": [lambda: self.for_a_while("b", ["ip", "link", "set", *to, "down"], ["ip", "link", "set", *to, "up"])],
                "address": [lambda: self.for_a_while("b", ["ip", "address", "del", "10.77.3.2/24", *to],
                                                     ["ip", "address", "add", "10.77.3.2/24", *to])],
                "ports": [lambda: self.set_for_a_while("b", "net/ipv4/ip_local_port_range", "40000 40001")],
                "notices": [lambda: self.set_for_a_while("a", "net/core/optmem_max", "1")]}

    def test_random_kills(self):
        self.chaos()
        self.assert_no_agent()
        self.complete_all()
        self.assert_no_agent()


class Long(Begun):
    """Hours of quick cells in compressed form: neither the coordinator nor its keeper grows."""

    REPEATS = 1000 if KILLS > 100 else 120  # of six cells each

    @staticmethod
    def state(own):
        return (sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in own),
                sum(int(status_of(pid)["RssAnon"][0]) for pid in own))

    @need_root()
    def test_nothing_grows(self):
        # Bounded by bytes, so that a cell takes as long as its processes and namespaces do.
        child = self.begin("--path", "lo,veth", "--tx", "send,msg-zerocopy,uring-send-zc", "--bytes", "4K",
                           "--size", "4K", "--repeats", self.REPEATS, "--quiet")
        own = (child.pid, wait_for("the keeper", lambda: keeper(child.pid), child))
        total, early, fds, memory = 6 * self.REPEATS, None, [], []
        end = time.monotonic() + 3 * total
        while child.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
            done = self.lines() - 1
            try:
                now = self.state(own)
            except (OSError, KeyError):
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
