# SPDX-License-Identifier: MIT
"""The gate on real runs of this machine: two runs alike must give no alarm, a sender slowed by 5 % must be found.

`make check-control CONTROL_ARGS="--minutes 90"` measures into a folder and judges what is there;
`--judge` only judges, and a second call goes on where the first ended. Nothing that was measured is
left out: each run of the nightly experiment is one attempt against the run before it.
"""
import argparse
import collections
import os
import sys
import time

import planted
from zcbench import compare, controls, metrics, nightly
from zcbench.judgement import Judgement
from zcbench.problem import REGRESSION, Problem
from zcbench.run import read_run
from zcbench.units import percent

EXPERIMENT = os.path.join(planted.TREE, "experiments/nightly.yaml")
NIGHT = "night"


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of the runs; it is made, and kept")
    parser.add_argument("--minutes", type=float, default=120, help="start nothing that would not end in this time (preset: 120)")
    parser.add_argument("--attempts", type=int, default=20, help="A/A comparisons to reach (preset: 20)")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of the slowed sender after each night (preset: 4)")
    parser.add_argument("--options", default="", help="for `zcbench run`, such as '--duration 0.4'; told with the result")
    parser.add_argument("--judge", action="store_true", help="measure nothing")
    return parser.parse_args(argv)


def named(folder, side):
    """Names of the runs of one side, in the order in which they were made."""
    return sorted(n for n in os.listdir(folder) if n.endswith("." + side) and not n.startswith("."))


def measure(options):
    """A night, some rounds, a night ...: both meet the weather of the whole time."""
    start, longest = time.monotonic(), 0.0
    os.makedirs(options.folder, exist_ok=True)
    while len(named(options.folder, NIGHT)) <= options.attempts:
        before, minutes = time.monotonic(), (time.monotonic() - start) / 60
        if minutes + longest > options.minutes:
            break
        number = len(named(options.folder, NIGHT)) + 1
        print(f"{minutes:5.1f} min: night {number}", file=sys.stderr, flush=True)
        nightly.measure([EXPERIMENT, "--quiet", *options.options.split()], options.folder, f"{number:03}.{NIGHT}")
        for _ in range(options.rounds):
            # Numbered by the rounds that are whole, so that a round that was stopped is made again as a whole.
            last = max((int(name[:3]) for side in controls.SIDES for name in named(options.folder, side)), default=0)
            controls.round_of(options.folder, last + 1)
        longest = max(longest, (time.monotonic() - before) / 60)


def judge_same(options):
    """{status: how many}, and the alarms, of each night against the one before."""
    runs = [read_run(os.path.join(options.folder, name)) for name in named(options.folder, NIGHT)]
    statuses, alarms = collections.Counter(), []
    for base, new in zip(runs, runs[1:]):
        cases = compare.Comparison([base], [new], metrics.JUDGED).cases()
        statuses[Judgement("compare", "", cases).status] += 1
        alarms += [f"{new.id}: {c.label}, {c.metric}: {c.message}" for c in cases if c.outcome == "failure"]
    return statuses, alarms


def rounds(folder):
    """Runs by side, of the rounds that have all sides: one that was stopped has not."""
    names = {side: {name[:3] for name in named(folder, side)} for side in controls.SIDES}
    whole = sorted(set.intersection(*names.values()))
    return {side: [read_run(os.path.join(folder, f"{number}.{side}")) for number in whole] for side in controls.SIDES}


def judge(options):
    statuses, alarms = judge_same(options)
    attempts, more = sum(statuses.values()), f" with {options.options}" if options.options else ""
    print(f"A/A: {statuses[REGRESSION]} alarms in {attempts} attempts (runs of experiments/nightly.yaml{more}, each against "
          f"the one before; {statuses[0]} fine, {statuses[3]} unstable, {statuses[4]} not judged)")
    for alarm in alarms:
        print(f"  {alarm}")
    sides = rounds(options.folder)
    found = controls.verdict(sides) if sides["base"] else {"slow": 0, "same": 0, "rounds": 0, "told": "no round was made"}
    word = {REGRESSION: "found", 0: "not found", 3: "cannot be told, the intervals are too wide: measure more --rounds"}[found["slow"]]
    print(f"a sender slowed by {controls.PERCENT} %: {word} ({found['rounds']} rounds; {found['told']})")
    print(f"the same sender, not slowed: {'an alarm' if found['same'] else 'no alarm'}")
    for case in controls.cases(sides["base"], sides["same"]) if sides["base"] else ():
        if case.change == case.change:
            print(f"  {case.label}, {case.metric}: {percent(case.change)} [{percent(case.low)}, {percent(case.high)}]")
    return 0 if attempts and not statuses[REGRESSION] and found["slow"] == REGRESSION and not found["same"] else 1


def main(argv):
    options = parse(argv)
    try:
        if not options.judge:
            measure(options)
        return judge(options)
    except (Problem, FileNotFoundError) as problem:
        print(f"check-control: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
