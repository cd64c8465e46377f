# SPDX-License-Identifier: MIT
"""A run as root: the coordinator has no privilege, its keeper has them, and neither leaves anything behind."""
import os
import shutil
import signal
import time

from runner import process
from cases import Case, Run, agents, call, children, finish, need_root, wait_for
from test_resume import Begun, namespaces_of

VETH = ("--path", "veth", "--tx", "send", "--warmup", 0)
STRANGER = 64321  # a user who is nobody else here


def status_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return {key: value.split() for key, value in (line.rstrip("\n").split(":", 1) for line in file)}


def keeper(pid):
    for child in children(pid):
        try:
            if status_of(child)["Name"] == ["zcbench-keeper"]:
                return child
        except OSError:
            pass
    return None


def both_agents(child):
    return wait_for("both agents", lambda: agents(child.pid) if len(agents(child.pid)) == 2 else None, child)


def left():
    return [p for p in process.marked() if "zcbench" in p[2] and "tests/run" not in p[2]]


@need_root()
class Root(Begun):
    def setUp(self):
        super().setUp()
        self.others = left()

    def assert_nothing_left(self):
        wait_for("the end of all processes", lambda: [p for p in left() if p not in self.others] == [], seconds=20)
        home = os.readlink("/proc/self/ns/net")
        self.assertEqual(namespaces_of(p[0] for p in process.marked()) - {home}, set())

    def test_no_privilege(self):
        child = self.begin(*VETH, "--duration", 1, "--repeats", 1)
        own = both_agents(child)
        told = status_of(child.pid)
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(told[name][0], 16), 0, name)
        self.assertEqual(told["NoNewPrivs"], ["1"])
        self.assertEqual(set(told["Uid"] + told["Gid"]), {"65534"})
        self.assertEqual(told["Groups"], [])
        for pid in own + [keeper(child.pid)]:
            self.assertEqual(status_of(pid)["Uid"][1], "0")
        done = finish(child)
        self.assertEqual(done.status, 0, done)
        self.assert_sound(self.run_folder.rows[0])
        self.assertEqual(os.stat(self.run_folder.path("run.json")).st_uid, 0)
        self.assert_nothing_left()

    def test_keeper_sleeps(self):
        child = self.begin(*VETH, "--duration", 2, "--repeats", 1)
        both_agents(child)
        time.sleep(0.5)
        seen = [[status_of(keeper(child.pid))[name] for name in
                 ("State", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")]
                for _ in range(2) if not time.sleep(0.4)]
        self.assertEqual(seen[0][0][0], "S")
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(finish(child).status, 0)

    def test_coordinator_killed(self):
        for options in ((), ("--agent-user", "nobody")):
            with self.subTest(options=options):
                self.setUp()
                child = self.begin(*VETH, "--duration", 20, "--repeats", 1, *options)
                own = both_agents(child) + [keeper(child.pid)]
                time.sleep(0.3)
                os.kill(own[0], signal.SIGSTOP)  # that one does not see that its pipe ends
                child.kill()
                finish(child)
                wait_for("the end of the agents and the keeper",
                         lambda: not [pid for pid in own if os.path.exists("/proc/%d" % pid)])
                self.assert_nothing_left()

    def test_keeper_killed(self):
        child = self.begin(*VETH, "--size", "4K,64K", "--duration", 0.5, "--repeats", 3)
        wait_for("two rows", lambda: self.lines() >= 3, child)
        both_agents(child)
        os.kill(keeper(child.pid), signal.SIGKILL)
        done = finish(child)
        self.assertEqual(done.status, 1, done)
        self.assertIn("the keeper, ", done.err)
        self.assertEqual(done.err.count("keeper"), 1, done)
        self.assertIn("zcbench run --resume " + self.run_folder.folder, done.err)
        self.assert_nothing_left()
        rows = self.run_folder.rows
        self.assertIn(len(rows), (2, 3))
        for row in rows:
            self.assert_sound(row)
        done = call("run", "--resume", self.run_folder.folder)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.run_folder.rows[:len(rows)], rows)
        self.assertEqual(len(self.run_folder.rows), 6)

    def test_hanging_agent_of_another_user(self):
        child = self.begin(*VETH, "--duration", 1, "--repeats", 1, "--limit", 2, "--agent-user", "nobody")
        own = both_agents(child)
        time.sleep(0.5)
        os.kill(own[0], signal.SIGSTOP)
        done = finish(child)
        self.assertEqual(done.status, 3, done)
        self.assertIn("--limit", self.run_folder.rows[0]["reason"])
        self.assert_nothing_left()


@need_root()
class Folders(Case):
    """Of somebody else, whom only root may pass by."""

    def setUp(self):
        super().setUp()
        self.home = self.folder + "/home"
        os.mkdir(self.home)
        self.experiment = self.home + "/mine.yaml"
        with open(self.experiment, "w") as file:
            file.write("tx: [send]\nsize: [4K, 64K]\nbytes: 64K\nrepeats: 2\nprobes: off\n")
        os.chmod(self.experiment, 0o600)
        self.give_away(self.home, self.experiment)
        os.chmod(self.home, 0o700)

    @staticmethod
    def give_away(*paths):
        for path in paths:
            os.chown(path, STRANGER, STRANGER)

    def test_new_run(self):
        csv = self.home + "/copy.csv"
        done = call("run", self.experiment, "--out", self.home + "/results", "--run-id", "r", "--csv", csv)
        self.assertEqual(done.status, 0, done)
        run = Run(self.home + "/results/r")
        self.assertEqual(len(run.rows), 4)
        self.assertEqual(run.manifest["state"], "complete")
        self.assertIn("The samples are in " + run.path("samples.csv"), done.out)
        with open(csv) as file:
            self.assertEqual(file.read(), run.text())

    def test_resume(self):
        done = call("run", self.experiment, "--out", self.home, "--run-id", "r")
        self.assertEqual(done.status, 0, done)
        run = Run(self.home + "/r")
        whole = run.text()
        with open(run.path("samples.csv"), "w") as file:
            file.write("".join(whole.splitlines(True)[:3]) + "half a row")
        self.give_away(run.folder, *(run.path(name) for name in os.listdir(run.folder)))
        os.chmod(run.folder, 0o700)
        done = call("run", "--resume", run.folder)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(run.rows), 4)
        self.assertTrue(run.text().startswith("".join(whole.splitlines(True)[:3])))
        self.assertEqual(run.manifest["state"], "complete")

    def test_a_link_is_not_followed(self):
        """Who may write into the folder shall not choose what root writes to."""
        done = call("run", self.experiment, "--out", self.home, "--run-id", "r")
        self.assertEqual(done.status, 0, done)
        precious = self.folder + "/precious"
        for name in ("samples.csv", "run.json.new"):
            with self.subTest(name=name):
                shutil.copy(self.home + "/r/samples.csv", precious)
                with open(precious) as file:
                    before = file.read()
                if os.path.exists(self.home + "/r/" + name):
                    os.unlink(self.home + "/r/" + name)
                os.symlink(precious, self.home + "/r/" + name)
                done = call("run", "--resume", self.home + "/r")
                self.assertEqual(done.status, 1, done)
                with open(precious) as file:
                    self.assertEqual(file.read(), before)
                os.unlink(self.home + "/r/" + name)
                shutil.copy(precious, self.home + "/r/samples.csv")
