# SPDX-License-Identifier: MIT
"""AF_XDP sockets that ask for zero-copy and are bound by copying: the kernel's word counts, not the flag."""
import os
import subprocess

from cases import Case, need, need_root

HERE = os.path.dirname(os.path.abspath(__file__))


@need_root()
@need("cc")
class Bound(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library = cls.class_folder + "/copying_driver.so"
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-Wall", "-Werror", "-shared", "-fPIC", "-o", cls.library,
                        HERE + "/copying_driver.c"], check=True)

    def row(self, tx, rx):
        row = self.row_of("--tx", tx, "--rx", rx, "--path", "veth", "--bytes", "4M", "--verify", "on", name=tx + rx,
                          env=dict(os.environ, LD_PRELOAD=self.library))
        self.assert_sound(row)
        self.assertGreater(row["rx_total_bytes"], 0)
        self.assertEqual(row["verify_errors"], 0)
        return row

    def test_a_sender(self):
        for rx in ("xdp-copy", "xdp-zerocopy"):
            with self.subTest(rx=rx):
                row = self.row("xdp-zerocopy", rx)
                self.assertEqual((row["verdict"], row["tx_verdict"]), ("copied", "copied"))
                self.assertEqual((row["abi_tx_zerocopy_bytes"], row["abi_tx_copied_bytes"]), (0, row["tx_total_bytes"]))
                self.assertGreater(row["notifications"], 0)
                self.assertEqual(row["notifications_copied"], row["notifications"])

    def test_a_receiver(self):
        for tx in ("xdp-copy", "xdp-zerocopy"):
            with self.subTest(tx=tx):
                row = self.row(tx, "xdp-zerocopy")
                self.assertEqual((row["verdict"], row["rx_verdict"]), ("copied", "copied"))
                self.assertEqual((row["abi_rx_mapped_bytes"], row["abi_rx_copied_bytes"]), (0, row["rx_total_bytes"]))
