# SPDX-License-Identifier: MIT
"""tx_syscalls and rx_syscalls against strace.

Counted, by thread, are the calls of CALLS, getsockopt(TCP_ZEROCOPY_RECEIVE) and futex calls between
processes: transfers, waits, yields and reads of notifications. Only an agent's worker threads have a
data path: its first thread talks to the coordinator, and a receiver's tells it a port. What a sender
calls from the end of its flows on (ENDS, by service) waits for the peer's end and belongs to no
window; io_uring is set up before the workers are released, which is before the first call counted.
With --bytes the window is the whole transfer, so nothing else is left out.
"""
import re

from cases import Case, modes, need, services

CALLS = ("sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "io_uring_enter", "poll", "ppoll",
         "epoll_wait", "epoll_pwait", "epoll_pwait2", "select", "pselect6", "sendfile", "splice", "vmsplice",
         "tee", "read", "write", "readv", "writev", "sched_yield", "nanosleep", "clock_nanosleep")
MARKS = ("shutdown", "close", "clone3", "clone", "getsockopt", "futex")
ENDS = {"pipe": ("close",), "memory": ("poll", "ppoll"), "process": ("poll", "ppoll")}
LINE = re.compile(r"^(\d+) +(\w+)\((.*)")
THREAD = re.compile(r"^(\d+) +(?:clone3?\(|<\.\.\. clone3? resumed).*?(?:CLONE_THREAD.* = |=> \{parent_tid=\[)(\d+)")
FINISHED = r'"\1\0\0\0\0\0\0\0", 8'  # to the eventfd that wakes the first thread


def is_counted(name, rest):
    if name == "futex":
        return "FUTEX_WAIT," in rest or "FUTEX_WAKE," in rest  # those within a process are _PRIVATE
    return (name in CALLS and FINISHED not in rest) or (name == "getsockopt" and "TCP_ZEROCOPY_RECEIVE" in rest)


def count(log, service="tcp"):
    """{"tx": calls, "rx": calls} of the only worker of each end."""
    agents, receivers, calls, ended = {}, set(), {}, set()
    for line in log.splitlines():
        made, call = THREAD.match(line), LINE.match(line)
        if made:
            agents[int(made[2])] = int(made[1])
        if not call:
            continue
        thread, name, rest = int(call[1]), call[2], call[3]
        if name == "write" and '"port ' in rest:
            receivers.add(thread)
        if thread in agents and name in ENDS.get(service, ("shutdown",)) and agents[thread] not in receivers:
            ended.add(thread)
        if thread in agents and thread not in ended and is_counted(name, rest):
            calls[thread] = calls.get(thread, 0) + 1
    return {end: [n for thread, n in calls.items() if (agents[thread] in receivers) == (end == "rx")]
            for end in ("tx", "rx")}


@need("strace")
class Syscalls(Case):
    def check(self, tx, rx, *arguments, service="tcp"):
        log = self.folder + "/strace"
        before = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-e",
                  "trace=" + ",".join("?" + name for name in CALLS + MARKS)]
        row = self.good_row_of("--tx", tx, "--rx", rx, "--bytes", "1M", *arguments, before=before)
        with open(log, errors="replace") as file:
            text = file.read()
        seen = count(text, service)
        for end in ("tx", "rx"):
            self.assertLessEqual(len(seen[end]), 1, "workers that strace saw: %s" % seen)
            made = sum(seen[end])
            # Of the ring's last wake, which tells the end of the stream, no window knows.
            last = service == "memory" and end == "tx" and made == row["tx_syscalls"] + 1
            self.assertEqual(row[end + "_syscalls"] + last, made, end)

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

    def test_every_pair_of_the_other_services(self):
        for service in set(services()) & {"unix", "pipe", "memory", "process"}:
            for tx, rx in [(tx, rx) for tx in modes("tx", service) for rx in modes("rx", service)]:
                with self.subTest(tx=tx, rx=rx):
                    self.setUp()
                    self.check(tx, rx, service=service)

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
