# SPDX-License-Identifier: MIT
"""zcprobe: sums that are known because the traffic is ours, on whatever layer this kernel allows."""
import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from runner import process
from cases import NOBODY, ZCBENCH, Case, call, need, need_root

ZCPROBE = os.path.join(os.path.dirname(ZCBENCH), "zcprobe")
AUDIT = os.path.join(os.path.dirname(ZCBENCH), "zcbench-audit")
MSG_ZEROCOPY, SO_ZEROCOPY = 0x4000000, 60
SIZES = (1, 100, 4096, 65536, 1000000, 3)


def probe(*arguments, seconds=60, before=()):
    done = subprocess.run([*before, ZCPROBE, *map(str, arguments)], capture_output=True, text=True,
                          timeout=seconds, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def can_count():
    if not os.path.exists(ZCPROBE):
        return "zcprobe is not built (clang, bpftool, libbpf-dev)"
    status, _, err = probe("doctor")
    return None if status == 0 else err.strip()


def layers():
    return {name: row["layer"] for name, row in json.loads(probe("doctor", "--json")[1]).items()}


class Counting:
    """zcprobe count --all around a piece of traffic; afterwards n[group, counter]."""

    def __init__(self, *arguments):
        self.child = subprocess.Popen([ZCPROBE, "count", "--all", *map(str, arguments)], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      preexec_fn=process.die_with_parent)
        self.first = self.child.stdout.readline()

    def __enter__(self):
        assert self.first == "ready\n", self.first
        return self

    def __exit__(self, kind, value, trace):
        out, _ = self.child.communicate("stop\n", timeout=30)
        self.n = {}
        for line in out.splitlines():
            group, name, number = line.split()
            self.n[group, name] = int(number)

    def __getitem__(self, name):
        return self.n.get(("forward", name))


class Pair:
    """A connection over loopback whose receiver takes all by receive(socket) until it says 0."""

    def __init__(self, receive=None, host="127.0.0.1"):
        self.listener = socket.create_server((host, 0))
        self.host, self.port = self.listener.getsockname()
        self.receive = receive or (lambda s: len(s.recv(1 << 17)))
        self.got = 0

    def connect(self):
        return socket.create_connection((self.host, self.port))

    def transfer(self, send):
        tx = self.connect()
        rx, _ = self.listener.accept()

        def take():
            while True:
                n = self.receive(rx)
                if not n:
                    return
                self.got += n

        thread = threading.Thread(target=take)
        thread.start()
        sent = send(tx)
        tx.close()
        thread.join()
        rx.close()
        return sent

    def close(self):
        self.listener.close()


def plain(s):
    for size in SIZES:
        s.sendall(b"x" * size)
    return sum(SIZES)


def zerocopy(s):
    s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    for size in SIZES:
        data, at = b"z" * size, 0
        while at < size:
            at += s.send(data[at:], MSG_ZEROCOPY)
    return sum(SIZES)


def file(s):
    sent = 0
    with open("/bin/bash", "rb") as source:
        while True:
            n = os.sendfile(s.fileno(), source.fileno(), sent, 1 << 20)
            if not n:
                return sent
            sent += n


class ProbeCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        why = can_count()
        if why:
            raise unittest.SkipTest(why)
        cls.layer = layers()

    def assert_late(self, count, late):
        """Exact, but for what the probes say that they did not see."""
        seen, unseen = count["late_copied_bytes"] or 0, count["unseen_bytes"] or 0
        self.assertLessEqual(seen, late)
        self.assertGreaterEqual(seen + unseen, late)


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

    def test_cost(self):
        """Ratios at three sizes, and the time of each program, as the kernel measures it."""
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([os.path.join(here, "probe-cost"), ZCBENCH, "--repeats", "1", "--seconds", "0.05"],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        ratios = [float(line.split()[1]) for line in done.stdout.splitlines() if line.split()[0] in ("64", "4K", "64K")]
        self.assertEqual(len(ratios), 3, done)
        self.assertGreater(min(ratios), 0)
        self.assertRegex(done.stdout, r"tp_rx_consume +\d+ calls +[1-9]\d* ns each|fe_rx_consume|kp_rx_consume")

    @need("bpftool")
    def test_killed(self):
        with Counting() as count:
            mine = subprocess.run(["bpftool", "-j", "prog", "list"], capture_output=True, text=True).stdout
            self.assertIn('"tp_sock_state"', mine)
            count.child.kill()
        left = None
        for _ in range(100):
            left = [p for p in json.loads(subprocess.run(["bpftool", "-j", "prog", "list"],
                                                         capture_output=True, text=True).stdout)
                    if any(o.get("pid") == count.child.pid for o in p.get("pids", []))]
            if not left:
                break
            time.sleep(0.1)
        self.assertEqual(left, [])


class Wire(Pair):
    """Between two network namespaces, joined by veth; the sender's device is tx0."""

    def __init__(self, *feature):
        self.tx, self.rx = ("zcprobe-%s-%d" % (end, os.getpid()) for end in ("tx", "rx"))
        for name in (self.tx, self.rx):
            subprocess.run(["ip", "netns", "add", name], check=True)
        ip = lambda end, words: subprocess.run(["ip", "-n", end, *words.split()], check=True)  # noqa: E731
        ip(self.tx, "link add tx0 type veth peer name rx0 netns " + self.rx)
        for end, device, address in ((self.tx, "tx0", "10.9.9.1"), (self.rx, "rx0", "10.9.9.2")):
            ip(end, "addr add %s/24 dev %s" % (address, device))
            ip(end, "link set %s up" % device)
        subprocess.run(["ip", "netns", "exec", self.tx, "ethtool", "-K", "tx0", *feature], check=True,
                       capture_output=True)
        with inside(self.rx):
            super().__init__(host="10.9.9.2")

    def connect(self):
        with inside(self.tx):
            return super().connect()

    def close(self):
        super().close()
        for name in (self.tx, self.rx):
            subprocess.run(["ip", "netns", "del", name])


@contextlib.contextmanager
def inside(name):
    """This thread's new sockets are of that namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open("/run/netns/" + name) as there:
        if libc.setns(there.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), 0)


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
class Doctor(Case):
    def setUp(self):
        super().setUp()
        why = can_count()
        if why:
            self.skipTest(why)

    def test_every_counter_has_a_layer_or_a_reason(self):
        rows = json.loads(probe("doctor", "--json")[1])
        self.assertGreater(len(rows), 20)
        for name, row in rows.items():
            self.assertTrue(row["layer"] in ("fentry", "kprobe", "tracepoint") or row["reason"], name)

    def test_not_root(self):
        for verb in (["doctor"], ["audit", "--port", "1"]):
            status, _, err = probe(*verb, before=NOBODY)
            self.assertEqual(status, 4, err)
            self.assertIn("CAP_BPF", err)

    @need("prlimit", "unshare")
    def test_bad_weather(self):
        """Each a sentence and no number; a limit on locked memory is no hindrance."""
        bare = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$@"']
        for before, word in ((["prlimit", "--nofile=12"], "ulimit -n"), (bare, "BTF")):
            status, out, _ = probe("count", before=before)
            self.assertEqual(status, 4, out)
            self.assertRegex(out, "^skip .*" + word)
            self.assertEqual(len(out.splitlines()), 1, out)
        status, out, _ = probe("count", before=["prlimit", "--memlock=8388608"])
        self.assertEqual((status, out.splitlines()[0]), (0, "ready"))

    def test_mistakes(self):
        for words in (["doctor", "--layer", "x"], ["audit"], ["audit", "--port", "0"], ["nothing"],
                      ["audit", "--pid", "1", "--port", "2"], ["audit", "--netns", "no-such"], []):
            status, _, err = probe(*words)
            self.assertEqual(status, 1, (words, err))
            self.assertTrue(err.strip(), words)


@need_root()
class Run(Case):
    def setUp(self):
        super().setUp()
        why = can_count()
        if why:
            self.skipTest(why)

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


SENDER = """
import socket, threading, sys, time
ls = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(ls.getsockname()); s, _ = ls.accept()
print("up", flush=True); sys.stdin.readline()
t = threading.Thread(target=lambda: [0 for _ in iter(lambda: s.recv(1 << 17), b"")]); t.start()
for i in range(10): c.sendall(b"a" * 100000)
c.close(); t.join(); sys.exit(%d)
"""


ZEROCOPY_SENDER = """
import socket, threading
ls = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(ls.getsockname()); s, _ = ls.accept()
t = threading.Thread(target=lambda: [0 for _ in iter(lambda: s.recv(1 << 17), b"")]); t.start()
c.setsockopt(socket.SOL_SOCKET, 60, 1)
for i in range(50): assert c.send(b"z" * 60000, 0x4000000) == 60000
c.close(); t.join()
"""


@need_root()
class Audit(Case):
    def setUp(self):
        super().setUp()
        why = can_count()
        if why:
            self.skipTest(why)

    def test_command(self):
        """By way of zcbench, as git hands over; the command's status is ours."""
        done = subprocess.run([ZCBENCH, "audit", "--json", "--", "/usr/bin/python3", "-c", SENDER % 7], text=True,
                              capture_output=True, input="go\n", timeout=60)
        self.assertEqual(done.returncode, 7, done)
        ledger = json.loads(done.stdout[done.stdout.index("{"):])
        self.assertEqual(ledger["audited"]["tx_bytes"], 1000000)
        self.assertEqual(ledger["audited"]["rx_bytes"], 1000000)
        self.assertEqual(ledger["audited"]["tx_copied_bytes"], 1000000)
        self.assertEqual([d["name"] for d in ledger["devices"]], ["lo"])
        self.assertTrue(any("asked for zero-copy" in cause for cause in ledger["causes"]))

    def test_pid(self):
        """Sockets that were there before the audit, and an end of the process during it."""
        child = subprocess.Popen(["/usr/bin/python3", "-c", SENDER % 0], text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, preexec_fn=process.die_with_parent)
        child.stdout.readline()
        audit = subprocess.Popen([AUDIT, "--pid", str(child.pid), "--json"], text=True, stdout=subprocess.PIPE,
                                 preexec_fn=process.die_with_parent)
        time.sleep(2)
        child.communicate("go\n", timeout=30)
        ledger = json.loads(audit.communicate(timeout=30)[0])
        self.assertEqual(audit.returncode, 0)
        self.assertEqual(ledger["audited"]["tx_bytes"], 1000000)
        self.assertEqual(ledger["audited"]["tx_copied_bytes"], 1000000)

    def audited(self, *command):
        done = subprocess.run([AUDIT, "--json", "--", *command], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        # The command's own output comes first, the ledger last.
        at = done.stdout.rindex('{\n  "seconds"')
        return done.stdout[:at], json.loads(done.stdout[at:])

    def test_copies(self):
        """Of a zero-copy sender over loopback: all bytes, late; a bound is given as no number."""
        program = os.path.join(self.folder, "sender.py")
        with open(program, "w") as file:
            file.write(ZEROCOPY_SENDER)
        ledger = self.audited("/usr/bin/python3", program)[1]
        audited, causes = ledger["audited"], "\n".join(ledger["causes"])
        self.assertEqual(audited["tx_referenced_bytes"], 3000000)
        self.assertIn("local delivery on lo copied", causes)
        if audited["unseen_bytes"]:
            self.assertIsNone(audited["copies_per_byte"])
            self.assertIn("see nothing", causes)
        else:
            self.assertEqual(audited["late_copied_bytes"], 3000000)
            self.assertEqual(audited["copies_per_byte"], 1)

    @need("curl")
    def test_curl(self):
        os.truncate(os.open(os.path.join(self.folder, "file"), os.O_CREAT | os.O_WRONLY), 5000000)
        server = subprocess.Popen(["/usr/bin/python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d",
                                   self.folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  preexec_fn=process.die_with_parent)
        try:
            port = server.stdout.readline().split(" port ")[1].split()[0]
            out, ledger = self.audited("curl", "-s", "-o", "/dev/null", "-w", "%{size_download} %{size_header} "
                                       "%{size_request}", "http://127.0.0.1:%s/file" % port)
        finally:
            server.kill()
            server.communicate()
        body, headers, request = map(int, out.split())
        self.assertEqual(body, 5000000)
        self.assertEqual(ledger["audited"]["rx_bytes"], body + headers)
        self.assertEqual(ledger["audited"]["rx_copied_bytes"], body + headers)
        self.assertEqual(ledger["audited"]["tx_bytes"], request)

    @need("iperf3")
    def test_iperf3_sendfile(self):
        """Its data goes by sendfile, its control connection by write."""
        server = subprocess.Popen(["iperf3", "-s", "-1", "-p", "5399", "--forceflush"], stdout=subprocess.PIPE, text=True,
                                  preexec_fn=process.die_with_parent)
        try:
            for line in server.stdout:
                if "listening" in line:
                    break
            out, ledger = self.audited("iperf3", "-c", "127.0.0.1", "-p", "5399", "-Z", "-n", "30M", "-J")
        finally:
            server.kill()
            server.communicate()
        sent = json.loads(out)["end"]["sum_sent"]["bytes"]
        self.assertGreaterEqual(sent, 30 << 20)
        self.assertEqual(ledger["audited"]["tx_spliced_bytes"], sent)
        self.assertLess(ledger["audited"]["tx_copied_bytes"], 10000)

    def test_gone(self):
        done = subprocess.run([AUDIT, "--pid", "4194303"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such process", done.stderr)

    def test_interrupted(self):
        audit = subprocess.Popen([AUDIT, "--port", "9"], text=True, stdout=subprocess.PIPE,
                                 preexec_fn=process.die_with_parent)
        time.sleep(2)
        audit.send_signal(signal.SIGINT)
        out, _ = audit.communicate(timeout=30)
        self.assertEqual(audit.returncode, 0)
        self.assertIn("tx_bytes", out)
