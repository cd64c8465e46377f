# SPDX-License-Identifier: MIT
"""Services of datagrams: what is lost is told, and nobody else's is taken for payload."""
import contextlib
import os
import socket
import time
import unittest

from cases import Case, agents, every_path, finish, modes, need_root, Run, start, wait_for

SERVICES = ("udp", "packet")
ZC_TX = ("udp-msg-zerocopy", "udp-gso-zerocopy", "udp-uring-send-zc", "udp-uring-gso-zc")


def udp_ports(pid):
    """Local UDP ports that a process holds; none of one that has ended."""
    inodes = set()
    try:
        for fd in os.listdir("/proc/%d/fd" % pid):
            with contextlib.suppress(FileNotFoundError):
                link = os.readlink("/proc/%d/fd/%s" % (pid, fd))
                if link.startswith("socket:["):
                    inodes.add(link[8:-1])
        with open("/proc/%d/net/udp" % pid) as file:
            lines = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return set()
    return {int(line[1].split(":")[1], 16) for line in lines if line[9] in inodes}


class Datagrams(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = [cls.measure_class(service, "--tx", ",".join(modes("tx", service)), "--rx",
                                      ",".join(modes("rx", service)), "--path", every_path(), "--size", "64K",
                                      "--bytes", "1M", "--verify", "on") for service in SERVICES]
        cls.rows = [row for run in cls.runs for row in run.rows]

    def each(self, of, check):
        rows = [row for row in self.rows if of(row) and row["verdict"] != "skip"]
        if not rows:
            self.skipTest("no row of this kind ran here")
        for row in rows:
            with self.subTest(tx=row["tx"], rx=row["rx"], path=row["path"]):
                check(row)

    def test_exit_statuses(self):
        for run in self.runs:
            self.assertIn(run.done.status, (0, 4), run.done)

    def test_laws_of_the_ledger(self):
        def check(row):
            self.assert_sound(row)
            self.assertEqual((row["delivery"], row["reliable"]), ("datagrams", 0))
            self.assertEqual(row["tx_total_bytes"], row["bytes"])
            self.assertEqual(row["tx_messages"], row["rx_messages"] + row["lost_messages"])
            self.assertEqual(row["verify_errors"], 0)
            self.assertEqual(row["strangers"], 0)
            self.assertEqual(row["duplicate_messages"], 0)
            self.assertIsNotNone(row["dropped_datagrams"])
            # The last one is known as that a while later, in which the CPUs do something else.
            self.assertEqual((row["host_cpu_ns"], row["tx_host_cpu_ns"], row["rx_cpu_sys_ns"]), (None, None, None))
            self.assertIsNotNone(row["tx_cpu_sys_ns"])

        self.each(lambda r: True, check)

    def test_zero_copy_senders_are_told_of_copies(self):
        def check(row):
            self.assertGreater(row["notifications"], 0)
            self.assertEqual(row["notifications_copied"], row["notifications"])
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["verdict"], "copied")

        self.each(lambda r: r["tx"] in ZC_TX and r["path"] in ("lo", "veth"), check)

    def test_zero_copy_senders_are_told_zero_copy_with_xdp(self):
        def check(row):
            self.assertEqual(row["abi_tx_zerocopy_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["verdict"], "unproven")

        self.each(lambda r: r["tx"] in ZC_TX and r["path"] == "veth-xdp", check)

    def test_copying_modes(self):
        def check(row):
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["abi_rx_copied_bytes"], row["rx_total_bytes"])
            self.assertEqual(row["verdict"], "copied")

        self.each(lambda r: r["tx"] in ("udp-send", "udp-sendmmsg", "udp-gso"), check)

    def test_rings_have_no_witness_of_what_is_sent(self):
        def check(row):
            self.assertIsNone(row["abi_tx_copied_bytes"])
            self.assertEqual(row["tx_verdict"], "unproven")
            self.assertEqual(row["rx_verdict"], "copied")

        self.each(lambda r: r["tx"] == "packet-mmap", check)

    def row(self, path, tx, rx):
        found = [r for r in self.rows if (r["path"], r["tx"], r["rx"]) == (path, tx, rx)]
        self.assertEqual(len(found), 1)
        self.skip_if_skipped(found[0])
        return found[0]

    def test_many_datagrams_a_call(self):
        """64 KiB are 46 datagrams of an Ethernet's MTU: a call each, or one or two for all."""
        if "veth" not in every_path().split(","):
            self.skipTest("veth does not run here")
        single = self.row("veth", "udp-send", "udp-recv")
        self.assertGreaterEqual(single["tx_syscalls"], 46 * single["tx_messages"])
        for tx in ("udp-sendmmsg", "udp-gso"):
            with self.subTest(tx=tx):
                self.assertLess(self.row("veth", tx, "udp-recv")["tx_syscalls"], single["tx_syscalls"] / 10)
        gathered = self.row("veth", "udp-gso", "udp-gro")
        self.assertLess(gathered["rx_syscalls"], 10 * gathered["rx_messages"] + 20)


class Shapes(Case):
    def test_any_size_and_flows(self):
        for service in SERVICES:
            for row in self.run_new("--tx", ",".join(modes("tx", service)), "--rx",
                                    ",".join(modes("rx", service)), "--size", "1,5003,200K", "--flows", "1,3",
                                    "--threads", "1", "--bytes", "20000", "--verify", "on", name=service,
                                    status=None).rows:
                with self.subTest(tx=row["tx"], rx=row["rx"], size=row["size"], flows=row["flows"]):
                    self.skip_if_skipped(row)
                    self.assert_sound(row)
                    self.assertEqual(row["verify_errors"], 0)
                    self.assertEqual(row["tx_messages"], row["rx_messages"] + row["lost_messages"])

    def test_ipv6(self):
        for service in SERVICES:
            for row in self.run_new("--tx", ",".join(modes("tx", service)), "--rx",
                                    ",".join(modes("rx", service)[-1:]), "--family", "ipv6", "--path",
                                    every_path(), "--bytes", "512K", "--verify", "on", name=service,
                                    status=None).rows:
                with self.subTest(tx=row["tx"], path=row["path"]):
                    self.skip_if_skipped(row)
                    self.assert_sound(row)
                    self.assertEqual(row["verify_errors"], 0)

    def test_small_mtu(self):
        row = self.good_row_of("--tx", "udp-gso", "--rx", "udp-gro", "--path", "veth", "--mtu", "576", "--bytes",
                               "512K", "--verify", "on")
        self.assertEqual(row["verify_errors"], 0)

    @need_root()
    def test_more_rings_than_a_host_should_give(self):
        run = self.run_new("--tx", "packet-mmap", "--rx", "packet-mmap", "--flows", "257", "--bytes", "1M", status=4)
        self.assertIn("lower --flows", run.rows[0]["reason"])

    def test_many_flows(self):
        row = self.good_row_of("--tx", "udp-send", "--rx", "udp-recvmmsg", "--flows", "200", "--size", "1000",
                               "--bytes", "1M", "--verify", "on")
        self.assertEqual(row["verify_errors"], 0)

    def test_hosts(self):
        """Over the path whose ends only know each other's addresses."""
        for service, tx, rx in (("udp", "udp-gso", "udp-gro"), ("packet", "packet-mmap", "packet-mmap")):
            with self.subTest(service=service):
                row = self.good_row_of("--tx", tx, "--rx", rx, "--path", "hosts", "--tx-agent", "local",
                                       "--rx-agent", "local", "--rx-address", "127.0.0.1", "--bytes", "1M",
                                       "--verify", "on", name=service)
                self.assertEqual(row["verify_errors"], 0)

    def test_dimensions_of_tcp_are_refused(self):
        for option in ("--congestion=bbr", "--mss=page", "--cork=on"):
            run = self.run_new("--tx", "udp-send", "--rx", "udp-recv", option, status=4, name=option[2:6])
            self.assertIn("service udp has no", run.rows[0]["reason"])

    def test_receive_buffers_too_small_for_a_datagram(self):
        for rx in modes("rx", "udp"):
            with self.subTest(rx=rx):
                run = self.run_new("--tx", "udp-send", "--rx", rx, "--rx-size", "4K", "--bytes", "64K",
                                   status=None, name=rx)
                self.assertIn("--rx-size", run.rows[0]["reason"])

    def test_receive_buffers_as_large_as_a_datagram(self):
        for rx in ("udp-recv", "udp-recvmmsg"):
            row = self.good_row_of("--tx", "udp-send", "--rx", rx, "--path", "lo", "--rx-size", 65507, "--size", "64K",
                                   "--bytes", "640K", "--verify", "on", name=rx)
            self.assertGreater(row["rx_total_bytes"], 0)
            self.assertEqual(row["verify_errors"], 0)


class Loss(Case):
    """A receive buffer of two datagrams loses most of what is sent."""

    def test_is_told(self):
        row = self.good_row_of("--tx", "udp-sendmmsg", "--rx", "udp-recv", "--rcvbuf", "4K", "--size", "16K",
                               "--bytes", "64M", "--verify", "on")
        self.assertGreater(row["lost_bytes"], 0)
        self.assertGreater(row["lost_messages"], 0)
        self.assertEqual(row["verify_errors"], 0)
        self.assertEqual(row["dropped_datagrams"], row["lost_messages"])
        self.assertEqual(row["lost_bytes"], row["lost_messages"] * row["size"])
        self.assertAlmostEqual(row["goodput_bytes_per_s"] * row["elapsed_ns"] / 1e9 / row["rx_bytes"], 1)

    def test_is_in_the_table(self):
        run = self.run_new("--tx", "udp-sendmmsg", "--rx", "udp-recv", "--rcvbuf", "4K", "--size", "16K",
                           "--bytes", "64M")
        self.assertRegex(run.done.out, r"\blost\b")
        share = 100 * run.rows[0]["lost_bytes"] / run.rows[0]["tx_total_bytes"]
        self.assertIn("%.3g %%" % share, run.done.out)

    @need_root()
    def test_full_ring(self):
        """A receiver that is stopped while its ring of 4 MiB fills."""
        child = start("run", "--tx", "packet-mmap", "--rx", "packet-mmap", "--path", "lo", "--duration", "2",
                      "--warmup", "0", "--out", self.folder, "--run-id", "r", "--repeats", 1)
        self.addCleanup(self.end, child)
        ends = wait_for("ports of both ends", lambda: len(agents(child.pid)) == 2 and
                        all(map(udp_ports, agents(child.pid))) and agents(child.pid), child)
        receiver = min(ends)  # it is started first
        time.sleep(0.3)
        os.kill(receiver, 19)
        time.sleep(0.3)
        os.kill(receiver, 18)
        done = finish(child)
        row = Run(os.path.join(self.folder, "r")).rows[0]
        self.skip_if_skipped(row)
        self.assertEqual(done.status, 0, done)
        self.assert_sound(row)
        self.assertGreater(row["dropped_datagrams"], 0)
        self.assertGreater(row["lost_bytes"], 0)


class Strangers(Case):
    """Whoever sends to a receiver's port is counted, and nothing of it is payload."""

    def check(self, tx, rx):
        child = start("run", "--tx", tx, "--rx", rx, "--path", "lo", "--duration", "1.5", "--size", "1000",
                      "--verify", "on", "--out", self.folder, "--run-id", rx, "--repeats", 1)
        self.addCleanup(self.end, child)
        wait_for("ports of both ends", lambda: all(map(udp_ports, agents(child.pid))) and
                 len(agents(child.pid)) == 2, child)
        messages = [b"", b"x", b"\0" * 32, os.urandom(32), os.urandom(500)]
        sent = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            while child.poll() is None and sent < 20000:
                # Of the agents of this moment: each repeat has others.
                for port in {port for agent in agents(child.pid) for port in udp_ports(agent)}:
                    stranger.sendto(messages[sent % len(messages)], ("127.0.0.1", port))
                    sent += 1
                time.sleep(0.01)
        done = finish(child)
        row = Run(os.path.join(self.folder, rx)).rows[0]
        self.skip_if_skipped(row)
        self.assertEqual(done.status, 0, done)
        self.assert_sound(row)
        self.assertEqual(row["verify_errors"], 0)
        self.assertGreater(row["strangers"], 0)
        self.assertLessEqual(row["strangers"], sent)

    def test_udp(self):
        for rx in modes("rx", "udp"):
            with self.subTest(rx=rx):
                self.check("udp-send", rx)

    @need_root()
    def test_packet(self):
        self.check("packet-mmap", "packet-mmap")


if __name__ == "__main__":
    unittest.main()
