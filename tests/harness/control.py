# SPDX-License-Identifier: MIT
"""The gate on real runs of this machine: two runs alike must give no alarm, a sender slowed by 5 % must be found.

`make check-control` measures into a folder and judges what is there; `--judge` only judges, and a
second call goes on where the first ended. Nothing that was measured is left out: each two runs of the
nightly experiment are one attempt, the earlier one as base.
"""
import argparse
import collections
import itertools
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
    parser.add_argument("--minutes", type=float, default=60, help="start nothing that would not end in this time (preset: 60)")
    parser.add_argument("--runs", type=int, default=7, help="nights to reach (preset: 7, which make 21 pairs)")
    parser.add_argument("--rounds", type=int, default=8, help="rounds of the slowed sender after each night (preset: 8)")
    parser.add_argument("--options", default="", help="for `zcbench run`, such as '--duration 0.4'")
    parser.add_argument("--judge", action="store_true", help="measure nothing")
    return parser.parse_args(argv)


def named(folder, side):
    """Names of the runs of one side, in the order in which they were made."""
    return sorted(n for n in os.listdir(folder) if n.endswith("." + side) and not n.startswith("."))


def whole_rounds(folder):
    """Numbers of the rounds that have all sides: one that was stopped has not, and is made again."""
    return sorted(set.intersection(*({name[:3] for name in named(folder, side)} for side in controls.SIDES)))


def next_step(options):
    """A night, its rounds, a night ...: both meet the weather of the whole time. None: all are there."""
    nights = len(named(options.folder, NIGHT))
    if len(whole_rounds(options.folder)) < nights * options.rounds:
        return "round"
    return NIGHT if nights < options.runs else None


def take(options, step):
    if step == NIGHT:
        number = len(named(options.folder, NIGHT)) + 1
        nightly.measure([EXPERIMENT, "--quiet", *options.options.split()], options.folder, f"{number:03}.{NIGHT}")
    else:
        last = max((int(name[:3]) for side in controls.SIDES for name in named(options.folder, side)), default=0)
        controls.round_of(options.folder, last + 1)


def measure(options):
    start, longest = time.monotonic(), collections.Counter()
    os.makedirs(options.folder, exist_ok=True)
    while step := next_step(options):
        before = time.monotonic()
        if (before - start + longest[step]) / 60 > options.minutes:
            break
        print(f"{(before - start) / 60:5.1f} min: {step}", file=sys.stderr, flush=True)
        take(options, step)
        longest[step] = max(longest[step], time.monotonic() - before)


def judge_same(options):
    """The runs, {status: how many}, and the alarms, of each two of them."""
    runs = [read_run(os.path.join(options.folder, name)) for name in named(options.folder, NIGHT)]
    statuses, alarms = collections.Counter(), []
    for base, new in itertools.combinations(runs, 2):
        cases = compare.Comparison([base], [new], metrics.JUDGED).cases()
        statuses[Judgement("compare", "", cases).status] += 1
        alarms += [f"{base.id} to {new.id}: {c.label}, {c.metric}: {c.message}" for c in cases if c.outcome == "failure"]
    return runs, statuses, alarms


def shape(run):
    return f"{len(run.cells)} cells, {len(run.blocks)} repeats of {'+'.join(run.manifest['experiment']['duration'])} s"


def rounds(folder):
    whole = whole_rounds(folder)
    return {side: [read_run(os.path.join(folder, f"{number}.{side}")) for number in whole] for side in controls.SIDES}


def judge(options):
    nights, statuses, alarms = judge_same(options)
    attempts, shapes = sum(statuses.values()), " or ".join(sorted({shape(run) for run in nights}))
    print(f"A/A: {statuses[REGRESSION]} alarms in {attempts} attempts ({statuses[0]} fine, {statuses[3]} unstable, "
          f"{statuses[4]} not judged)\n  each two of {len(nights)} runs of experiments/nightly.yaml ({shapes}), the earlier as "
          "base; attempts share runs, so they do not fail independently")
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
    except KeyboardInterrupt:
        print("\ncheck-control: stopped; the same command goes on, without the run that was being made", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
