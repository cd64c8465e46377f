# SPDX-License-Identifier: MIT
"""The fleet: the Ansible role over pairs of hosts (see hosts.py), and the comparison of their runs."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from runner import process
from cases import TREE, ZCBENCH, Case, Run, call, need, wait_for
from host_case import HostCase

FLEET = TREE + "/harness/fleet"


class Playbook(HostCase):
    def setUp(self):
        super().setUp()
        self.inventory(forth=("a", "b", "10.77.3.2"), back=("b", "a", "10.77.3.1"))

    def inventory(self, **pairs):
        with open(self.folder + "/inventory.json", "w") as file:
            json.dump({"zcbench_pairs": {
                "hosts": {name: dict(zip(("zcbench_tx", "zcbench_rx", "zcbench_rx_address"), pair))
                          for name, pair in pairs.items()},
                "vars": {"zcbench_program": os.path.realpath(ZCBENCH), "zcbench_out": self.folder + "/out",
                         "zcbench_experiment": self.folder + "/x.yaml", "zcbench_pause": 0,
                         "zcbench_ssh": "ssh -F %s/ssh_config" % self.hosts.folder}}}, file)
        with open(self.folder + "/x.yaml", "w") as file:
            file.write("size: [4K, 64K]\ntx: [send, msg-zerocopy]\nrepeats: 2\nwarmup: 0\nduration: 0.2\n")

    def begin(self, *arguments):
        environment = dict(os.environ, ANSIBLE_HOME=self.folder + "/ansible", ANSIBLE_NOCOLOR="1",
                           ANSIBLE_LOCAL_TEMP=self.folder + "/ansible/tmp", ANSIBLE_LOCALHOST_WARNING="0")
        child = subprocess.Popen([*self.hosts.inside("c"), "ansible-playbook", "-i", self.folder + "/inventory.json",
                                  FLEET + "/playbook.yml", *arguments], env=environment, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 start_new_session=True, preexec_fn=process.die_with_parent)
        self.addCleanup(self.stop, child)
        return child

    @staticmethod
    def stop(child):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        child.stdout.close()

    def play(self, *arguments, status=0):
        child = self.begin(*arguments)
        output = child.communicate(timeout=200)[0]
        self.assertEqual(child.returncode, status, output)
        return output

    def assert_pair(self, name):
        run = Run("%s/out/fleet-%s" % (self.folder, name))
        self.assertEqual(run.manifest["state"], "complete")
        self.assertEqual(len(run.rows), 8)
        for row in run.rows:
            self.assert_sound(row)
        return run

    @need("ansible-playbook")
    def test_pairs_take_turns(self):
        self.hosts.install("#!/bin/sh\nexit 5\n")  # the role brings its own
        self.addCleanup(self.hosts.install)
        self.addCleanup(shutil.rmtree, self.hosts.folder + "/home/.local", ignore_errors=True)
        output = self.play("-e", "zcbench_report=false")
        self.assertRegex(output, "too few to say")
        spans = []
        for name in ("forth", "back"):
            times = sorted(row["started_at"] for row in self.assert_pair(name).rows)
            spans.append((times[0], times[-1]))
        spans.sort()
        self.assertLess(spans[0][1], spans[1][0], "two pairs used the same machines at the same time")

    @need("ansible-playbook")
    def test_goes_on(self):
        """The whole engine is killed; begun again it measures what is missing."""
        only = ("-e", "zcbench_report=false", "-e", "zcbench_push=false", "--limit", "forth")
        child = self.begin(*only)
        run = Run(self.folder + "/out/fleet-forth")
        wait_for("two rows", lambda: os.path.exists(run.path("samples.csv")) and run.text().count("\n") > 2, child, 60)
        os.killpg(child.pid, signal.SIGKILL)
        for pid, _, command in process.marked():
            if "fleet-forth" in command:
                os.kill(pid, signal.SIGKILL)
        self.stop(child)
        self.assert_no_agent()
        before = run.text()
        before = before[:before.rfind("\n") + 1]
        time.sleep(0.2)
        self.play(*only)
        self.assertTrue(self.assert_pair("forth").text().startswith(before))

    @need("ansible-playbook")
    def test_what_cannot_begin(self):
        self.inventory(lost=("a", "nobody-there", "10.77.3.2"))
        output = self.play("-e", "zcbench_push=false", status=2)
        self.assertRegex(output, "nobody-there")
        self.assertFalse(os.path.exists(self.folder + "/out/fleet-lost"))


class Compare(Case):
    """Copies of one run, whose figures a test makes better or worse."""

    def copy(self, model, name, factor, change=None):
        folder = "%s/%s" % (self.folder, name)
        os.mkdir(folder)
        manifest = dict(model.manifest, run_id=name)
        if change:
            change(manifest)
        with open(folder + "/run.json", "w") as file:
            json.dump(manifest, file)
        with open(model.path("samples.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        with open(folder + "/samples.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            for row in rows:
                row["run_id"] = name
                row["host_steal_ns"] = "0"
                row["rx_bytes"] = str(int(int(row["rx_bytes"]) * factor))
                row["goodput_bytes_per_s"] = repr(float(row["goodput_bytes_per_s"]) * factor)
                writer.writerow(row)
        return folder

    def compare(self, factors, change=None):
        model = self.run_new("--size", "4K,64K", "--bytes", "4M", repeats=3, name="model")
        folders = [self.copy(model, "h%d" % i, factor, change if i == 0 else None)
                   for i, factor in enumerate(factors)]
        done = call("fleet", *folders)
        self.assertEqual(done.status, 0, done)
        return done.out

    def test_one_is_slow(self):
        out = self.compare((1.02, 0.98, 1.0, 1.01, 0.6, 0.99, 1.03))
        self.assertRegex(out, r"h4 differs in 2 figures\n +0.60 of the usual goodput: ")
        self.assertNotRegex(out, "h[0-35-6] differs")

    def test_none_is(self):
        self.assertIn("none differs", self.compare((1.02, 0.98, 1.0, 1.01, 0.97, 0.99, 1.03)))
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)
        self.assertIn("none differs", self.compare((1.0,) * 5 + (1.02,)))  # an even fleet accuses nobody

    def test_unlike_hosts_are_no_peers(self):
        def other(manifest):
            manifest["host"] = dict(manifest["host"], kernel=dict(manifest["host"]["kernel"], release="7.7.7"))
        out = self.compare((0.5, 1.0, 1.01, 0.99, 1.0, 1.02), other)
        self.assertRegex(out, r"1 runs of .*Linux 7\.7\.7.*\n  too few")
        self.assertIn("none differs", out)

    def test_what_is_no_run(self):
        done = call("fleet", self.folder + "/nothing")
        self.assertEqual(done.status, 1, done)
        self.assertIn("nothing", done.err)
        run = self.run_new("--bytes", "4K")
        self.assertEqual(call("fleet", run.folder, run.folder).status, 1)


if __name__ == "__main__":
    unittest.main()
