# SPDX-License-Identifier: MIT
"""The agent protocol, spoken by hand: two agents make a transfer and end by themselves; whatever
else is said to one ends it with a sentence. (With a sanitizer this also looks for leaks, which
`run` does not: it ends its agents.)"""
import subprocess
import unittest

from cases import LIMIT, Case, Done, finish, start


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
        agent.say("hello 1")
        self.assertRegex(agent.hear(), r"^hello 1 \S+$")
        agent.say(*["cell " + c for c in cell], "role " + role, "address 127.0.0.1", "open")
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
        for lines, pattern in ((["hello 99"], "^fail .*protocol"), (["nonsense"], "^fail .*nonsense"),
                               (["hello 1", "cell nosuch=1"], "fail .*nosuch"),
                               (["hello 1", "cell size=x"], "fail .*size"), (["hello 1", "cell size"], "fail "),
                               (["hello 1", "role both"], "fail .*both"), (["hello 1", "open"], "fail .*role"),
                               (["x" * 5000], "^fail ")):
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
        for lines in ([], ["hello 1"], ["hello 1", "role rx"], ["hello 1", "role rx", "open"]):
            with self.subTest(lines=lines):
                agent = self.agent()
                agent.say(*lines)
                self.assertIn(agent.hang_up().status, (0, 1))

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
