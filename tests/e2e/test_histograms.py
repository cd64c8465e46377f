# SPDX-License-Identifier: MIT
"""Histograms of zcprobe: traffic of one size, and delays that are known because we made them."""
import json
import select
import signal
import socket
import time

from cases import need_root
from probing import MSG_ZEROCOPY, SO_ZEROCOPY, Counting, Pair, ProbeCase, probe, start_audit

MESSAGE = 65536


def exactly(s, n):
    while n:
        n -= len(s.recv(min(n, 1 << 20), socket.MSG_WAITALL))


def await_notices(s, calls):
    """Reads notices until they are about so many calls."""
    poll, told = select.poll(), 0
    poll.register(s, 0)
    while told < calls:
        if not poll.poll(10000):
            raise AssertionError("%d notices of %d calls" % (told, calls))
        for _, kind, data in s.recvmsg(1, 1024, socket.MSG_ERRQUEUE)[1]:
            low, high = (int.from_bytes(data[at:at + 4], "little") for at in (8, 12))
            told += high - low + 1


@need_root()
class Histograms(ProbeCase):
    def setUp(self):
        super().setUp()
        self.pair = Pair()
        self.addCleanup(self.pair.close)
        self.tx = self.pair.connect()
        self.addCleanup(self.tx.close)
        self.rx, _ = self.pair.listener.accept()
        self.addCleanup(self.rx.close)

    def counting(self, *arguments):
        return Counting("--histograms", "--port", self.pair.port, *arguments)

    def of(self, count, name, counter):
        """None where this kernel has no layer for it, and then it must not be there."""
        if self.layer[counter] is None:
            self.assertNotIn(("forward", name), count.histogram)
            return None
        return count.histogram.get(("forward", name), {})

    def assert_holds(self, buckets, total):
        """So many bytes can be in these buckets, each of which reaches to twice its lower end."""
        self.assertLessEqual(sum(low * n for low, n in buckets.items()), total)
        self.assertGreater(sum(2 * low * n for low, n in buckets.items()), total)

    def test_sizes(self):
        with self.counting() as count:
            for _ in range(20):
                self.tx.sendall(b"h" * MESSAGE)
                exactly(self.rx, MESSAGE)
            self.tx.sendall(b"h")
            exactly(self.rx, 1)
        self.assertIn(self.of(count, "tx_copy_bytes", "tx_copied_bytes"), (None, {MESSAGE: 20, 1: 1}))
        received = self.of(count, "rx_copy_bytes", "rx_copied_bytes")
        self.assertEqual(received[1], 1)
        self.assert_holds(received, count["rx_copied_bytes"])
        self.assertNotIn(("forward", "late_copy_bytes"), count.histogram)

    def test_late_copies(self):
        self.tx.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        with self.counting() as count:
            for _ in range(20):
                self.assertEqual(self.tx.send(b"l" * MESSAGE, MSG_ZEROCOPY), MESSAGE)
                exactly(self.rx, MESSAGE)
        self.assertNotIn(("forward", "tx_copy_bytes"), count.histogram)
        late = self.of(count, "late_copy_bytes", "late_copied_bytes")
        if count["late_copied_bytes"]:
            self.assert_holds(late, count["late_copied_bytes"] + count["late_copied_again_bytes"])

    def test_time_to_notice(self):
        """What waits in the send queue for a reader who sleeps is not given back meanwhile."""
        self.rx.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.tx.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        with self.counting() as count:
            self.tx.setblocking(False)
            sent, calls = 0, 0
            try:
                while calls < 20:
                    sent += self.tx.send(b"t" * MESSAGE, MSG_ZEROCOPY)
                    calls += 1
            except BlockingIOError:
                pass
            time.sleep(1.2)
            exactly(self.rx, sent)
            await_notices(self.tx, calls)
        times = self.of(count, "notice_ns", "timed_notices")
        if times is None:
            return
        self.assertEqual(sum(times.values()), count["timed_notices"])
        self.assertLessEqual(count["timed_notices"], count["tx_zerocopy_calls"])
        self.assertEqual(count["tx_zerocopy_calls"], calls)
        slow = sum(n for low, n in times.items() if 1 << 30 <= low <= 1 << 33)
        self.assertGreater(slow, 0, "the last send waited for more than 1.07 s")

    def test_quick_notices(self):
        """One at a time: each is seen, and none of them takes a second."""
        self.tx.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        with self.counting() as count:
            for _ in range(50):
                self.tx.send(b"q" * MESSAGE, MSG_ZEROCOPY)
                exactly(self.rx, MESSAGE)
                time.sleep(0.002)
                await_notices(self.tx, 1)
        times = self.of(count, "notice_ns", "timed_notices")
        if times is not None:
            self.assertEqual(sum(times.values()), 50)
            self.assertLess(max(times), 1 << 30)

    def test_not_asked_for(self):
        with Counting("--port", self.pair.port) as count:
            self.tx.sendall(b"n" * MESSAGE)
            exactly(self.rx, MESSAGE)
        self.assertEqual(count.histogram, {})
        self.assertIsNone(count["timed_notices"])

    def audit(self, *words):
        """Of the port, while 10 messages pass."""
        child = start_audit("--histograms", "--port", self.pair.port, *words)
        for _ in range(10):
            self.tx.sendall(b"a" * MESSAGE)
            exactly(self.rx, MESSAGE)
        child.send_signal(signal.SIGINT)
        out = child.communicate(timeout=60)[0]
        self.assertEqual(child.returncode, 0, out)
        return out

    def test_audit_json(self):
        ledger = json.loads(self.audit("--json"))
        sizes = ledger["audited"]["histograms"]["tx_copy_bytes"]
        if self.layer["tx_copied_bytes"] is None:
            self.assertIsNone(sizes)
        else:
            self.assertEqual(sizes, [{"from": 65536, "to": 131071, "count": 10}])
        self.assertEqual(ledger["from_port"]["histograms"]["rx_copy_bytes"], [])

    def test_audit_text(self):
        out = self.audit()
        if self.layer["tx_copied_bytes"]:
            self.assertRegex(out, r"tx_copy_bytes: .*\n +65536 \.\. 131071 +10  \*{40}\n")
        self.assertRegex(out, r"rx_copy_bytes: .*\n +\d+ \.\. \d+ +\d+ ")

    def test_doctor(self):
        rows = json.loads(probe("doctor", "--json")[1])
        for name in ("timed_notices", "timed_pins"):
            self.assertTrue(rows[name]["layer"] or rows[name]["reason"], name)
