# SPDX-License-Identifier: MIT
"""What the tests of zcprobe share: counting around traffic that is ours."""
import contextlib
import ctypes
import json
import os
import socket
import subprocess
import threading
import unittest

from runner import process
from cases import ZCBENCH, Case, wait_for

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


def links_of(pid):
    """What the files are that a process has open."""
    folder, found = "/proc/%d/fd/" % pid, []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(folder + name))
    return found


def start_audit(*arguments):
    """An audit that counts already: it waits for signals when its programs are attached."""
    child = subprocess.Popen([AUDIT, *map(str, arguments)], text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=process.die_with_parent)
    wait_for("audit", lambda: child.poll() is not None or "anon_inode:[signalfd]" in links_of(child.pid))
    return child


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
        self.n, self.histogram = {}, {}
        for line in out.splitlines():
            *histogram, group, name, number = line.split()
            if histogram:  # histogram GROUP NAME FROM COUNT
                self.histogram.setdefault((histogram[1], group), {})[int(name)] = int(number)
            else:
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
