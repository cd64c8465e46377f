# SPDX-License-Identifier: MIT
"""tx_syscalls and rx_syscalls against strace.

Counted, by thread, are the calls of CALLS and getsockopt(TCP_ZEROCOPY_RECEIVE): transfers, waits
and reads of notifications. Only an agent's worker threads have a data path: its first thread
talks to the coordinator. A sender's calls after shutdown(2) wait for the peer's end and
belong to no window; io_uring is set up before the workers are released, which is before the
first call counted. With --bytes the window is the whole transfer, so nothing else is left out.
"""
import re

from cases import Case, modes, need

CALLS = ("sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "io_uring_enter", "poll", "ppoll",
         "epoll_wait", "epoll_pwait", "epoll_pwait2", "select", "pselect6", "sendfile", "splice", "vmsplice",
         "tee", "readv", "writev")
MARKS = ("shutdown", "clone3", "clone", "getsockopt")
LINE = re.compile(r"^(\d+) +(\w+)\((.*)")


def count(log):
    """{"tx": calls, "rx": calls} of the only worker of each end."""
    threads, calls, ended = set(), {}, {}
    for line in log.splitlines():
        made = re.match(r"^\d+ +(?:clone3?\(|<\.\.\. clone3? resumed).*CLONE_THREAD.* = (\d+)$", line) or \
            re.match(r"^\d+ +<\.\.\. clone3 resumed>.*=> \{parent_tid=\[(\d+)\]", line)
        if made:
            threads.add(int(made[1]))
        call = LINE.match(line)
        if not call:
            continue
        thread, name, rest = int(call[1]), call[2], call[3]
        if name == "shutdown":
            ended[thread] = True
        elif name in CALLS or name == "getsockopt" and "TCP_ZEROCOPY_RECEIVE" in rest:
            if thread not in ended:
                calls[thread] = calls.get(thread, 0) + 1
    workers = {thread for thread in calls if thread in threads}
    return {"tx": [calls[t] for t in workers if t in ended],
            "rx": [calls[t] for t in workers if t not in ended]}


@need("strace")
class Syscalls(Case):
    def check(self, tx, rx, *arguments):
        log = self.folder + "/strace"
        before = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-e",
                  "trace=" + ",".join("?" + name for name in CALLS + MARKS)]
        row = self.good_row_of("--tx", tx, "--rx", rx, "--bytes", "1M", *arguments, before=before)
        with open(log, errors="replace") as file:
            text = file.read()
        seen = count(text)
        for end in ("tx", "rx"):
            self.assertEqual(len(seen[end]), 1, "workers that strace saw: %s" % seen)
            self.assertEqual(row[end + "_syscalls"], seen[end][0], end)

    def test_every_sender(self):
        for mode in modes("tx"):
            with self.subTest(tx=mode):
                self.setUp()
                self.check(mode, "recv")

    def test_every_receiver(self):
        for mode in modes("rx"):
            with self.subTest(rx=mode):
                self.setUp()
                self.check("send", mode)

    def test_full_sockets(self):
        for mode in ("send", "msg-zerocopy", "uring-send-zc"):
            with self.subTest(tx=mode):
                self.setUp()
                self.check(mode, "recv", "--rcvbuf", "16K", "--sndbuf", "32K")

    def test_many_flows_of_one_thread(self):
        for tx, rx in (("send", "recv"), ("msg-zerocopy", "recvmsg"), ("uring-send-zc", "uring-recv-multishot")):
            with self.subTest(tx=tx, rx=rx):
                self.setUp()
                self.check(tx, rx, "--flows", 5, "--threads", 1, "--size", "16K")
