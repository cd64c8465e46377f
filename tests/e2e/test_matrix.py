# SPDX-License-Identifier: MIT
"""Every mode on every path: the laws of the ledger, and what is known to come out."""
import unittest

from cases import ZC_TX, Case, every_path, modes, paths, paths_here

# By the contract of their calls; a mode that is in neither list is held to the laws alone.
COPYING_TX = ("send", "sendmsg", "uring-send")
COPYING_RX = ("recv", "recvmsg", "uring-recv", "uring-recv-multishot", "uring-recv-bundle")
SILENT_TX = ("sendfile", "splice")


class Matrix(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        every_tx, every_rx = ",".join(modes("tx")), ",".join(modes("rx"))
        cls.runs = [
            cls.measure_class("lo", "--tx", every_tx, "--rx", every_rx, "--bytes", "1M"),
            cls.measure_class("tx", "--tx", every_tx, "--rx", "recv", "--path", every_path(), "--bytes", "4M",
                              "--size", "64K"),
            cls.measure_class("rx", "--tx", "send,msg-zerocopy", "--rx", every_rx, "--path", every_path(),
                              "--bytes", "4M"),
        ]
        cls.rows = [row for run in cls.runs for row in run.rows]

    def each(self, of, check):
        """check(row) for each row of this kind that ran, as a subtest. Those that did not are told
        of by test_every_mode_on_every_path."""
        rows = [row for row in self.rows if of(row) and row["verdict"] != "skip"]
        if not rows:
            self.skipTest("no row of this kind ran here")
        for row in rows:
            with self.subTest(tx=row["tx"], rx=row["rx"], path=row["path"]):
                check(row)

    def test_exit_statuses(self):
        for run in self.runs:
            self.assertEqual(run.done.status, 0, run.done)

    def test_every_path(self):
        for path in paths():
            with self.subTest(path=path):
                reason = paths_here()[path]
                if reason:
                    self.skipTest(reason)
                self.assertTrue([row for row in self.rows if row["path"] == path])

    def test_every_mode_on_every_path(self):
        for direction, path in [(d, p) for d in ("tx", "rx") for p in every_path().split(",")]:
            for mode in modes(direction):
                with self.subTest(path=path, **{direction: mode}):
                    rows = [r for r in self.rows if r[direction] == mode and r["path"] == path]
                    self.assertTrue(rows)
                    if all(row["verdict"] == "skip" for row in rows):
                        self.skipTest(rows[0]["reason"])

    def test_laws_of_the_ledger(self):
        def check(row):
            self.assert_sound(row)
            self.assertEqual(row["tx_messages"], row["rx_messages"])
            self.assertEqual(row["tx_total_bytes"], row["bytes"])
            self.assertEqual(row["in_flight_bytes"], 0)
            self.assertGreater(row["tx_syscalls"], 0)
            self.assertGreater(row["rx_syscalls"], 0)

        self.each(lambda r: True, check)

    def test_zero_copy_senders_are_told_of_copies(self):
        def check(row):
            self.assertGreater(row["notifications"], 0)
            self.assertEqual(row["notifications_copied"], row["notifications"])
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["abi_tx_zerocopy_bytes"], 0)
            self.assertEqual(row["tx_verdict"], "copied")
            if row["rx"] == "recv":
                self.assertEqual(row["verdict"], "copied")
            self.assertGreater(row["outstanding_max_bytes"], 0)
            self.assertIsNotNone(row["notify_max_ns"])

        self.each(lambda r: r["tx"] in ZC_TX and r["path"] in ("lo", "veth"), check)

    def test_zero_copy_senders_are_told_zero_copy_with_xdp(self):
        """Which is not true: the receiving end copies. So it is no proof."""
        def check(row):
            self.assertGreater(row["notifications"], 0)
            self.assertGreaterEqual(row["abi_tx_zerocopy_bytes"], 0.9 * row["tx_total_bytes"])
            if row["abi_tx_zerocopy_bytes"] == row["tx_total_bytes"]:
                self.assertEqual(row["notifications_copied"], 0)
                self.assertEqual(row["tx_verdict"], "unproven")
                self.assertEqual(row["verdict"], "unproven")
                self.assertIn("zero-copy", row["reason"])

        self.each(lambda r: r["tx"] in ZC_TX and r["path"] == "veth-xdp", check)

    def test_copying_senders(self):
        def check(row):
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertIsNone(row["notifications"])
            self.assertEqual(row["tx_verdict"], "copied")
            if row["rx"] in COPYING_RX + ("recv-trunc",):
                self.assertEqual(row["verdict"], "copied")

        self.each(lambda r: r["tx"] in COPYING_TX, check)

    def test_senders_without_a_witness(self):
        def check(row):
            self.assertIsNone(row["abi_tx_copied_bytes"])
            self.assertIsNone(row["abi_tx_zerocopy_bytes"])
            self.assertEqual(row["verdict"], "unproven")
            self.assertIn("no witness", row["reason"])

        self.each(lambda r: r["tx"] in SILENT_TX, check)

    def test_copying_receivers(self):
        def check(row):
            self.assertEqual(row["abi_rx_copied_bytes"], row["rx_total_bytes"])
            self.assertEqual(row["rx_verdict"], "copied")

        self.each(lambda r: r["rx"] in COPYING_RX, check)

    def test_recv_trunc_discards_all(self):
        def check(row):
            self.assertEqual(row["abi_rx_discarded_bytes"], row["rx_total_bytes"])
            self.assertIsNone(row["abi_rx_copied_bytes"])
            self.assertIsNone(row["rx_verdict"])

        self.each(lambda r: r["rx"] == "recv-trunc", check)

    def test_splice_receiver_has_no_witness(self):
        def check(row):
            self.assertIsNone(row["abi_rx_copied_bytes"])
            self.assertEqual(row["rx_verdict"], "unproven")

        self.each(lambda r: r["rx"] == "splice", check)

    def test_null_is_a_floor_under_100_ns(self):
        """10 ns on an idle machine; this one may be busy, or sanitized."""
        run = self.run_new("--tx", "null", "--rx", "null", "--duration", 0.2, "--warmup", 0)
        row = run.rows[0]
        self.assertEqual(row["tx_total_bytes"], 0)
        self.assertEqual(row["verdict"], "unproven")
        self.assertLess(row["tx_elapsed_ns"] / row["tx_messages"], 100)


if __name__ == "__main__":
    unittest.main()
