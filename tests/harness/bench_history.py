# SPDX-License-Identifier: MIT
"""365 nights of 600 cells and 10 repeats: time and memory of indexing, and of judging after that.

The limits are those of the project's promise: 60 s, 10 s and 1 GB. Prints what it measured.
"""
import os
import resource
import shutil
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


def peak():
    """MB of the largest process, ours or a child's."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def cpu():
    """Seconds, of this process and of children that have ended: what another load does not change much."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main():
    folder = tempfile.mkdtemp(prefix="zcbench-bench-")
    try:
        today = generate(folder)
        start, spent = time.monotonic(), cpu()
        index.Index(folder).update()
        indexed, indexed_cpu = time.monotonic() - start, cpu() - spent
        start, spent = time.monotonic(), cpu()
        judgement = verb_history.judge(folder, today)
        judged, judged_cpu = time.monotonic() - start, cpu() - spent
        print(f"{NIGHTS} nights x {CELLS} cells x {REPEATS} repeats = {NIGHTS * CELLS * REPEATS} rows: indexed in "
              f"{indexed:.1f} s ({indexed_cpu:.1f} s of CPU), judged in {judged:.1f} s ({judged_cpu:.1f} s of CPU), "
              f"{peak():.0f} MB; {judgement.sentence}", flush=True)
        return 0 if indexed < 60 and judged < 10 and peak() < 1000 else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
