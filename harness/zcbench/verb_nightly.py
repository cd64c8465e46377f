# SPDX-License-Identifier: MIT
"""zcbench nightly: measure, judge against the nights before, re-run what is suspect, and report."""
import argparse
import datetime
import os

from . import controls, nightly, outputs, verb_history
from .problem import Problem, printable
from .run import read_run

MOST_PANELS = 6   # of the nights, in the report: those with changes first


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="zcbench nightly", description=__doc__.split(": ", 1)[1],
        epilog="What stands after -- goes to `zcbench run`. Exit status: 0 fine, 1 tool error, 2 confirmed "
        "regression, 3 measurement invalid or unstable, 4 nothing could be judged yet.")
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a YAML file, such as experiments/nightly.yaml")
    parser.add_argument("-d", "--dir", default="results/nightly", help="the history (preset: results/nightly)")
    parser.add_argument("--report", metavar="DIR", help="write the night's report there (preset: DIR/report)")
    parser.add_argument("--no-report", action="store_true", help="make no report")
    parser.add_argument("--control", nargs="?", const="now", default="weekly", choices=["now", "weekly", "never"],
                        help="ask the gate to find a sender slowed by 5 %%, and nothing between two alike: now, when "
                        "the last one is a week old or failed, or never (preset: weekly)")
    parser.add_argument("--acknowledgements", metavar="FILE")
    outputs.add_option(parser)
    mine = argv.index("--") if "--" in argv else len(argv)
    options, rest = parser.parse_known_args(argv[:mine])
    options.more = argv[mine + 1:]
    if rest:
        parser.error(f"unrecognized argument {rest[0]}; what is for `zcbench run` stands after --")
    return options


def report(folder, options, judgement):
    from . import figures_nights, verb_report
    panels = figures_nights.nightly(options.dir)[:MOST_PANELS]
    verb_report.write([read_run(folder)], options.report or os.path.join(options.dir, "report"), judgement, panels)


def control(options, today):
    """Makes the control that is due; what stops it is told with the verdict, which is not lost for it."""
    if options.control == "never" or options.control == "weekly" and not controls.due(options.dir, today):
        return []
    try:
        controls.make(options.dir, today)
    except Problem as problem:
        return [f"no control could be made: {problem}"]
    return []


def judge(options, today):
    return verb_history.judge(options.dir, today, True, known=options.acknowledgements,
                              controlled=options.control != "never")


def main(argv):
    options = parse(argv)
    pairs = outputs.parse(options.output)
    if not os.path.exists(options.experiment):
        raise Problem(f"{printable(options.experiment)}: there is no such experiment")
    os.makedirs(options.dir, exist_ok=True)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    run_id = nightly.name_of_night(options.experiment, options.dir)
    folder = nightly.measure([options.experiment, *options.more], options.dir, run_id)
    trouble = control(options, today)
    judgement = judge(options, today)
    again = nightly.suspects(judgement)
    if again:
        print(f"{len(again)} suspect cells: measured again", flush=True)
        nightly.rerun(options.experiment, options.dir, run_id, again, options.more)
        judgement = judge(options, today)
    judgement.problems += trouble
    verb_history.print_judgement(judgement, False)
    outputs.write(judgement, pairs)
    if not options.no_report:
        report(folder, options, judgement)
    return judgement.status
