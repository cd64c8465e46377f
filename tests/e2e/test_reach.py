# SPDX-License-Identifier: MIT
"""Hosts that are not reached, or do not answer as zcbench does."""
import os
import shutil

from cases import ZCBENCH, call, finish
from host_case import ENDS, QUICK, HostCase


class Reach(HostCase):
    """What can be wrong before the first row is said at once, and leaves no run behind."""

    SHARED = False

    def refused(self, *arguments, **options):
        done = finish(self.start(*arguments, *QUICK, **options))
        self.assertEqual(done.status, 1, done)
        self.assertFalse(os.path.exists(self.folder + "/r"))
        return done.err

    def test_unreachable(self):
        ends = list(ENDS)
        ends[5] = "ssh:a:1"
        self.assertRegex(self.refused(*ends), r"rx agent was not reached.*ssh://a:1")

    def test_not_installed(self):
        self.addCleanup(self.hosts.install)
        os.unlink(self.hosts.folder + "/bin/zcbench")
        self.assertRegex(self.refused(*ENDS), "tx agent is not there.*zcbench push a")

    def test_pushed(self):
        """The bundle starts although nothing is installed, and is found before what is."""
        self.addCleanup(self.hosts.install)
        self.addCleanup(shutil.rmtree, self.hosts.folder + "/home/.local", ignore_errors=True)
        self.hosts.install("#!/bin/sh\nexit 5\n")
        for hosts_named in (("a", "b"), ("a",)):  # and once more over what is there
            done = call("push", *hosts_named, before=self.hosts.inside("c"), env=self.hosts.environment)
            self.assertEqual(done.status, 0, done)
            self.assertRegex(done.out, r"a: zcbench \d.* in ~/.local/lib/zcbench")
        self.assertEqual(os.listdir(self.hosts.folder + "/home/.local/lib"), ["zcbench"])
        there = "$HOME/.local/lib/zcbench/"
        done = self.hosts.ssh("a", there + "zcbench run --bytes 4K --repeats 1 --out " + self.folder + "/alone")
        self.assertEqual(done.returncode, 0, done.stderr)  # it finds itself: both agents are its own
        if os.path.exists(os.path.dirname(os.path.realpath(ZCBENCH)) + "/zcprobe"):
            self.assertIn("tx_bytes", self.hosts.ssh("a", there + "zcprobe doctor").stdout)
        self.assert_sound(self.run_hosts(*ENDS, *QUICK).rows[0])
        for host, pattern in (("nobody-there", "was not reached"), ("-x", "no host")):
            done = call("push", host, before=self.hosts.inside("c"), env=self.hosts.environment)
            self.assertEqual(done.status, 1, done)
            self.assertRegex(done.err, pattern)

    def test_versions(self):
        self.addCleanup(self.hosts.install)
        for greeting, pattern in (("hello 1 0.0.9", "0.0.9.*protocol 1.*update zcbench on the agent's host"),
                                  ("hello 99 9.9 x y", "9.9.*protocol 99.*update zcbench here"),
                                  ("fail it is broken", "tx: it is broken"), ("welcome", "not due"),
                                  ("hello", "does not listen|did not greet|without an answer"),
                                  ("x" * 3000, "no line of the protocol")):
            with self.subTest(greeting=greeting[:20]):
                self.hosts.install("#!/bin/sh\necho %s\nexec cat > /dev/null\n" % greeting)
                self.assertRegex(self.refused(*ENDS), pattern)

    def test_hostile_facts(self):
        """Bounded and parsed: nothing of them is believed."""
        self.addCleanup(self.hosts.install)
        script = "#!/bin/sh\nread x\necho 'hello 3 0.1.0 6.1 0000'\nread x\n%s\nexec cat > /dev/null\n"
        for lines, pattern in (("echo 'json {'; echo done", "no JSON object"), ("echo 'json []'; echo done", "no JSON"),
                               ("echo done", "no JSON"), ("echo port 1", "not due"),
                               ("yes 'json xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'", "too long")):
            with self.subTest(lines=lines[:20]):
                self.hosts.install(script % lines)
                self.assertRegex(self.refused(*ENDS), "facts .*" + pattern)

    def test_options(self):
        for arguments, pattern in ((("--rx-agent", "ssh:b"), "--rx-address"),
                                   ((*ENDS[:-1], "b"), "no numeric address"),
                                   (ENDS[2:], "--path hosts"), (("--path", "hosts", "--rx-agent", "ssh:-ox"), "ssh:"),
                                   (("--path", "hosts", "--rx-agent", "carrier-pigeon:1"), "unknown")):
            with self.subTest(arguments=arguments):
                self.assertRegex(self.refused(*arguments), pattern)

    def test_no_experiment_names_a_command(self):
        """What a file says is never started."""
        with open(self.folder + "/x.yaml", "w") as file:
            file.write("path: hosts\nrx-agent: 'cmd:touch %s/marker'\n" % self.folder)
        self.assertIn("rx-agent", self.refused(self.folder + "/x.yaml"))
        self.assertFalse(os.path.exists(self.folder + "/marker"))
