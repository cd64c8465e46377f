# SPDX-License-Identifier: MIT
"""zcbench history: the nights of a folder of runs: what changed, since when, and is it the cell?"""
import argparse
import datetime
import os

from . import acknowledgements, controls, history, nights, output, outputs, units
from .index import using
from .judgement import FAILURE, Judgement
from .problem import Problem, printable


def parse(argv):
    parser = argparse.ArgumentParser(prog="zcbench history", description=__doc__.split(": ", 1)[1])
    parser.add_argument("folder", metavar="DIR", help="folder of the runs, one a night")
    parser.add_argument("--nightly", action="store_true", help="a missing night and a missing control are failures too")
    parser.add_argument("--host", metavar="TEXT", help="hosts with this text in their name (preset: the newest run's)")
    parser.add_argument("--experiment", metavar="NAME", help="(preset: the newest run's)")
    parser.add_argument("--acknowledgements", metavar="FILE", help=f"(preset: DIR/{acknowledgements.NAME})")
    parser.add_argument("--today", metavar="DATE", help="judge as of this day (preset: today, UTC)")
    parser.add_argument("--rebuild", action="store_true", help="make the index anew from the folders")
    parser.add_argument("--all", action="store_true", help="list also what did not change")
    outputs.add_option(parser)
    return parser.parse_args(argv)


def check_day(text):
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise Problem(f"--today {printable(text)}: it is no date like 2026-01-31") from None


def judge(folder, today, nightly=False, host=None, experiment=None, known=None, rebuild=False,
          controlled=True):
    """The Judgement of the newest night in a folder of runs."""
    entries = acknowledgements.read(known or os.path.join(folder, acknowledgements.NAME))

    def load(index):
        runs = nights.choose(index.runs(), host, experiment)
        return runs, nights.load(index, runs, history.SPAN + history.ENOUGH), index.problems()
    runs, found, broken = using(folder, load, rebuild)
    kept = acknowledgements.Acknowledgements(entries, today)
    cases = history.explain(history.Judge(found, kept).cases(), found)
    notes, problems = controls.judge(folder, today, nightly and controlled)
    notes += nights.remarks(runs)
    notes += [f"an {e.action} of {printable(e.cell)} expired on {e.expires}" for e in kept.expired]
    problems += nights.problems(runs, today, nightly) + broken
    title = f"{runs[-1]['experiment']} on {runs[-1]['host']}, night of {found.names[-1]}"
    return Judgement("history", title, cases, notes, problems)


def groups(judgement):
    """Alarms of one night and one pair of modes are one event."""
    found = {}
    for case in judgement.cases:
        if case.outcome == FAILURE:
            found.setdefault((case.since, case.group), []).append(case)
    return sorted(found.items())


def print_judgement(judgement, everything):
    print(judgement.title)
    for text in judgement.problems:
        print(f"problem: {text}")
    for text in judgement.notes:
        print(f"note: {text}")
    for (since, group), cases in groups(judgement):
        print(f"alarm: {group} since {since}: {len(cases)} of its figures")
    cases = [c for c in judgement.cases if everything or c.state not in ("same", "insufficient-history")]
    if cases:
        rows = [(c.state, c.label, c.metric, units.text(c.base, c.unit), units.text(c.new, c.unit), c.message)
                for c in sorted(cases, key=lambda c: c.outcome != FAILURE)]
        print(output.table_text(("state", "cell", "metric", "before", "now", "  what"), rows, left=3), end="")
    print(judgement.sentence)


def main(argv):
    options = parse(argv)
    pairs = outputs.parse(options.output)
    today = check_day(options.today or datetime.datetime.now(datetime.timezone.utc).date().isoformat())
    judgement = judge(options.folder, today, options.nightly, options.host, options.experiment,
                      options.acknowledgements, options.rebuild)
    print_judgement(judgement, options.all)
    outputs.write(judgement, pairs)
    return judgement.status
