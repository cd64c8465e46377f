# SPDX-License-Identifier: MIT
"""zcbench export: the medians of runs, or the nights of a history, for another tool."""
import argparse
import os

from . import formats_metrics, nights, output, summary
from .index import METRICS, using
from .run import read_run

FORMATS = {"openmetrics": formats_metrics.openmetrics, "influx": formats_metrics.influx,
           "bencher": formats_metrics.bencher, "json": formats_metrics.as_json,
           "markdown": formats_metrics.markdown,
           "csv": lambda rows: output.csv_text(summary.HEADER, map(summary.csv_row, rows))}


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="zcbench export", description=__doc__.split(": ", 1)[1],
        epilog="openmetrics: for node_exporter's textfile collector; influx: line protocol; bencher: Bencher "
        "Metric Format; otava: CSV of a history, for Apache Otava (its RUN is the folder of the nights). The "
        "verdicts of compare, history and nightly are exported by their own --output.")
    parser.add_argument("format", choices=[*FORMATS, "otava"])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run, or a history for its newest night")
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help="(preset: stdout)")
    return parser.parse_args(argv)


def nights_of(index):
    """The runs of a history without re-runs."""
    return [run for run in nights.choose(index.runs(), None, None) if not nights.special(run)]


def history(folder):
    return using(folder, lambda index: formats_metrics.otava(index, nights_of(index), METRICS))


def newest(path):
    """A run, or the newest night of a history."""
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, "run.json")):
        return os.path.join(path, using(path, nights_of)[-1]["folder"])
    return path


def main(argv):
    options = parse(argv)
    if options.format == "otava":
        text = "".join(map(history, options.runs[:1]))
    else:
        text = FORMATS[options.format]([row for run in map(read_run, map(newest, options.runs)) for row in summary.summarise(run, strict=True)])
    output.write_file(options.output, text)
    return 0
