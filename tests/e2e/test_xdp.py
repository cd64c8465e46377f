# SPDX-License-Identifier: MIT
"""AF_XDP over veth: known answers, what is refused, and bad weather."""
import os
import signal
import subprocess
import sys
import time

from cases import Case, Run, agents, children, finish, need, need_root, start, wait_for

XDP = ("--tx", "xdp-copy", "--rx", "xdp-copy", "--path", "veth")

# Two cards of a host of our own: they stay when a run is killed.
HOST = "ip link add eth1 type veth peer name eth2 && exec \"$@\""

# The same with somebody else's program on both, and a look at them before and after.
STRANGE = """
ip link add eth1 numtxqueues 2 numrxqueues 2 type veth peer name eth2 numtxqueues 2 numrxqueues 2 &&
	"$PYTHON" "$STRANGE" eth1 && "$PYTHON" "$STRANGE" eth2 || exit 77
look() { ip -j link | "$PYTHON" -c 'import json, sys
print([(one["ifname"], one.get("xdp", {}).get("prog", {}).get("id")) for one in json.load(sys.stdin)])'; }
look >before
"$@"
status=$?
look >after
exit $status
"""


def in_namespace_of(pid, *words):
    return subprocess.run(["nsenter", "-n", "-t", str(pid), *words], capture_output=True, text=True, check=False)


def end_of(pid, role):
    """The agent that plays this end: the sender's namespace has the first address."""
    address = {"tx": "198.18.0.1/", "rx": "198.18.0.2/"}[role]
    for agent in agents(pid):
        if address in in_namespace_of(agent, "ip", "-o", "address").stdout:
            return agent
    return None


@need_root()
class Xdp(Case):
    def assert_told(self, row):
        """Every byte came or is missed, and every packet that the device saw is told of."""
        self.assert_sound(row)
        self.assertEqual(row["service"], "xdp")
        self.assertEqual(row["tx_total_bytes"], row["rx_total_bytes"] + row["lost_bytes"])
        self.assertEqual(row["verdict"], "copied")
        self.assertEqual(row["abi_tx_copied_bytes"], row["tx_total_bytes"])
        self.assertEqual(row["abi_rx_copied_bytes"], row["rx_total_bytes"])
        self.assertGreater(row["rx_total_bytes"], 0)
        self.assertEqual(row["duplicate_messages"] + row["reordered_messages"] + row["strangers"], 0)
        self.assertEqual(row["queue_unserved"], 0)
        if row["lost_bytes"]:
            self.assertGreater(row["queue_drops"], 0)

    def test_sizes(self):
        sizes = (1, 100, 1426, 1427, 5003, 65536, 300000)
        for size in sizes:
            with self.subTest(size=size):
                row = self.row_of(*XDP, "--verify", "on", "--size", size, "--bytes", max(100 * size, 20000),
                                  name="s%d" % size)
                self.assert_told(row)
                self.assertEqual(row["verify_errors"], 0)

    def test_whole_messages_are_lost_with_any_part(self):
        """One packet a message: as many messages are lost as packets were dropped. And of frames so
        few the sender has to wait for some to come back."""
        row = self.row_of(*XDP, "--size", 1000, "--bytes", "20M", "--buffers", 64, "--batch", 128)
        self.assert_told(row)
        self.assertGreater(row["tx_buffer_waits"], 0)
        self.assertEqual(row["lost_messages"] * 1000, row["lost_bytes"])
        self.assertEqual(row["queue_drops"], row["lost_messages"])

    def test_packets_of_several_frames(self):
        for mtu, family in (("1280", "ipv6"), ("3900", "ipv4"), ("9000", "ipv4"), ("9000", "ipv6"), ("65535", "ipv4")):
            with self.subTest(mtu=mtu, family=family):
                row = self.row_of(*XDP, "--verify", "on", "--size", "200K", "--bytes", "4M", "--mtu", mtu,
                                  "--family", family, name=family + mtu)
                self.assert_told(row)
                self.assertEqual(row["verify_errors"], 0)

    def test_queues(self):
        for flows, threads, queues in ((2, 2, 2), (5, 2, 3), (3, 1, 1), (4, 2, 4)):
            with self.subTest(flows=flows, threads=threads, queues=queues):
                row = self.row_of(*XDP, "--verify", "on", "--bytes", "4M", "--flows", flows, "--threads", threads,
                                  "--queues", queues, name="q%d%d%d" % (flows, threads, queues))
                self.assert_told(row)

    def test_busy_poll_and_huge_pages(self):
        for options in (("--busy-poll", 20), ("--pages", "thp")):
            with self.subTest(options=options):
                row = self.row_of(*XDP, "--verify", "on", "--bytes", "4M", *options, name=options[0])
                self.assert_told(row)

    def test_a_window(self):
        row = self.row_of(*XDP, "--duration", "0.3", "--warmup", "0.1", "--size", "1400")
        self.assert_told(row)
        self.assertGreater(row["goodput_bytes_per_s"], 0)
        self.assertGreater(row["notify_max_ns"], 0)
        self.assertIsNotNone(row["host_cpu_ns"])
        self.assertIsNotNone(row["rx_cpu_sys_ns"])

    def test_what_does_not_go_says_why(self):
        for words, options in (("refuses XDP_ZEROCOPY", ("--tx", "xdp-zerocopy")),
                               ("refuses XDP_ZEROCOPY", ("--rx", "xdp-zerocopy")),
                               ("lo has no native XDP", ("--path", "lo")),
                               ("left alone", ("--path", "veth-xdp")),
                               ("cannot take the XDP program", ("--path", "veth-xdp", "--force", "on")),
                               ("--align", ("--align", 64)),
                               ("--queues", ("--flows", 2, "--threads", 2, "--queues", 1)),
                               ("carries no responses", ("--workload", "rr")),
                               ("raise --buffers", ("--buffers", 8)),
                               ("--mss", ("--mss", 1000))):
            with self.subTest(options=options):
                self.setUp()
                run = self.run_new(*XDP, "--bytes", "64K", *options, status=4)
                self.assertIn(words, run.rows[0]["reason"])

    def test_other_modes_have_no_queues(self):
        run = self.run_new("--queues", 2, "--bytes", "64K", "--path", "veth", status=4)
        self.assertIn("--queues", run.rows[0]["reason"])


@need_root()
@need("unshare", "nsenter", "ip")
class Weather(Case):
    def start_on_cards(self, *arguments):
        child = start("run", *XDP[:4], "--path", "nics", "--nics", "eth1+eth2", "--repeats", 1, "--out", self.folder,
                      "--run-id", "r", *arguments, before=["unshare", "-n", "sh", "-c", HOST, "sh"])
        self.addCleanup(self.end, child)
        return child

    def wait_for_program(self, child):
        def attached():
            end = end_of(child.pid, "rx")
            return end if end and "prog/xdp" in in_namespace_of(end, "ip", "link", "show", "eth2").stdout else None

        return wait_for("XDP program on eth2", attached, child)

    def test_killed_agents_leave_no_program(self):
        child = self.start_on_cards("--duration", 20)
        receiver = self.wait_for_program(child)
        # A process of ours keeps the namespace, and with it the device, in sight.
        keeper = subprocess.Popen(["nsenter", "-n", "-t", str(receiver), "sleep", "60"])
        self.addCleanup(keeper.wait)
        self.addCleanup(keeper.kill)
        os.kill(receiver, signal.SIGKILL)
        done = finish(child)
        self.assertEqual(done.status, 3, done)

        def gone():
            return "xdp" not in in_namespace_of(keeper.pid, "ip", "link").stdout

        wait_for("device without a program", gone)

    def start_among_strangers(self, *arguments):
        child = start("run", *XDP[:4], "--path", "nics", "--nics", "eth1+eth2", "--repeats", 1, "--out", self.folder,
                      "--run-id", "r", *arguments, before=["unshare", "-n", "sh", "-c", STRANGE, "sh"], cwd=self.folder,
                      env={**os.environ, "PYTHON": sys.executable, "STRANGE": os.path.join(os.path.dirname(__file__),
                                                                                             "strange_xdp.py")})
        self.addCleanup(self.end, child)
        return child

    def finish_among_strangers(self, child):
        """The row, if somebody else's programs are where they were."""
        done = finish(child)
        if done.status == 77:
            self.skipTest("no XDP program of somebody else's: " + done.err)
        before, after = (open(os.path.join(self.folder, name)).read() for name in ("before", "after"))
        self.assertRegex(before, r"'eth1', \d+.*'eth2', \d+|'eth2', \d+.*'eth1', \d+")
        self.assertEqual(after, before, done)
        return Run(self.folder + "/r").rows[0]

    def test_programs_of_others_stay(self):
        row = self.finish_among_strangers(self.start_among_strangers("--bytes", "64K"))
        self.assertEqual(row["verdict"], "skip")
        self.assertIn("left alone", row["reason"])
        self.assertIn("--force on", row["reason"])

    def test_forced_programs_of_others_come_back(self):
        for threads in (1, 2):
            with self.subTest(threads=threads):
                self.setUp()
                row = self.finish_among_strangers(self.start_among_strangers(
                    "--force", "on", "--bytes", "1M", "--verify", "on", "--flows", 2, "--threads", threads))
                self.skip_if_skipped(row)
                self.assert_sound(row)
                self.assertEqual(row["verdict"], "copied")

    def test_forced_programs_of_others_come_back_to_the_killed(self):
        for role in ("rx", "tx"):
            with self.subTest(role=role):
                self.setUp()
                child = self.start_among_strangers("--force", "on", "--duration", 20)
                run = wait_for("zcbench", lambda: [c for c in children(child.pid) if agents(c)][:1], child)[0]
                end = wait_for(role, lambda: end_of(run, role), child)
                time.sleep(0.5)
                os.kill(end, signal.SIGKILL)
                row = self.finish_among_strangers(child)
                self.assertEqual(row["verdict"], "fail")

    def test_a_link_that_goes_and_comes_back(self):
        """Whatever service of datagrams: what is lost is told, and the rest comes."""
        for tx, rx, flows in (("xdp-copy", "xdp-copy", 1), ("packet-mmap", "packet-mmap", 1), ("udp-send", "udp-recv", 2),
                              ("udp-sendmmsg", "udp-gro", 1), ("udp-msg-zerocopy", "udp-recv", 2),
                              ("udp-uring-gso-zc", "udp-recvmmsg", 2)):
            with self.subTest(tx=tx):
                self.setUp()
                self.check_link_flap("--tx", tx, "--rx", rx, "--flows", flows, "--threads", 1)

    def check_link_flap(self, *arguments):
        child = self.start_on_cards(*arguments, "--duration", 1.5, "--warmup", 0, "--size", 1400, "--verify", "on")
        sender = wait_for("sender", lambda: end_of(child.pid, "tx"), child)
        wait_for("payload", lambda: self.sent(sender) > 100, child)
        for state in ("down", "up"):
            self.assertEqual(in_namespace_of(sender, "ip", "link", "set", "eth1", state).returncode, 0)
            before = self.sent(sender)
            time.sleep(0.2)
        wait_for("payload after that", lambda: self.sent(sender) > before + 100, child)
        done = finish(child)
        row = Run(self.folder + "/r").rows[0]
        self.skip_if_skipped(row)
        self.assert_sound(row)
        self.assertEqual(row["verify_errors"], 0)
        self.assertGreater(row["tx_waits"], 0, done)

    @staticmethod
    def sent(sender):
        told = in_namespace_of(sender, "cat", "/proc/net/dev").stdout
        return next((int(line.split(":")[1].split()[9]) for line in told.splitlines() if "eth1:" in line), 0)

    def test_a_receiver_that_is_stopped_misses_frames(self):
        """The kernel runs out of frames of ours, and goes on when it gets them back."""
        child = self.start_on_cards("--duration", 1.5, "--warmup", 0, "--size", 1400, "--verify", "on")
        receiver = self.wait_for_program(child)
        wait_for("payload", lambda: self.sent(end_of(child.pid, "tx")) > 100, child)
        os.kill(receiver, signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(receiver, signal.SIGCONT)
        done = finish(child)
        row = Run(self.folder + "/r").rows[0]
        self.skip_if_skipped(row)
        self.assert_sound(row)
        self.assertGreater(row["lost_messages"], 0, done)
        self.assertGreater(row["queue_drops"], 0)
        self.assertGreater(row["queue_no_frame"] + row["queue_ring_full"], 0)
        self.assertLessEqual(row["queue_drops"], row["lost_messages"])

    def test_strangers_are_left_out(self):
        """Somebody who sends to the very port, and somebody who sends to another."""
        child = self.start_on_cards("--duration", 10, "--warmup", 0, "--size", 1400, "--buffers", 4096)
        self.wait_for_program(child)
        sender, receiver = end_of(child.pid, "tx"), end_of(child.pid, "rx")
        ports = in_namespace_of(receiver, "ss", "-Hlun").stdout.split()
        port = next(word.rsplit(":", 1)[1] for word in ports if ":" in word and not word.endswith("*"))
        for where in (port, "9"):
            said = in_namespace_of(sender, "bash", "-c",
                                   "for i in {1..30}; do echo stranger >/dev/udp/198.18.0.2/%s; sleep 0.02; "
                                   "done" % where)
            self.assertEqual(said.returncode, 0, said)
        done = finish(child)
        row = Run(self.folder + "/r").rows[0]
        self.assertEqual(row["verdict"], "copied", done)
        # Where the receiver is too slow, some of them are lost like any other packet.
        self.assertIn(row["strangers"], range(1, 31))
        self.assertGreaterEqual(row["queue_passed"], 30)

    def test_strangers_are_no_sign_of_life(self):
        """Somebody who never stops sending to the port does not keep the receiver waiting for payload."""
        for options in ((), ("--busy-poll", 20)):
            with self.subTest(options=options):
                self.setUp()
                child = self.start_on_cards("--duration", 2, "--warmup", 0, "--size", 1400, *options)
                self.wait_for_program(child)
                sender, receiver = end_of(child.pid, "tx"), end_of(child.pid, "rx")
                ports = in_namespace_of(receiver, "ss", "-Hlun").stdout.split()
                port = next(word.rsplit(":", 1)[1] for word in ports if ":" in word and not word.endswith("*"))
                stranger = subprocess.Popen(["nsenter", "-n", "-t", str(sender), "bash", "-c",
                                             "while sleep 0.02; do echo stranger >/dev/udp/198.18.0.2/%s; done" % port],
                                            stderr=subprocess.DEVNULL, start_new_session=True)
                self.addCleanup(self.end, stranger)
                started = time.monotonic()
                done = finish(child)
                row = Run(self.folder + "/r").rows[0]
                self.assertEqual(row["verdict"], "copied", done)
                self.assertGreater(row["strangers"], 10)
                self.assertLess(time.monotonic() - started, 9)
