# SPDX-License-Identifier: MIT
"""zcbench summary: medians, intervals and ratios of each cell, as a table and as summary.csv."""
import argparse
import os
import sys

from . import marks, output, summary
from .problem import FINE, INVALID, printable
from .run import read_run

NOTE = ("vs copy: goodput over the copying cell's in the same block, median [interval of at least 95 %]; ~: no "
        "difference is shown, for the interval holds 1.00, or fewer than 6 repeats give none.\n+-: half the interval of the goodput, of its median; a state "
        "other than ok says why a line should not be cited.\n")


def parse(argv):
    parser = argparse.ArgumentParser(prog="zcbench summary", description=__doc__.split(": ", 1)[1])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folder of a run")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="where to write the CSV; - is stdout (preset: RUN/summary.csv)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print no table")
    return parser.parse_args(argv)


def print_table(run, rows):
    print(f"{printable(run.id)}: {len(run.cells)} cells, {len(run.blocks)} blocks")
    print(output.table_text(summary.table_header(run), summary.table_rows(run, rows)), end="")
    if len(run.services) > 1:
        print("".join(f"service {name}: {gives}\n" for name, gives in run.services.items()), end="")
    noted = marks.totals(run)
    if noted:
        print(f"marked: {'; '.join(noted)} (which: column marks of summary.csv)")
    if run.blocks.size < summary.SERIOUS:
        print(f"{run.blocks.size} repeats a cell: a quick run. Results to cite need {summary.SERIOUS}.")


def main(argv):
    options = parse(argv)
    runs = [(run, summary.summarise(run)) for run in map(read_run, options.runs)]
    if options.output:
        rows = [summary.csv_row(row) for _, rows in runs for row in rows]
        output.write_file(options.output, output.csv_text(summary.HEADER, rows))
    for run, rows in runs:
        if not options.output:
            text = output.csv_text(summary.HEADER, map(summary.csv_row, rows))
            output.write_file(os.path.join(run.path, "summary.csv"), text)
        if not options.quiet and options.output != "-":
            print_table(run, rows)
    if not options.quiet and options.output != "-":
        sys.stdout.write(NOTE)
    usable = any(row.value.n for _, rows in runs for row in rows)
    return FINE if usable else INVALID
