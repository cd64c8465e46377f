# SPDX-License-Identifier: MIT
"""Services of datagrams for users without privilege."""
import os
import unittest

from cases import NOBODY, Case, need, need_root

ZC_TX = ("udp-uring-send-zc", "udp-uring-gso-zc")


@need_root()
@need("setpriv")
class Users(Case):
    def test_udp_needs_no_privilege(self):
        os.chmod(self.folder, 0o777)
        run = self.run_new("--tx", "udp-send", "--rx", "udp-recv", "--bytes", "256K", before=NOBODY)
        self.assert_sound(run.rows[0])

    @need("prlimit")
    def test_what_could_not_be_pinned_goes_again(self):
        """Threads share the user's locked memory: of one refused datagram later ones may have been taken."""
        os.chmod(self.folder, 0o777)
        run = self.run_new("--tx", ",".join(ZC_TX), "--rx", "udp-recv", "--size", "1K,4K", "--flows", 4,
                           "--threads", 2, "--duration", 0.05, "--warmup", 0, "--verify", "on", repeats=4,
                           before=[*NOBODY, "prlimit", "--memlock=131072"], status=None)
        self.skip_if_skipped(run.rows[0])
        self.assertGreater(sum(row["tx_enobufs"] or 0 for row in run.rows), 0)
        for row in run.rows:
            self.assertEqual(row["reason"], None)
            self.assert_sound(row)

    @need("prlimit")
    def test_a_datagram_that_cannot_be_pinned(self):
        """A window shorter than the sender's patience says no less."""
        os.chmod(self.folder, 0o777)
        row = self.run_new("--tx", "udp-uring-gso-zc", "--rx", "udp-recv", "--size", "32K", "--duration", 0.03,
                           "--warmup", 0, before=[*NOBODY, "prlimit", "--memlock=70000"], status=None).rows[0]
        self.skip_if_skipped(row)
        self.assertEqual(row["verdict"], "fail")
        self.assertRegex(row["reason"], "^tx: .*raise RLIMIT_MEMLOCK")

    def test_packet_sockets_say_what_they_need(self):
        os.chmod(self.folder, 0o777)
        run = self.run_new("--tx", "packet-mmap", "--rx", "packet-mmap", "--bytes", "256K", before=NOBODY, status=4)
        self.assertEqual(run.rows[0]["verdict"], "skip")
        self.assertIn("CAP_NET_RAW", run.rows[0]["reason"])


if __name__ == "__main__":
    unittest.main()
