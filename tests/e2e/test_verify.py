# SPDX-License-Identifier: MIT
"""Payload: every mode delivers it whole, and a buffer that is reused too early is caught."""
from cases import ZC_TX, Case, every_path, modes


class Verify(Case):
    def check(self, *arguments):
        for row in self.run_new("--verify", "on", *arguments, status=None).rows:
            with self.subTest(tx=row["tx"], rx=row["rx"], path=row["path"], size=row["size"]):
                self.skip_if_skipped(row)
                self.assert_sound(row)
                self.assertEqual(row["verify_errors"], 0)
                self.assertEqual(row["tx_total_bytes"], row["rx_total_bytes"])

    def test_every_sender(self):
        self.check("--tx", ",".join(modes("tx")), "--rx", "recv", "--path", every_path(), "--bytes", "2M")

    def test_every_receiver(self):
        blind = ("recv-trunc", "splice")
        receivers = [mode for mode in modes("rx") if mode not in blind]
        self.check("--tx", "send,msg-zerocopy", "--rx", ",".join(receivers), "--path", every_path(),
                   "--bytes", "2M", "--mss", "page")

    def test_blind_receivers_are_refused(self):
        run = self.run_new("--verify", "on", "--rx", "recv-trunc,splice", "--bytes", "4K", status=4)
        for row in run.rows:
            self.assertIn("never sees the payload", row["reason"])

    def test_odd_sizes_and_flows(self):
        self.check("--tx", ",".join(modes("tx")), "--rx", "recv", "--size", "5003", "--flows", "3",
                   "--bytes", "300K")

    def test_requests(self):
        self.check("--tx", ",".join(modes("tx")), "--workload", "rr", "--size", "10K", "--duration", "0.05",
                   "--warmup", "0")


class EarlyReuse(Case):
    """A small receive buffer keeps sends waiting in the sender's queue, two buffers overwrite
    them there: most slices arrive wrong."""

    def test_is_caught(self):
        senders = [mode for mode in ZC_TX + ("splice",) if mode in modes("tx")]
        run = self.run_new("--tx", ",".join(senders), "--rx", "recv", "--path", "lo", "--reuse", "early",
                           "--verify", "on", "--rcvbuf", "64K", "--size", "64K", "--buffers", 2, "--depth", 2,
                           "--bytes", "16M", status=3, repeats=2)
        rows = run.rows
        for mode in senders:
            with self.subTest(tx=mode):
                own = [row for row in rows if row["tx"] == mode]
                self.skip_if_skipped(own[0])
                caught = [row for row in own if row["verify_errors"]]
                self.assertTrue(caught, "no slice was wrong in %d repeats" % len(own))
                for row in caught:
                    self.assertEqual(row["verdict"], "fail")
                    self.assertIn("slices of the payload were wrong", row["reason"])

    def test_needs_verify(self):
        run = self.run_new("--tx", "msg-zerocopy", "--reuse", "early", "--bytes", "64K", status=4)
        self.assertIn("verify", run.rows[0]["reason"])


class ZerocopyReceive(Case):
    def rows_of(self, sender, path, *arguments):
        return self.good_row_of("--tx", sender, "--rx", "tcp-zerocopy-receive", "--path", path,
                                "--bytes", "16M", *arguments)

    def test_maps_most_of_pages_that_a_zero_copy_sender_sends(self):
        for path in ("lo", "veth"):
            with self.subTest(path=path):
                self.setUp()
                row = self.rows_of("msg-zerocopy", path, "--mss", "page")
                self.assertEqual(row["abi_rx_mapped_bytes"] + row["abi_rx_copied_bytes"],
                                 row["rx_total_bytes"])
                self.assertGreater(row["abi_rx_mapped_bytes"], 0.5 * row["rx_total_bytes"])
                self.assertEqual(row["rx_verdict"], "mixed" if row["abi_rx_copied_bytes"] else "unproven")

    def test_maps_most_with_an_mtu_of_pages(self):
        row = self.rows_of("msg-zerocopy", "veth", "--mtu", "page")
        self.assertGreater(row["abi_rx_mapped_bytes"], 0.5 * row["rx_total_bytes"])

    def test_maps_nothing_of_a_copying_sender(self):
        for sender in ("send", "sendfile"):
            with self.subTest(tx=sender):
                self.setUp()
                row = self.rows_of(sender, "lo", "--mss", "page")
                self.assertEqual(row["abi_rx_mapped_bytes"], 0)
                self.assertEqual(row["abi_rx_copied_bytes"], row["rx_total_bytes"])
                self.assertEqual(row["rx_verdict"], "copied")
