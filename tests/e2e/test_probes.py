# SPDX-License-Identifier: MIT
"""zcprobe: sums that are known because the traffic is ours, on whatever layer this kernel allows."""
import socket
import subprocess
import time

from cases import need, need_root
from probing import (MSG_ZEROCOPY, SIZES, SO_ZEROCOPY, Counting, Pair, ProbeCase, Wire, file, plain,
                     zerocopy)


@need_root()
class Known(ProbeCase):
    def counted(self, send, receive=None, times=1):
        pair = Pair(receive)
        with Counting("--port", pair.port) as count:
            sent = sum(pair.transfer(send) for _ in range(times))
        pair.close()
        self.assertEqual(pair.got, sent)
        return sent, count

    def expect(self, count, **numbers):
        for name, number in numbers.items():
            if self.layer[name] is None:
                self.assertIsNone(count[name], name + " has no layer, so no number")
            else:
                self.assertEqual(count[name], number, name)

    def test_plain(self):
        sent, count = self.counted(plain)
        self.expect(count, tx_bytes=sent, tx_copied_bytes=sent, tx_referenced_bytes=0, tx_spliced_bytes=0,
                    tx_zerocopy_calls=0, tx_calls=len(SIZES), late_copied_bytes=0, rx_bytes=sent,
                    rx_copied_bytes=sent, rx_mapped_bytes=0, rx_discarded_bytes=0)

    def test_zerocopy(self):
        sent, count = self.counted(zerocopy)
        self.expect(count, tx_bytes=sent, tx_copied_bytes=0, tx_referenced_bytes=sent, tx_spliced_bytes=0,
                    rx_bytes=sent, rx_copied_bytes=sent)
        self.assertEqual(count["tx_calls"], count["tx_zerocopy_calls"])
        self.assert_late(count, sent)  # loopback copies all of it
        self.assertLessEqual(count["late_copied_again_bytes"], count["retransmitted_bytes"])

    def test_flag_without_option(self):
        """The kernel ignores MSG_ZEROCOPY on a socket without SO_ZEROCOPY; so must we."""
        sent, count = self.counted(lambda s: s.send(b"y" * 100000, MSG_ZEROCOPY))
        self.expect(count, tx_bytes=sent, tx_copied_bytes=sent, tx_referenced_bytes=0, tx_zerocopy_calls=0)

    def test_sendfile(self):
        sent, count = self.counted(file)
        self.expect(count, tx_bytes=sent, tx_spliced_bytes=sent, tx_copied_bytes=0, rx_bytes=sent,
                    rx_copied_bytes=sent)
        self.assert_late(count, 0)
        if count["unseen_bytes"]:
            self.assertIsNone(count["late_copied_bytes"], "unknown is not 0")

    def test_peek(self):
        def receive(s):
            s.recv(1000, socket.MSG_PEEK)
            return len(s.recv(5000))
        sent, count = self.counted(plain, receive)
        self.expect(count, rx_bytes=sent, rx_copied_bytes=sent + count["rx_peeked_bytes"], rx_mapped_bytes=0)
        self.assertGreater(count["rx_peeked_bytes"], 0)

    def test_discard(self):
        room = bytearray(1 << 16)
        sent, count = self.counted(plain, lambda s: s.recv_into(room, 0, socket.MSG_TRUNC))
        self.expect(count, rx_bytes=sent, rx_copied_bytes=0, rx_discarded_bytes=sent, rx_mapped_bytes=0)

    def test_churn(self):
        """Many short connections: each counted, none twice, whatever sock address is used again."""
        sent, count = self.counted(lambda s: s.send(b"c" * 1000), times=300)
        self.expect(count, tx_bytes=sent, tx_calls=300, rx_bytes=sent, rx_copied_bytes=sent)

    def test_partial_sends(self):
        def send(s):
            s.setblocking(False)
            s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
            data, sent, end = b"p" * 3000000, 0, time.monotonic() + 20
            while sent < 3 * len(data) and time.monotonic() < end:
                try:
                    sent += s.send(data, MSG_ZEROCOPY)
                except (BlockingIOError, OSError):
                    time.sleep(0.001)  # full, or ENOBUFS: also read what has come back
                    try:
                        s.recvmsg(1, 1024, socket.MSG_ERRQUEUE)
                    except OSError:
                        pass
            return sent
        sent, count = self.counted(send)
        self.expect(count, tx_bytes=sent, tx_referenced_bytes=sent, tx_copied_bytes=0, rx_bytes=sent)

    def test_unread_at_close(self):
        """What nobody took from the queue was not received."""
        pair = Pair()
        with Counting("--port", pair.port) as count:
            tx = socket.create_connection(("127.0.0.1", pair.port))
            rx, _ = pair.listener.accept()
            tx.sendall(b"u" * 5000)
            self.assertEqual(len(rx.recv(1000, socket.MSG_WAITALL)), 1000)
            rx.close()
            tx.close()
        pair.close()
        self.expect(count, tx_bytes=5000, rx_bytes=1000, rx_copied_bytes=1000)

    def test_others_are_kept_apart(self):
        ours, others = Pair(), Pair()
        with Counting("--port", ours.port) as count:
            sent = ours.transfer(plain)
            foreign = others.transfer(file)
        ours.close()
        others.close()
        self.expect(count, tx_bytes=sent, rx_bytes=sent, tx_spliced_bytes=0)
        self.assertGreaterEqual(count.n["unattributed", "tx_bytes"], foreign)
        self.assertEqual(count.n["backward", "tx_bytes"], 0)

    def test_two_at_once(self):
        pair = Pair()
        with Counting("--port", pair.port) as one, Counting("--port", pair.port) as two:
            pair.transfer(zerocopy)
        pair.close()
        self.assertEqual({k: v for k, v in one.n.items() if k[0] == "forward"},
                         {k: v for k, v in two.n.items() if k[0] == "forward"})


@need_root()
class WithoutScatterGather(ProbeCase):
    """TCP refers to pages all the same; segmenting in software copies, and tells the sender nothing."""

    def sent_by(self, send):
        pair = Wire("sg", "off")
        try:
            with Counting("--port", pair.port, "--netns", pair.tx, "--netns", pair.rx) as count:
                sent = pair.transfer(send)
        finally:
            pair.close()
        self.assertEqual(pair.got, sent)
        self.assert_late(count, sent)
        self.assertEqual(count["driver_zerocopy_bytes"], 0)
        return sent, count

    @need("ip", "ethtool")
    def test_zerocopy(self):
        sent, count = self.sent_by(zerocopy)
        self.assertEqual(count["tx_referenced_bytes"], sent)

    @need("ip", "ethtool")
    def test_sendfile(self):
        sent, count = self.sent_by(file)
        self.assertEqual(count["tx_spliced_bytes"], sent)


@need_root()
class Lost(ProbeCase):
    """The receiver has no address for a while: what was lost is sent again, which is no second send."""

    def sent_through(self, options):
        pair = Wire("sg", "on")

        def send(s):
            if options:
                s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            sent = 0
            for word in ("", "del", "add"):
                if word:
                    time.sleep(0.1 if word == "del" else 0.7)
                    subprocess.run(["ip", "-n", pair.rx, "addr", word, "10.9.9.2/24", "dev", "rx0"], check=True)
                sent += s.send(b"r" * 50000, options)
            return sent
        try:
            with Counting("--port", pair.port, "--netns", pair.tx, "--netns", pair.rx) as count:
                sent = pair.transfer(send)
        finally:
            pair.close()
        self.assertEqual((sent, pair.got), (150000, 150000))
        self.assertGreater(count["retransmits"], 0)
        self.assertGreater(count["retransmitted_bytes"], 0)
        self.assertEqual((count["tx_bytes"], count["rx_bytes"]), (sent, sent))
        if self.layer["tx_calls"]:
            self.assertEqual(count["tx_calls"], 3)
        return sent, count

    @need("ip", "ethtool")
    def test_plain(self):
        sent, count = self.sent_through(0)
        self.assertEqual(count["tx_copied_bytes"], sent if self.layer["tx_copied_bytes"] else None)
        self.assertEqual(count["late_copied_bytes"], 0)

    @need("ip", "ethtool")
    def test_zerocopy(self):
        """Each byte is copied late once, however often it was sent."""
        sent, count = self.sent_through(MSG_ZEROCOPY)
        self.assertEqual(count["tx_referenced_bytes"], sent if self.layer["tx_referenced_bytes"] else None)
        self.assert_late(count, sent)
