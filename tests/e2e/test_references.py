# SPDX-License-Identifier: MIT
"""The references without a network: AF_UNIX, pipes, shared memory, memcpy. What is known to come out,
byte by byte, and what they leave behind: nothing."""
import os
import socket
import subprocess
import unittest

from cases import NOBODY, ZCBENCH, Case, call, modes, need_root, services
from test_agent import HELLO, TOKEN, Agent

LOCAL = ("unix", "pipe", "memory", "process")
PLAIN = {"unix": ("unix-send", "unix-recv"), "pipe": ("pipe-write", "pipe-read"),
         "memory": ("shm-copy", "shm-copy"), "process": ("memcpy", "memcpy")}
BLIND = ("unix-splice", "pipe-splice")
BY_REFERENCE = ("unix-splice", "pipe-vmsplice")


def every(direction, without=()):
    return ",".join(m for s in LOCAL for m in modes(direction, s) if m not in without)


class References(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = [
            cls.measure_class("all", "--tx", every("tx"), "--rx", every("rx"), "--bytes", "3M", "--flows", "1,3"),
            cls.measure_class("odd", "--tx", every("tx"), "--rx", every("rx", BLIND), "--bytes", "2M", "--size", "5003",
                              "--flows", "1,3", "--verify", "on", "--align", 7),
            cls.measure_class("large", "--tx", every("tx"), "--rx", every("rx", BLIND), "--bytes", "9M", "--size", "3M",
                              "--verify", "on", "--rx-size", "100000"),
        ]
        cls.rows = [row for run in cls.runs for row in run.rows]

    def each(self, check, of=lambda row: True):
        rows = [row for row in self.rows if of(row)]
        self.assertTrue(rows)
        for row in rows:
            with self.subTest(tx=row["tx"], rx=row["rx"], size=row["size"], flows=row["flows"], verify=row["verify"]):
                check(row)

    def test_exit_statuses(self):
        for run in self.runs:
            self.assertEqual(run.done.status, 0, run.done)

    def test_every_pair_within_a_service_and_no_other(self):
        pairs = {(tx, rx) for s in LOCAL for tx in modes("tx", s) for rx in modes("rx", s)}
        self.assertEqual({(row["tx"], row["rx"]) for row in self.rows}, pairs)
        self.assertGreaterEqual(set(services()), set(LOCAL))

    def test_laws_of_the_ledger(self):
        def check(row):
            self.assert_sound(row)
            whole = row["size"] * row["flows"]
            self.assertEqual(row["tx_total_bytes"], -(-row["bytes"] // whole) * whole if row["flows"] == 1
                             else row["tx_messages"] * row["size"])
            self.assertGreaterEqual(row["tx_total_bytes"], row["bytes"])
            self.assertEqual(row["tx_messages"], row["rx_messages"])
            self.assertEqual(row["in_flight_bytes"], 0)
            self.assertEqual((row["delivery"], row["reliable"], row["ordered"], row["encrypted"], row["checksum_by"]),
                             ("stream", 1, 1, 0, "nobody"))
            if row["verify"] == "on":
                self.assertEqual(row["verify_errors"], 0)

        self.each(check)

    def test_a_copy_is_one_copy(self):
        """memcpy copies each byte once; so does shm-copy into a ring that is read in place."""
        def check(row):
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["abi_rx_mapped_bytes"], row["rx_total_bytes"])
            self.assertEqual(row["abi_rx_copied_bytes"], 0)
            self.assertEqual((row["tx_verdict"], row["rx_verdict"], row["verdict"]), ("copied", None, "copied"))

        self.each(check, lambda row: row["rx"] in ("memcpy", "shm-map"))

    def test_two_copies_are_two(self):
        def check(row):
            self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
            self.assertEqual(row["abi_rx_copied_bytes"], row["rx_total_bytes"])
            self.assertEqual((row["tx_verdict"], row["rx_verdict"]), ("copied", "copied"))

        self.each(check, lambda row: (row["tx"], row["rx"]) in (PLAIN["unix"], PLAIN["pipe"], PLAIN["memory"]))

    def test_references_to_pages_have_no_witness(self):
        def check(row):
            self.assertIsNone(row["abi_tx_copied_bytes"])
            self.assertIsNone(row["abi_tx_zerocopy_bytes"])
            self.assertEqual(row["verdict"], "unproven")

        self.each(check, lambda row: row["tx"] in BY_REFERENCE)

    def test_tcp_is_not_said_to_have_carried_them(self):
        self.each(lambda row: self.assertIsNone(row["tx_tcp_bytes"] or row["rx_tcp_bytes"] or row["mss_used"]))


class Behaviour(Case):
    def rows_of(self, *arguments, **options):
        return self.run_new(*arguments, **options).rows

    def test_verify_catches_a_page_that_is_written_too_early(self):
        for tx, rx in (("unix-splice", "unix-recv"), ("pipe-vmsplice", "pipe-read")):
            with self.subTest(tx=tx):
                self.setUp()
                row = self.rows_of("--tx", tx, "--rx", rx, "--bytes", "32M", "--verify", "on", "--reuse", "early", status=3)[0]
                self.assertEqual(row["verdict"], "fail")
                self.assertGreater(row["verify_errors"], 0)

    def test_for_a_time(self):
        for row in self.rows_of("--tx", every("tx"), "--rx", every("rx"), "--duration", 0.1, "--warmup", 0.05):
            with self.subTest(tx=row["tx"], rx=row["rx"]):
                self.assert_sound(row)
                self.assertGreater(row["goodput_bytes_per_s"], 1e6)

    def test_bounded_by_caches_as_memory_is(self):
        """--size and --buffers make the footprint: 128 KiB stay next to the core, 256 MiB do not."""
        rows = self.run_new("--tx", "memcpy", "--rx", "memcpy", "--size", "64K", "--buffers", "1,2048", "--duration", 0.2,
                            "--warmup", 0.1, repeats=3).rows
        speeds = {1: [], 2048: []}
        for row in rows:
            self.assert_sound(row)
            speeds[row["buffers_used"]].append(row["goodput_bytes_per_s"])
        self.assertGreater(max(speeds[1]), 1.3 * max(speeds[2048]))

    def test_stores_past_the_caches_leave_the_caches_alone(self):
        """Of more than the caches hold both are bounded by memory; of less, only what bypasses them is."""
        rows = self.run_new("--tx", "memcpy,memcpy-nt", "--rx", "memcpy", "--size", "64K", "--duration", 0.2, "--warmup", 0.1,
                            repeats=3, status=None).rows
        self.skip_if_skipped(next(row for row in rows if row["tx"] == "memcpy-nt"))
        plain, past = (max(r["goodput_bytes_per_s"] for r in rows if r["tx"] == tx) for tx in ("memcpy", "memcpy-nt"))
        self.assertGreater(plain, 1.3 * past)

    def test_request_and_response_over_unix(self):
        for row in self.rows_of("--tx", "unix-send,unix-splice", "--rx", "unix-recv", "--workload", "rr", "--size", "4K",
                                "--duration", 0.1, "--verify", "on"):
            self.assert_sound(row)
            self.assertGreater(row["latency_count"], 0)

    def test_what_makes_no_sense_is_a_row_with_a_sentence(self):
        for words, named in ((("--path", "veth"), "--path lo"), (("--workload", "rr"), "--workload stream"),
                             (("--congestion", "reno"), "--congestion"), (("--sndbuf", "64K"), "--sndbuf")):
            with self.subTest(words=words):
                self.setUp()
                row = self.rows_of("--tx", "pipe-write", "--rx", "pipe-read", *words, status=4)[0]
                self.assertEqual(row["verdict"], "skip")
                self.assertIn(named, row["reason"])
                self.assertEqual(row["service"], "pipe")

    def test_modes_of_two_services_are_told_apart(self):
        row = self.rows_of("--tx", "unix-send", "--rx", "recv", status=4)[0]
        self.assertIn("--rx unix-recv", row["reason"])
        self.assertIsNone(row["service"])

    def test_nothing_is_left_in_the_folder_where_ends_meet(self):
        base = self.folder + "/tmp"
        os.mkdir(base)
        environment = dict(os.environ, TMPDIR=base)
        for service in LOCAL:
            tx, rx = PLAIN[service]
            done = call("run", "--out", self.folder, "--run-id", service, "--repeats", 1, "--tx", tx, "--rx", rx, "--bytes", "1M",
                        "--flows", 3, env=environment)
            self.assertEqual(done.status, 0, done)
            self.assertEqual(os.listdir(base), [])

    def test_a_folder_that_is_not_there_is_named(self):
        run = self.run_new("--tx", "unix-send", "--rx", "unix-recv", status=3, env=dict(os.environ, TMPDIR="/nonexistent"))
        self.assertIn("TMPDIR", run.rows[0]["reason"])

    def test_strangers_at_the_unix_socket(self):
        rx = Agent()
        self.addCleanup(lambda: rx.child.poll() is None and rx.child.kill())
        rx.say(HELLO, "cell tx=unix-send", "cell rx=unix-recv", "cell bytes=8", "cell size=8", "role rx", "address 127.0.0.1",
               "token " + TOKEN, "limit 60", "open")
        rx.hear()
        where = rx.hear().split(" ", 1)[1]
        self.assertEqual(os.stat(os.path.dirname(where)).st_mode & 0o777, 0o700)
        peers = []
        for said in (b"wrong" * 4, bytes.fromhex(TOKEN) + bytes(8)):
            peers.append(socket.socket(socket.AF_UNIX))
            peers[-1].connect(where)
            peers[-1].sendall(said)
        self.assertEqual(rx.hear(), "ready")
        self.assertFalse(os.path.exists(os.path.dirname(where)))
        rx.say("go")
        for peer in peers:
            peer.close()
        lines = rx.end().out.splitlines()
        self.assertIn("sample strangers=1", lines)
        self.assertIn("sample rx_total_bytes=0", lines)


@need_root()
class Users(Case):
    def test_they_need_no_privilege(self):
        os.chmod(self.folder, 0o777)
        done = subprocess.run([*NOBODY, ZCBENCH, "run", "--out", self.folder, "--run-id", "r", "--repeats", "1", "--tx", every("tx"),
                               "--rx", every("rx"), "--bytes", "1M", "--quiet"], capture_output=True, text=True, timeout=180)
        if "Permission denied" in done.stderr:
            self.skipTest("nobody cannot read " + ZCBENCH)
        self.assertEqual(done.returncode, 0, done)

    def test_agents_that_become_somebody(self):
        run = self.run_new("--tx", "unix-send,shm-copy", "--rx", "unix-recv,shm-map", "--bytes", "1M", "--agent-user", "nobody")
        for row in run.rows:
            self.assert_sound(row)


if __name__ == "__main__":
    unittest.main()
