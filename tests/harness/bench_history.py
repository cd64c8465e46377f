# SPDX-License-Identifier: MIT
"""365 nights of 600 cells and 10 repeats: time and memory of indexing, and of judging after that.

The limits are those of the project's promise: 60 s, 10 s and 1 GB. Prints what it measured.
"""
import contextlib
import os
import resource
import sys
import tempfile
import time

import numpy

import planted
from zcbench import index, verb_history

NIGHTS, CELLS, REPEATS = int(os.environ.get("NIGHTS", "365")), 600, 10


def plan():
    modes = ["send", "sendfile", "msg-zerocopy", "uring-send", "uring-send-zc", "splice"]
    return [{"tx": tx, "rx": rx, "path": path, "size": str(1 << size)} for tx in modes
            for rx in ("recv", "uring-recv") for path in ("lo", "veth", "veth-xdp", "hosts", "nic") for size in range(12, 22)]


def template():
    """Rows with holes for what differs, so that the generator is not what is measured."""
    rows = [planted.row("@run@", "@block@", i, dims, started_at="@time@", goodput_bytes_per_s="@speed@",
                        tx_cpu_ns_per_byte="@cost@", repeat="@block@") for i, dims in enumerate(plan(), 1)]
    line = "\n".join(",".join(row[name] for name in planted.HEADER) for row in rows)
    for hole, form in (("@run@", "{0}"), ("@block@", "{1}"), ("@time@", "{2}")):
        line = line.replace(hole, form)
    return line.replace("@speed@", "%.6f").replace("@cost@", "%.6f")


def generate(folder):
    rng, form = numpy.random.default_rng(1), template()
    for night in range(NIGHTS):
        name, when = f"{night:03}", f"{2024 + night // 336}-{1 + night // 28 % 12:02}-{1 + night % 28:02}T01:00:00.000Z"
        path = planted.write(os.path.join(folder, name), [], run_id=name)
        with open(os.path.join(path, "samples.csv"), "a", encoding="utf-8") as file:
            for block in range(1, REPEATS + 1):
                noise = numpy.exp(0.01 * rng.normal(size=(CELLS, 2)))
                file.write(form.format(name, block, when) % tuple((noise * [1e9, 0.5]).ravel()) + "\n")
    return when[:10]


class Spent:
    """Of a task: wall and CPU seconds (its own and of children that have ended; another load changes
    these less), and MB of the largest process up to its end."""
    wall = cpu = megabytes = 0.0


@contextlib.contextmanager
def watch():
    spent, start, before = Spent(), time.monotonic(), usage()
    yield spent
    after = usage()
    spent.wall, spent.cpu, spent.megabytes = time.monotonic() - start, after[0] - before[0], after[1]


def usage():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in both), max(u.ru_maxrss for u in both) / 1024


def told(word, spent, seconds, megabytes=None):
    """Prints a line with its goals; are they met?"""
    met = spent.wall < seconds and (megabytes is None or spent.megabytes < megabytes)
    memory = f" and {megabytes} MB" if megabytes else ""
    print(f"{word + ':':8} {spent.wall:6.1f} s ({spent.cpu:.1f} s of CPU), {spent.megabytes:.0f} MB at most; "
          f"goal: under {seconds} s{memory}: {'met' if met else 'MISSED'}", flush=True)
    return met


def main():
    with tempfile.TemporaryDirectory(prefix="zcbench-bench-") as folder:
        today = generate(folder)
        print(f"{NIGHTS} nights x {CELLS} cells x {REPEATS} repeats = {NIGHTS * CELLS * REPEATS} rows", flush=True)
        with watch() as indexing:
            index.using(folder, lambda found: None)
        with watch() as judging:
            judgement = verb_history.judge(folder, today)
        print(judgement.sentence)
        met = [told("index", indexing, 60, 1000), told("judge", judging, 10, 1000)]
        return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
