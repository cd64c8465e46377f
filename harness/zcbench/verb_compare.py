# SPDX-License-Identifier: MIT
"""zcbench compare: two runs, or two sets of runs, cell by cell: what changed, and is it sure?"""
import argparse
import os

from . import compare, likeness, metrics, output, outputs, units
from .judgement import Judgement
from .problem import Problem, printable
from .run import read_run

ORDER = ("regression", "copied", "missing", "unstable", "invalid", "environment", "improvement", "same", "skip")


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="zcbench compare", description=__doc__.split(": ", 1)[1],
        epilog="A set is several runs joined by commas, or a folder of runs. Measure sets in turn (base, new, "
        "base, new ...), four runs a side or more: single runs on different days differ by the weather.")
    parser.add_argument("base", metavar="BASE", help="a run or a set")
    parser.add_argument("new", metavar="NEW", help="a run or a set")
    parser.add_argument("--threshold", type=float, metavar="PCT",
                        help="smallest change that counts (preset: 3, and no less than the noise of single runs)")
    parser.add_argument("--metric", action="append", metavar="NAME",
                        help=f"judge this metric; may be repeated (preset: {', '.join(metrics.JUDGED)})")
    parser.add_argument("--force", action="store_true", help="compare also what is not alike, and say what differs")
    parser.add_argument("--all", action="store_true", help="list also the cells that did not change")
    outputs.add_option(parser)
    return parser.parse_args(argv)


def read_set(word):
    """Commas join runs; a folder without run.json is a folder of runs."""
    runs = []
    for path in word.split(",") if not os.path.isdir(word) else [word]:
        if os.path.isdir(path) and not os.path.exists(os.path.join(path, "run.json")):
            inner = sorted(e.path for e in os.scandir(path) if os.path.exists(os.path.join(e.path, "run.json")))
            if not inner:
                raise Problem(f"{printable(path)}: neither a run nor a folder of runs: no run.json in it")
            runs += map(read_run, inner)
        else:
            runs.append(read_run(path))
    return runs


def check_alike(base, new, force):
    obstacles, remarks = [], []
    for run in base[1:] + new:
        obstacles += [text for text in likeness.obstacles(base[0], run) if text not in obstacles]
        remarks += [text for text in likeness.remarks(base[0], run) if text not in remarks]
    if obstacles and not force:
        more = f"; and {len(obstacles) - 5} more" if len(obstacles) > 5 else ""
        raise Problem("the runs are not alike (" + "; ".join(obstacles[:5]) + more + "); --force compares them all the same")
    return [f"differs, forced: {text}" for text in obstacles] + [f"differs: {text}" for text in remarks]


def print_judgement(judgement, everything):
    for note in judgement.notes:
        print(note)
    cases = [c for c in judgement.cases if everything or c.state != "same"]
    cases.sort(key=lambda c: ORDER.index(c.state) if c.state in ORDER else 0)
    if cases:
        rows = [(c.state, c.label, c.metric, units.text(c.base, c.unit), units.text(c.new, c.unit), c.message)
                for c in cases]
        print(output.table_text(("state", "cell", "metric", "base", "new", "  what"), rows, left=3), end="")
    print(judgement.sentence)


def main(argv):
    options = parse(argv)
    if options.threshold is not None and not 0 <= options.threshold < 100:
        raise Problem(f"--threshold {options.threshold}: it is a percentage, from 0 to under 100")
    pairs = outputs.parse(options.output)
    names = [metrics.find(name).name for name in options.metric or metrics.JUDGED]
    base, new = read_set(options.base), read_set(options.new)
    notes = check_alike(base, new, options.force)
    comparison = compare.Comparison(base, new, names, None if options.threshold is None else options.threshold / 100)
    cases = comparison.cases()
    if not any(comparison.common()):
        raise Problem("the two have no cell in common: they measured other modes, sizes or durations")
    notes.insert(0, f"{len(base)} against {len(new)} runs; the unit is {comparison.unit}")
    judgement = Judgement("compare", f"{options.base} to {options.new}", cases, notes)
    print_judgement(judgement, options.all)
    outputs.write(judgement, pairs)
    return judgement.status
