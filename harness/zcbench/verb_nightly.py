# SPDX-License-Identifier: MIT
"""zcbench nightly: measure, judge against the nights before, re-run what is suspect, and report."""
import argparse
import datetime
import os

from . import nightly, outputs, verb_history
from .problem import Problem, printable


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="zcbench nightly", description=__doc__.split(": ", 1)[1],
        epilog="What stands after -- goes to `zcbench run`. Exit status: 0 fine, 1 tool error, 2 confirmed "
        "regression, 3 measurement invalid or unstable, 4 nothing could be judged yet.")
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a YAML file, such as experiments/nightly.yaml")
    parser.add_argument("-d", "--dir", default="results/nightly", help="the history (preset: results/nightly)")
    parser.add_argument("--report", metavar="DIR", help="write the night's report there (preset: DIR/report)")
    parser.add_argument("--no-report", action="store_true", help="make no report")
    parser.add_argument("--control", action="store_true",
                        help="also ask the gate to find a sender slowed by 5 %%, and nothing between two alike: weekly")
    parser.add_argument("--acknowledgements", metavar="FILE")
    outputs.add_option(parser)
    options, rest = parser.parse_known_args(argv)
    if rest and rest[0] != "--":
        parser.error(f"unrecognized argument {rest[0]}")
    options.more = rest[1:]
    return options


def report(folder, options):
    from . import verb_report
    target = options.report or os.path.join(options.dir, "report")
    verb_report.main([folder, "-o", target])


def main(argv):
    options = parse(argv)
    pairs = outputs.parse(options.output)
    if not os.path.exists(options.experiment):
        raise Problem(f"{printable(options.experiment)}: there is no such experiment")
    os.makedirs(options.dir, exist_ok=True)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    run_id = nightly.name_of_night(options.experiment)
    folder = nightly.measure([options.experiment, *options.more], options.dir, run_id)
    if options.control:
        nightly.control(options.dir, today)
    judgement = verb_history.judge(options.dir, today, True, known=options.acknowledgements)
    again = nightly.suspects(judgement)
    if again:
        print(f"{len(again)} suspect cells: measured again", flush=True)
        nightly.rerun(options.experiment, options.dir, run_id, again, options.more)
        judgement = verb_history.judge(options.dir, today, True, known=options.acknowledgements)
    verb_history.print_judgement(judgement, False)
    outputs.write(judgement, pairs)
    if not options.no_report:
        report(folder, options)
    return judgement.status
