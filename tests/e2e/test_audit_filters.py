# SPDX-License-Identifier: MIT
"""Whose bytes `zcbench audit` counts: those of a cgroup or of a namespace, and of nobody else."""
import json
import os
import re
import signal
import subprocess
import unittest

from runner import process
from cases import need, need_root
from probing import MSG_ZEROCOPY, SO_ZEROCOPY, Pair, ProbeCase, Wire, plain, start_audit

CGROUPS = "/sys/fs/cgroup"


class Auditing:
    """zcbench audit around a piece of traffic; afterwards its ledger and what it said."""

    def __init__(self, *arguments):
        self.child = start_audit("--json", *arguments)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.child.send_signal(signal.SIGINT)
        out, self.said = self.child.communicate(timeout=60)
        self.ledger = json.loads(out)


@need_root()
class Filters(ProbeCase):
    def cgroup(self, name):
        tree = CGROUPS
        if not os.path.exists(CGROUPS + "/cgroup.controllers"):
            tree = os.path.join(self.folder, "cgroups")
            os.mkdir(tree)
            done = subprocess.run(["mount", "-t", "cgroup2", "none", tree], capture_output=True, text=True)
            if done.returncode:
                self.skipTest("no cgroup v2 tree: " + done.stderr.strip())
            self.addCleanup(subprocess.run, ["umount", tree], check=True)
        folder = os.path.join(tree, "%s-%d" % (name, os.getpid()))
        try:
            os.mkdir(folder)
        except OSError as error:
            self.skipTest("no cgroup can be made here: %s" % error)
        self.addCleanup(os.rmdir, folder)
        return folder

    def send_from(self, cgroup, pair, amount):
        """Of a child that is in the cgroup (None: in none of its own) from its first instruction."""
        def enter():
            process.die_with_parent()
            if cgroup:
                with open(cgroup + "/cgroup.procs", "w") as file:
                    file.write(str(os.getpid()))
        code = "import socket; socket.create_connection((%r, %d)).sendall(b'c' * %d)" % (pair.host, pair.port, amount)
        child = subprocess.Popen(["/usr/bin/python3", "-c", code], preexec_fn=enter)
        rx, _ = pair.listener.accept()
        got = 0
        while got < amount:
            got += len(rx.recv(1 << 17))
        rx.close()
        self.assertEqual(child.wait(timeout=30), 0)

    def test_cgroup(self):
        """Its children's too; what the receiver, who is not in it, gets is nobody's."""
        ours, pair = self.cgroup("zcprobe-ours"), Pair()
        inner = ours + "/inner"
        os.mkdir(inner)
        self.addCleanup(pair.close)
        try:
            with Auditing("--cgroup", ours) as audit:
                self.send_from(ours, pair, 300000)
                self.send_from(inner, pair, 50000)
                self.send_from(None, pair, 70000)
        finally:
            os.rmdir(inner)
        self.assertEqual(audit.ledger["audited"]["tx_bytes"], 350000)
        self.assertEqual(audit.ledger["audited"]["rx_bytes"], 0)
        self.assertGreaterEqual(audit.ledger["unattributed"]["tx_bytes"], 70000)

    @need("ip", "ethtool")
    def test_netns(self):
        wire, here = Wire("sg", "on"), Pair()
        try:
            with Auditing("--netns", wire.tx) as audit:
                sent = wire.transfer(plain)
                here.transfer(plain)
        finally:
            wire.close()
            here.close()
        self.assertEqual(audit.ledger["audited"]["tx_bytes"], sent)
        self.assertEqual(audit.ledger["audited"]["rx_bytes"], 0)
        device, = audit.ledger["devices"]
        self.assertEqual((device["name"], device["rx_bytes"]), ("tx0", 0))
        # A packet is handed over again after a full ring refused it, or a timer ran out.
        self.assertGreaterEqual(device["tx_bytes"], sent)
        self.assertLess(device["tx_bytes"], 1.2 * sent)

    @need("ip", "ethtool")
    def test_receiver(self):
        """It sends no byte, so the name of its device is not known here, and neither are its offloads."""
        wire = Wire("sg", "on")
        try:
            with Auditing("--netns", wire.rx) as audit:
                sent = wire.transfer(plain)
        finally:
            wire.close()
        self.assertEqual(audit.ledger["audited"]["rx_bytes"], sent)
        device, = audit.ledger["devices"]
        self.assertRegex(device["name"], r"^device \d+$")
        self.assertEqual((device["rx_bytes"], device["tx_bytes"], device["scatter_gather"]), (sent, 0, None))

    def test_stacks(self):
        """Who copied: the bytes by stack are those that were copied late."""
        def send(s):
            s.setsockopt(1, SO_ZEROCOPY, 1)
            return sum(s.send(b"s" * 60000, MSG_ZEROCOPY) for _ in range(20))
        pair = Pair()
        with Auditing("--stacks", "--port", str(pair.port)) as audit:
            sent = pair.transfer(send)
        pair.close()
        audited = audit.ledger["audited"]
        self.assertEqual(audited["tx_bytes"], sent)
        if not audited["late_copied_bytes"]:
            raise unittest.SkipTest("the late copies were not seen here")
        lines = audit.said.splitlines()
        for line in lines:
            self.assertRegex(line, r"^[^ ]+(;[^ ]+)* \d+$")
        self.assertEqual(sum(int(line.rsplit(" ", 1)[1]) for line in lines),
                         audited["late_copied_bytes"] + audited["late_copied_again_bytes"])
        if not re.search(r"(^|;)\?(;| )", audit.said):
            self.assertRegex(audit.said, "tcp_|net|softirq")
