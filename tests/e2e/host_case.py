# SPDX-License-Identifier: MIT
"""What tests of runs between hosts share: the hosts (see hosts.py), and a coordinator on one of its own."""
import os
import subprocess
import unittest

import hosts
from cases import Case, Run, finish, start, wait_for

ENDS = ("--path", "hosts", "--tx-agent", "ssh:a", "--rx-agent", "ssh:b", "--rx-address", "10.77.3.2")
QUICK = ("--bytes", "256K", "--repeats", 1)


class HostCase(Case):
    SHARED = True  # False: each agent has an ssh connection of its own, which a test can break

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = hosts.missing()
        if reason:
            raise unittest.SkipTest(reason)
        folder = cls.class_folder + "/hosts"
        os.mkdir(folder)
        cls.hosts = hosts.Hosts(folder, cls.SHARED)
        cls.addClassCleanup(cls.hosts.close)

    def start(self, *arguments, before=(), **options):
        """zcbench run as the coordinator, which is on a host of its own."""
        options.setdefault("env", self.hosts.environment)
        child = start("run", "--out", self.folder, "--run-id", "r", *arguments,
                      before=[*self.hosts.inside("c"), *before], **options)
        self.addCleanup(self.end, child)
        return child

    def run_hosts(self, *arguments, status=0, **options):
        done = finish(self.start(*arguments, **options))
        self.assertEqual(done.status, status, done)
        run = Run(self.folder + "/r")
        run.done = done
        return run

    def resume(self, *arguments, status=0):
        done = finish(start("run", "--resume", self.folder + "/r", *arguments, before=self.hosts.inside("c"),
                            env=self.hosts.environment))
        self.assertEqual(done.status, status, done)
        return done

    def sysctl(self, name, key, value):
        """Of the namespace of that host, and of no other."""
        command = [*self.hosts.inside(name), "sh", "-c", 'cat "$0"; echo "$1" > "$0"', "/proc/sys/" + key, value]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        if done.returncode or not done.stdout:
            self.skipTest("%s is not a namespace's own here: %s" % (key, done.stderr))
        self.addCleanup(subprocess.run, [*command[:-1], done.stdout.strip()], stdout=subprocess.DEVNULL, timeout=20)

    def wait_for_agents(self, child):
        """Those of the first repeat: until there is a samples.csv they are only asked for facts."""
        wait_for("both agents", lambda: os.path.exists(self.folder + "/r/samples.csv") and self.hosts.agents("a")
                 and self.hosts.agents("b"), child)

    def assert_no_agent(self):
        wait_for("the end of all agents", lambda: not self.hosts.agents(), seconds=20)
