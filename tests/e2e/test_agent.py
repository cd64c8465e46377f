# SPDX-License-Identifier: MIT
"""The agent protocol, spoken by hand: two agents make a transfer and end by themselves; whatever
else is said to one ends it with a sentence. (With a sanitizer this also looks for leaks, which
`run` does not: it ends its agents.)"""
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from cases import LIMIT, Case, Done, finish, start

HELLO = "hello 3 0.1.0"
TOKEN = "000102030405060708090a0b0c0d0eff"


class Agent:
    def __init__(self):
        self.child = start("agent", stdin=subprocess.PIPE)

    def say(self, *lines):
        self.child.stdin.write("".join(line + "\n" for line in lines))
        self.child.stdin.flush()

    def hear(self):
        return self.child.stdout.readline().rstrip("\n")

    def end(self):
        """Waits for an end of its own: its input stays open."""
        out = self.child.stdout.read()
        err = self.child.stderr.read()
        status = self.child.wait(LIMIT)
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        return Done(status, out, err)

    def hang_up(self):
        return finish(self.child)


class Protocol(Case):
    def agent(self):
        agent = Agent()
        self.addCleanup(lambda: agent.child.poll() is None and agent.child.kill())
        return agent

    def open(self, role, *cell):
        agent = self.agent()
        agent.say(HELLO)
        release = os.uname().release
        self.assertRegex(agent.hear(), r"^hello 3 \d\S* %s [0-9a-f]{16} [0-9a-f-]{36} \d+$" % re.escape(release))
        agent.say(*["cell " + c for c in cell], "role " + role, "address 127.0.0.1", "token " + TOKEN, "limit 120",
                  "open")
        return agent

    def transfer(self, *cell):
        rx = self.open("rx", *cell)
        port = rx.hear()
        self.assertRegex(port, r"^port \d+$")
        tx = self.open("tx", *cell)
        tx.say("connect " + port.split()[1])
        self.assertEqual((tx.hear(), rx.hear()), ("ready", "ready"))
        rx.say("go")
        tx.say("go")
        samples = []
        for agent in (tx, rx):
            done = agent.end()
            self.assertEqual(done.status, 0, done)
            self.assertEqual(done.err, "")
            lines = done.out.splitlines()
            self.assertEqual((lines[0], lines[-1]), ("window", "done"))
            samples.append(dict(line[7:].split("=", 1) for line in lines if line.startswith("sample ")))
        return samples

    def test_transfer(self):
        for modes in (("send", "recv"), ("msg-zerocopy", "tcp-zerocopy-receive"), ("uring-send-zc-fixed", "uring-recv"),
                      ("splice", "splice"), ("sendfile", "uring-recv-multishot")):
            with self.subTest(modes=modes):
                tx, rx = self.transfer("tx=" + modes[0], "rx=" + modes[1], "bytes=65536", "size=4096", "flows=2")
                self.assertEqual((tx["tx_total_bytes"], rx["rx_total_bytes"]), ("65536", "65536"))

    def assert_ends(self, agent, pattern):
        done = agent.end()
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.out, pattern)
        self.assertEqual(len(done.out.splitlines()), 1)

    def test_other_lines(self):
        whole = [HELLO, "role rx", "address 127.0.0.1", "token " + TOKEN]
        for lines, pattern in ((["hello 1 0.0.9"], "^fail .*protocol.*update zcbench on the coordinator"),
                               (["hello 99 9.9"], "^fail .*protocol.*update zcbench on the agent's host"),
                               (["role rx"], "^fail .*before a hello"), ([HELLO, "nonsense"], "fail .*nonsense"),
                               ([HELLO, "cell nosuch=1"], "fail .*nosuch.*update zcbench"),
                               ([HELLO, "cell size=x"], "fail .*size"), ([HELLO, "cell size"], "fail "),
                               ([HELLO, "role both"], "fail .*both"), ([HELLO, "open"], "fail .*role"),
                               ([HELLO, "address localhost"], "fail .*localhost.*address"),
                               ([HELLO, "source 1.2.3"], "fail .*address"),
                               ([HELLO, "token " + TOKEN[1:]], "fail .*token"),
                               ([HELLO, "token " + "g" * 32], "fail .*token"), ([HELLO, "limit -1"], "fail .*limit"),
                               ([HELLO, "limit 99999999999"], "fail .*limit"),
                               ([HELLO, "probe"], "fail .*namespaces"), ([HELLO, "probe 1 2 3"], "fail .*namespaces"),
                               ([HELLO, "probe 0"], "fail .*namespaces"), ([HELLO, "probe 1 x"], "fail .*namespaces"),
                               ([HELLO, "probe 99999999999999999999"], "fail .*namespaces"),
                               ([HELLO, "facts x"], "fail .*facts"), ([HELLO, "facts probesx"], "fail .*facts"),
                               ([HELLO, "facts tx-modes probes"], "fail .*facts"),
                               (whole[:2] + whole[3:] + ["open"], "fail .*no address"),
                               (whole[:3] + ["open"], "fail .*no token"), (["x" * 5000], "^fail ")):
            with self.subTest(lines=lines[-1][:20]):
                agent = self.agent()
                try:
                    agent.say(*lines)
                except BrokenPipeError:
                    pass
                done = agent.end()
                self.assertEqual(done.status, 1, done)
                self.assertRegex(done.out.splitlines()[-1], pattern)

    def test_end_of_input(self):
        whole = [HELLO, "role rx", "address 127.0.0.1", "token " + TOKEN, "open"]
        for count in range(len(whole) + 1):
            with self.subTest(count=count):
                agent = self.agent()
                agent.say(*whole[:count])
                started = time.monotonic()
                self.assertIn(agent.hang_up().status, (0, 1))
                self.assertLess(time.monotonic() - started, 8)  # also one that waits for connections

    def test_the_limit_ends_it(self):
        agent = self.agent()
        agent.say(HELLO, "role rx", "address 127.0.0.1", "token " + TOKEN, "limit 1", "open")
        self.assertEqual(agent.child.wait(8), -signal.SIGALRM)

    def connect(self, port, *said):
        peer = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
        self.addCleanup(peer.close)
        for part in said:
            peer.sendall(part)
        return peer

    def assert_dropped(self, peer):
        try:
            self.assertEqual(peer.recv(1), b"")
        except ConnectionResetError:
            pass

    def test_strangers(self):
        """They cost nothing but their own connections; a flow that stammers is let in."""
        rx = self.open("rx", "bytes=4096", "size=4096", "flows=2")
        port = rx.hear().split()[1]
        token = bytes.fromhex(TOKEN)
        silent = [self.connect(port) for _ in range(70)]  # more than may be pending
        wrong = [self.connect(port, b"GET / HTTP/1.1\r\n"), self.connect(port, token[:15] + b"x"),
                 self.connect(port, token[:3])]
        wrong[2].close()
        for peer in silent[:6] + wrong[:2]:
            self.assert_dropped(peer)
        first = self.connect(port, token[:7])
        time.sleep(0.2)
        first.sendall(token[7:])
        second = self.connect(port, token[:14] + b"\x0f\x00")  # the other flow: one more
        self.assertEqual(rx.hear(), "ready")
        for peer in silent:
            self.assert_dropped(peer)
        with self.assertRaises(ConnectionRefusedError):  # nobody listens any more
            self.connect(port)
        rx.say("go")
        first.sendall(bytes(2048))
        second.sendall(bytes(2048))
        first.close()
        second.close()
        lines = rx.end().out.splitlines()
        for line in ("sample strangers=73", "sample rx_total_bytes=4096", "sample rx_tcp_bytes=4096", "done"):
            self.assertIn(line, lines)

    def test_a_silent_stranger_is_dropped_in_time(self):
        rx = self.open("rx", "flows=1")
        peer = self.connect(rx.hear().split()[1])
        started = time.monotonic()
        self.assert_dropped(peer)
        self.assertLess(time.monotonic() - started, 8)

    def test_the_coordinator_goes_away_in_a_transfer(self):
        rx = self.open("rx", "duration=60")
        tx = self.open("tx", "duration=60")
        tx.say("connect " + rx.hear().split()[1])
        self.assertEqual((tx.hear(), rx.hear()), ("ready", "ready"))
        rx.say("go")
        tx.say("go")
        for agent in (tx, rx):
            self.assertIn(agent.hang_up().status, (0, 1))

    def test_a_mode_that_cannot_run_is_a_skip(self):
        self.assert_ends(self.open("tx", "tx=send", "rx=null"), "(?m)^(skip|fail) .*null")


if __name__ == "__main__":
    unittest.main()
