# SPDX-License-Identifier: MIT
"""A report of the full matrix: time and memory of `zcbench report` over a run with the cells of
experiments/full.yaml and planted speeds. The limit is that of the project's promise: 15 s.
"""
import os
import re
import subprocess
import sys
import tempfile

import numpy

import planted
from bench_history import told, watch

GOAL = 15
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20}


def plan(driver):
    """[(dims, reason why not)] of every cell, as the driver itself lists them."""
    command = [driver, "run", os.path.join(planted.TREE, "experiments/full.yaml"), "--dry-run"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for line in listed:
        head, _, reason = line.partition(": skip: ")
        if found := re.match(r"\d+  (\S+) > (\S+), (\S+), (\d+)([KM]?)", head):
            tx, rx, path, size, unit = found.groups()
            yield {"tx": tx, "rx": rx, "path": path, "size": str(int(size) * UNITS[unit])}, reason


def rows(cells, blocks):
    """What the driver would write: every cell measured that makes sense, with noise of 2 %."""
    rng = numpy.random.default_rng(1)
    for block in range(1, blocks + 1):
        for number, (dims, reason) in enumerate(cells, 1):
            if reason:
                if block == 1:
                    yield planted.row("full", block, number, dims, verdict="skip", reason=reason, goodput_bytes_per_s="")
                continue
            speed, cost = numpy.exp(0.02 * rng.normal(size=2)) * [1e9, 0.5]
            yield planted.row("full", block, number, dims, goodput=speed * (1 + number % 7 / 10), cpu=cost,
                              copied=float(number % 2), latency_p50_ns="")


def main(driver):
    cells = list(plan(driver))
    measured = sum(not reason for _, reason in cells)
    with tempfile.TemporaryDirectory(prefix="zcbench-bench-") as folder:
        run = planted.write(os.path.join(folder, "full"), rows(cells, 5), run_id="full")
        with watch() as spent:
            done = planted.program("report", run)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        megabytes = os.path.getsize(os.path.join(run, "report/report.html")) / 1e6
        print(f"a report of {len(cells)} cells, {measured} of them measured in 5 repeats; report.html has {megabytes:.1f} MB")
        return 0 if told("report", spent, GOAL) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
