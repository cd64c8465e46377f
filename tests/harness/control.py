# SPDX-License-Identifier: MIT
"""Real runs on this machine: 20 A/A comparisons must find nothing, a sender slowed by 5 % must be
found. `make check-control`; CONTROL_ARGS="--runs 8 --attempts 20 --percent 5" are the presets.

Runs of three sides are made in turn, base, same and slow, so that all meet the same weather. Each
attempt of A/A compares random halves of the two sides that are alike, exchanged pair by pair.
"""
import argparse
import random
import sys
import tempfile

import planted  # noqa: F401
from zcbench import compare, nightly
from zcbench.run import read_run

METRICS = ("goodput_bytes_per_s", "ends_cpu_ns_per_byte")


def measure(folder, runs, percent):
    sides, slow = {"base": [], "same": [], "slow": []}, nightly.beside("zcbench-slow.so")
    for i in range(runs):
        for side, found in sides.items():
            more = {"LD_PRELOAD": slow, "ZCBENCH_SLOW_PERCENT": str(percent)} if side == "slow" else {}
            found.append(read_run(nightly.measure(nightly.CONTROL, folder, f"{side}{i}", more)))
    return sides


def regressions(base, new):
    return [c for c in compare.Comparison(base, new, METRICS).cases() if c.state == "regression"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--attempts", type=int, default=20)
    parser.add_argument("--percent", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zcbench-control-") as folder:
        sides = measure(folder, options.runs, options.percent)
    alarms, rng = 0, random.Random(1)
    for _ in range(options.attempts):
        swap = [rng.random() < 0.5 for _ in sides["base"]]
        a, b = ([pair[flip ^ i] for pair, flip in zip(zip(sides["base"], sides["same"]), swap)] for i in (0, 1))
        alarms += bool(regressions(a, b))
    found = regressions(sides["base"], sides["slow"])
    print(f"A/A: {alarms} alarms in {options.attempts} attempts")
    for case in found:
        print(f"a sender slowed by {options.percent:g} %: found, {case.label}, {case.metric}: {case.message}")
    if not found:
        print(f"a sender slowed by {options.percent:g} %: not found")
    return 1 if alarms or not found else 0


if __name__ == "__main__":
    sys.exit(main())
