# SPDX-License-Identifier: MIT
"""`zcbench run --probes` between hosts: each agent's own zcprobe counts at its end. Hosts are
namespaces here (see hosts.py), so both ends are on one kernel, of which one end counts for both;
another boot_id in one of them makes them two kernels, as far as anybody can tell."""
import os
import re
import signal
import subprocess
import time
import unittest

from runner import process
from cases import ZCBENCH, Run, finish, wait_for
from probing import can_count
from host_case import ENDS, HostCase

KERN = ("kern_tx_bytes", "kern_tx_copied_bytes", "kern_tx_referenced_bytes", "kern_late_copied_bytes", "kern_rx_bytes",
        "kern_rx_copied_bytes")


class ProbedCase(HostCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if can_count():
            raise unittest.SkipTest(can_count())

    def probed(self, *arguments, ends=ENDS, status=0):
        """{tx: its probed row}, and the run."""
        run = self.run_hosts(*ends, "--bytes", "4M", "--repeats", 1, *arguments, status=status)
        for row in run.rows:
            self.assert_sound(row)
        self.assert_no_agent()
        wait_for("the end of zcprobe", lambda: not [p for p in process.marked() if "zcprobe" in p[2]], seconds=20)
        return {row["tx"]: row for row in run.rows if row["probed"] == 1}, run

    def assert_closes(self, row):
        """To the byte: what one end counted the other did not count once more."""
        self.assertEqual(row["kern_tx_bytes"], row["tx_total_bytes"])
        self.assertEqual(row["kern_rx_bytes"], row["rx_total_bytes"])
        self.assertEqual(row["kern_rx_copied_bytes"], row["rx_total_bytes"])

    @staticmethod
    def as_nobody(name, hosts):
        return "cmd:ssh -F %s/ssh_config %s setpriv --reuid=65534 --regid=65534 --clear-groups %s agent" % (
            hosts.folder, name, os.path.realpath(ZCBENCH))

    def ends(self, **agents):
        ends = list(ENDS)
        for end, agent in agents.items():
            ends[ends.index("--%s-agent" % end) + 1] = agent
        return ends


class OneKernel(ProbedCase):
    def test_counts(self):
        rows, run = self.probed("--probes", "require", "--tx", "send,msg-zerocopy,sendfile", "--flows", 2)
        self.assertEqual(set(rows), {"send", "msg-zerocopy", "sendfile"})
        for row in rows.values():
            self.assert_closes(row)
            self.assertEqual(row["reason"], None)
        self.assertEqual(rows["send"]["kern_tx_copied_bytes"], rows["send"]["tx_total_bytes"])
        # A veth pair copies at local delivery, which is on the receiver's side of it.
        self.assertEqual(rows["msg-zerocopy"]["kern_tx_referenced_bytes"], rows["msg-zerocopy"]["tx_total_bytes"])
        self.assertGreaterEqual(rows["msg-zerocopy"]["kern_late_copied_bytes"], rows["msg-zerocopy"]["rx_total_bytes"])
        self.assertEqual(rows["sendfile"]["verdict"], "zero-copy")
        for row in run.rows:
            if row["probed"] == 0:
                self.assertEqual({row[name] for name in KERN}, {None})
        for end in ("tx", "rx"):
            self.assertEqual(run.manifest["ends"][end]["probes"], {"counts": True, "layer": rows["send"]["kern_layer"]})

    def test_one_end_counts_for_both(self):
        """Whichever has the privilege."""
        for end, name in (("tx", "a"), ("rx", "b")):
            with self.subTest(without=end):
                self.setUp()
                rows, run = self.probed("--probes", "auto", "--tx", "send,msg-zerocopy",
                                        ends=self.ends(**{end: self.as_nobody(name, self.hosts)}))
                for row in rows.values():
                    self.assert_closes(row)
                self.assertEqual(len(rows), 2)
                self.assertFalse(run.manifest["ends"][end]["probes"]["counts"])

    def test_neither_end_can(self):
        ends = self.ends(tx=self.as_nobody("a", self.hosts), rx=self.as_nobody("b", self.hosts))
        rows, run = self.probed("--probes", "auto", ends=ends)
        self.assertEqual(rows, {})
        self.assertRegex(run.done.err, "without kernel probes: tx: .*(CAP_|root|permitted)")
        for end in ("tx", "rx"):
            self.assertRegex(run.manifest["ends"][end]["probes"]["reason"], ".{20}")
        self.setUp()
        done = finish(self.start(*ends, "--bytes", "4K", "--repeats", 1, "--probes", "require"))
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, "zcbench: tx: ")

    def test_agents_that_give_up_their_privilege(self):
        rows, _ = self.probed("--probes", "require", "--tx", "msg-zerocopy", "--agent-user", "nobody")
        self.assert_closes(rows["msg-zerocopy"])

    def test_zcprobe_killed(self):
        """No count is no count: the row fails, and those without probes are measured."""
        child = self.start(*ENDS, "--probes", "require", "--warmup", 0, "--duration", 4, "--repeats", 1)
        self.wait_for_agents(child)
        found = wait_for("zcprobe", lambda: [p[0] for p in process.marked() if re.match(r"\S*zcprobe count", p[2])], child)
        time.sleep(3)
        os.kill(found[0], signal.SIGKILL)
        self.assertEqual(finish(child).status, 3)
        rows = Run(self.folder + "/r").rows
        self.assertEqual([(row["probed"], row["verdict"]) for row in rows], [(1, "fail"), (0, "copied")])
        self.assertRegex(rows[0]["reason"], "^tx: the probing agent (was ended by signal 9|does not listen)")
        self.assert_no_agent()

    def test_not_asked_for(self):
        rows, run = self.probed("--probes", "off")
        self.assertEqual(rows, {})
        self.assertNotIn("probes", run.manifest["ends"]["tx"])


class TwoKernels(ProbedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cls.class_folder + "/boot_id", "w") as file:
            file.write("00000000-1111-2222-3333-444444444444\n")
        done = subprocess.run(["nsenter", "--mount=/proc/%d/ns/mnt" % cls.hosts.children["b"].pid, "mount", "--bind",
                               cls.class_folder + "/boot_id", "/proc/sys/kernel/random/boot_id"], capture_output=True)
        if done.returncode:
            raise unittest.SkipTest("no other boot_id can be made here: %s" % done.stderr)

    def test_each_end_counts_its_own(self):
        rows, _ = self.probed("--probes", "require", "--tx", "send,sendfile,msg-zerocopy", "--flows", 2)
        for row in rows.values():
            self.assert_closes(row)
        self.assertEqual(rows["send"]["copies_per_byte"], 2)
        # What was lent left the sender's namespace for another that it does not look into.
        self.assertEqual(rows["msg-zerocopy"]["kern_tx_referenced_bytes"], rows["msg-zerocopy"]["tx_total_bytes"])
        self.assertIsNone(rows["msg-zerocopy"]["kern_late_copied_bytes"])
        self.assertNotIn(rows["msg-zerocopy"]["verdict"], ("zero-copy", "contradicted"))

    def test_an_end_that_cannot_leaves_its_columns_empty(self):
        for end, name, whose in (("tx", "a", "sender"), ("rx", "b", "receiver")):
            with self.subTest(without=end):
                self.setUp()
                rows, _ = self.probed("--probes", "auto", "--tx", "send,msg-zerocopy",
                                      ends=self.ends(**{end: self.as_nobody(name, self.hosts)}))
                self.assertEqual(len(rows), 2)
                for row in rows.values():
                    self.assertIn("no kernel probes at the %s: " % whose, row["reason"])
                    self.assertIsNone(row["kern_%s_bytes" % end])
                    self.assertIsNone(row["kern_%s_copied_bytes" % end])
                    self.assertIsNone(row["copies_per_byte"])
                    other = "rx" if end == "tx" else "tx"
                    self.assertEqual(row["kern_%s_bytes" % other], row[other + "_total_bytes"])
                done = finish(self.start("--run-id", "x", *self.ends(**{end: self.as_nobody(name, self.hosts)}), "--bytes",
                                         "4K", "--probes", "require"))
                self.assertEqual(done.status, 1, done)
                self.assertRegex(done.err, "zcbench: %s: " % end)


if __name__ == "__main__":
    unittest.main()
