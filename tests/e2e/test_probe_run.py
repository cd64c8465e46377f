# SPDX-License-Identifier: MIT
"""`zcbench run --probes`: the kernel's counts in the rows, and the verdicts that rest on them."""
import os
import signal

from runner import process
from cases import NOBODY, Run, agents, call, children, finish, need_root, start, wait_for
from probing import ProbeCase


@need_root()
class Probed(ProbeCase):
    def probed(self, run):
        return [row for row in run.rows if row["probed"] == 1]

    def test_verdicts(self):
        run = self.run_new("--probes", "require", "--tx", "send,msg-zerocopy,sendfile", "--path",
                           "lo,veth,veth-xdp", "--duration", "0.1", "--warmup", "0.05", "--size", "64K",
                           status=None)
        rows = self.probed(run)
        self.assertEqual(len(run.rows), 2 * len(rows) + sum(r["verdict"] == "skip" for r in run.rows))
        for row in rows:
            with self.subTest(tx=row["tx"], path=row["path"]):
                self.assert_sound(row)
                self.assertEqual(row["kern_tx_bytes"], row["tx_total_bytes"])
                self.assertEqual(row["kern_rx_bytes"], row["rx_total_bytes"])
                want = {"send": "copied", "sendfile": "copied" if row["path"] == "veth-xdp" else "zero-copy",
                        "msg-zerocopy": "contradicted" if row["path"] == "veth-xdp" else "copied"}
                if row["kern_unseen_bytes"]:
                    # Some kernels run whole softirqs without calling any tracepoint program.
                    self.assertIsNone(row["copies_per_byte"])
                    self.assertLess(row["kern_unseen_bytes"], 0.2 * row["tx_total_bytes"])
                    if row["tx"] == "sendfile":
                        self.assertEqual(row["verdict"], "mixed" if row["path"] == "veth-xdp" else "unproven")
                        self.assertIn("see nothing", row["reason"])
                        continue
                self.assertEqual(row["verdict"], want[row["tx"]])
                if not row["kern_unseen_bytes"]:
                    copies = 2 if row["tx"] != "sendfile" or row["path"] == "veth-xdp" else 1
                    self.assertEqual(row["copies_per_byte"], copies)

    def test_beside_cells_between_hosts(self):
        """Those of this host are counted by its own zcprobe, the others by the agents'."""
        run = self.run_new("--probes", "require", "--rx-address", "127.0.0.1", "--path", "lo,hosts", "--bytes", "256K")
        self.assertEqual(sorted((row["path"], row["probed"]) for row in run.rows),
                         [("hosts", 0), ("hosts", 1), ("lo", 0), ("lo", 1)])
        for row in run.rows:
            if row["probed"]:
                self.assertEqual((row["kern_tx_bytes"], row["kern_rx_bytes"]), (262144, 262144))

    def test_every_mode(self):
        """The laws hold for every pair of a sender and a receiver, many flows, and requests."""
        for words in (["--tx", "all", "--rx", "all", "--path", "lo"],
                      ["--tx", "send,msg-zerocopy", "--path", "veth", "--flows", "8", "--mtu", "page",
                       "--rx", "recv,tcp-zerocopy-receive"],
                      ["--tx", "msg-zerocopy", "--path", "lo", "--workload", "rr", "--size", "4K"]):
            run = self.run_new("--probes", "require", "--duration", "0.03", "--warmup", "0", "--size", "64K",
                               *words, name="r%d" % len(words), status=None)
            for row in self.probed(run):
                with self.subTest(tx=row["tx"], rx=row["rx"], path=row["path"], workload=row["workload"]):
                    self.assert_sound(row)
                    self.assertEqual(row["kern_tx_bytes"], row["tx_total_bytes"])
                    self.assertEqual(row["kern_rx_bytes"], row["rx_total_bytes"])

    def test_zcprobe_killed(self):
        """Its row says so and has no number; the others are as they would be."""
        child = start("run", "--out", self.folder, "--run-id", "r", "--probes", "auto", "--path", "lo", "--tx",
                      "send,sendfile", "--repeats", 1, "--warmup", 0, "--duration", 1)
        self.addCleanup(self.end, child)

        def attached():
            """The first zcprobe is only asked whether it can count: then there is no agent."""
            return agents(child.pid) and [pid for pid in children(child.pid) if "zcprobe" in process.command_of(pid)]
        pid = wait_for("zcprobe", attached, child)[0]
        os.kill(pid, signal.SIGKILL)
        done = finish(child)
        self.assertEqual(done.status, 3, done)
        rows = Run(self.folder + "/r").rows
        self.assertEqual(sorted((row["probed"], row["verdict"] == "fail") for row in rows),
                         [(0, False), (0, False), (1, False), (1, True)], done)
        for row in rows:
            if row["verdict"] == "fail":
                self.assertIn("probing", row["reason"])
                self.assertIsNone(row["kern_tx_bytes"])
            else:
                self.assert_sound(row)

    def test_without_privilege(self):
        done = call("run", "--probes", "auto", "--bytes", "64K", "--repeats", 1, "--out", "/dev/shm/none",
                    "--dry-run", before=NOBODY)
        self.assertEqual(done.status, 0, done)
        os.chmod(self.folder, 0o777)
        os.chmod(os.path.dirname(self.folder), 0o755)
        done = call("run", "--probes", "auto", "--bytes", "64K", "--repeats", 1, "--out", self.folder,
                    "--run-id", "n", before=NOBODY)
        self.assertEqual(done.status, 0, done)
        self.assertIn("CAP_BPF", done.err)
        done = call("run", "--probes", "require", "--bytes", "64K", "--repeats", 1, "--out", self.folder,
                    "--run-id", "q", before=NOBODY)
        self.assertEqual(done.status, 1, done)
        self.assertIn("CAP_BPF", done.err)
