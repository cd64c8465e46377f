# SPDX-License-Identifier: MIT
"""The doctor of two hosts: what runs at each end and between the two, without a run."""
import json
import os

from cases import ZCBENCH, finish, modes, start
from host_case import HostCase


class Doctor(HostCase):
    """What runs at each end and between the two, without a run."""

    def doctor(self, *arguments, status=0):
        child = start("doctor", *arguments, before=self.hosts.inside("c"), env=self.hosts.environment)
        self.addCleanup(self.end, child)
        done = finish(child)
        self.assertEqual(done.status, status, done)
        self.assert_no_agent()
        return done

    def test_both_ends(self):
        """One of them without privilege, and without io_uring's memory."""
        weak = "cmd:ssh -F %s/ssh_config b setpriv --reuid=65534 --regid=65534 --clear-groups prlimit --memlock=4096 %s " \
            "agent" % (self.hosts.folder, os.path.realpath(ZCBENCH))
        told = json.loads(self.doctor("--json", "--tx-agent", weak, "--rx-agent", "ssh:a").out)
        tx, rx = told["ends"]["tx"], told["ends"]["rx"]
        self.assertEqual(told["modes"], [])
        sends, receives = [{trial["mode"]: trial for trial in end["modes"]} for end in (tx, rx)]
        self.assertGreaterEqual(set(sends), {*modes("tx"), "null"})
        self.assertGreaterEqual(set(receives), {*modes("rx"), "null"})
        self.assertTrue(sends["send"]["runs"])
        self.assertIn("RLIMIT_MEMLOCK", sends["msg-zerocopy"]["reason"])
        self.assertTrue(receives["tcp-zerocopy-receive"]["runs"])
        self.assertFalse(tx["probes"]["counts"])
        self.assertGreater(len(tx["probes"]["reason"]), 20)
        self.assertIn("memlock", [check["check"] for check in tx["checks"]])

    def test_from_one_to_the_other(self):
        out = self.doctor("--tx-agent", "ssh:a", "--rx-agent", "ssh:b", "--rx-address", "10.77.3.2").out
        for pattern in ("Sender's host: .* by ssh:a, Linux %s" % os.uname().release, "Receiver's host: .* by ssh:b",
                        r"(?m)^ +hosts *$", r"(?m)^  tx  send +tcp +copied *$", r"(?m)^  rx  recv +tcp +copied *$",
                        r"(?m)^  (good|warning|unknown) +optmem-max ", "(?m)^Kernel probes: "):
            self.assertRegex(out, pattern)

    def test_what_cannot_be_asked(self):
        for arguments, pattern in ((("--rx-agent", "cmd:false"), "rx agent ended without an answer"),
                                   (("--tx-agent", "pigeon:1"), "--tx-agent: .*unknown"),
                                   (("--rx-address", "b"), "no numeric address")):
            self.assertRegex(self.doctor(*arguments, status=1).err, pattern)

    def test_hostile_text(self):
        """What an agent tells reaches the terminal without its control characters."""
        self.addCleanup(self.hosts.install)
        self.hosts.install("""#!/bin/sh
read x; echo 'hello 3 0.1.0 6.1 0000'; read x
printf '%s\\n' 'json {"checks": [{"status": "good", "check": "x", "finding": "a\\u001b[2Jb\\u009bc\\nd\\u00e9"}]}'
echo done; exec cat > /dev/null
""")
        out = self.doctor("--tx-agent", "ssh:a", "--rx-agent", "ssh:b").out
        self.assertRegex(out, r"good +x +a \[2Jb  c d\u00e9\n")
        self.assertNotIn("\x1b", out)
